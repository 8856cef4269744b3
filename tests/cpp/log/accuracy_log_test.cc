#include "log/accuracy_log.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <set>
#include <thread>

#include "base/clock.h"
#include "check.h"
#include "fakes.h"

using namespace mlperf::log;
using Bytes = std::vector<uint8_t>;

namespace {

AccuracyRecord Record(uint64_t seq_id, uint64_t qsl_idx, const Bytes& data) {
  AccuracyRecord record;
  record.seq_id = seq_id;
  record.qsl_idx = qsl_idx;
  record.data = data;
  return record;
}

// What a log says after `fill` has put records in.
template <typename Fill>
std::string Written(Fill fill) {
  const fakes::Folder folder;
  const std::string path = folder / "accuracy.json";
  {
    AccuracyLog log(OutputFile(path), [] { CHECK(!"failed"); });
    fill(log);
    log.Close();
    CHECK_EQ(log.file().error(), "");
  }
  return fakes::ReadFile(path);
}

std::string Hex(const Bytes& data) {
  std::string text;
  for (const uint8_t byte : data) {
    text += "0123456789ABCDEF"[byte >> 4];
    text += "0123456789ABCDEF"[byte & 15];
  }
  return text;
}

}  // namespace

TEST(empty_log) {
  CHECK_EQ(Written([](AccuracyLog&) {}), "[\n]\n");
}

TEST(opened_before_the_first_record) {
  const fakes::Folder folder;
  AccuracyLog log(OutputFile(folder / "a"), [] {});
  CHECK_EQ(fakes::ReadFile(folder / "a"), "[");
}

TEST(bytes_of_records) {
  const Bytes data = {0x00, 0xF4, 0x01, 0xab};
  CHECK_EQ(Written([&](AccuracyLog& log) {
             log.Append(Record(25, 2770, data));
             log.Append(Record(1, 7866, {}));
           }),
           "[\n"
           "{ \"seq_id\" : 25, \"qsl_idx\" : 2770, \"data\" : \"00F401AB\" },\n"
           "{ \"seq_id\" : 1, \"qsl_idx\" : 7866, \"data\" : \"\" }\n"
           "]\n");
}

TEST(every_byte_in_hex) {
  Bytes data(256);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<uint8_t>(i);
  CHECK_EQ(Written([&](AccuracyLog& log) { log.Append(Record(0, 0, data)); }),
           "[\n{ \"seq_id\" : 0, \"qsl_idx\" : 0, \"data\" : \"" + Hex(data) + "\" }\n]\n");
}

TEST(token_members) {
  CHECK_EQ(Written([&](AccuracyLog& log) {
             const Bytes data = {0x01};
             const Bytes first = {0xCA, 0xFE};
             log.StashFirstToken(7, first);
             AccuracyRecord record = Record(7, 3, data);
             record.with_token_data = true;
             record.token_count = 12;
             log.Append(record);
             record.seq_id = 8;  // no first token was kept
             log.Append(record);
             record.with_token_data = false;
             record.token_count = -4;
             log.Append(record);
           }),
           "[\n"
           "{ \"seq_id\" : 7, \"qsl_idx\" : 3, \"data\" : \"01\", \"token_data\" : \"CAFE\", "
           "\"token_count\" : 12 },\n"
           "{ \"seq_id\" : 8, \"qsl_idx\" : 3, \"data\" : \"01\", \"token_data\" : \"\", "
           "\"token_count\" : 12 },\n"
           "{ \"seq_id\" : 8, \"qsl_idx\" : 3, \"data\" : \"01\", \"token_count\" : -4 }\n"
           "]\n");
}

TEST(bytes_are_copied) {
  CHECK_EQ(Written([](AccuracyLog& log) {
             Bytes data = {0x11};
             log.Append(Record(0, 0, data));
             data[0] = 0x22;
           }),
           "[\n{ \"seq_id\" : 0, \"qsl_idx\" : 0, \"data\" : \"11\" }\n]\n");
}

TEST(response_larger_than_a_block) {
  Bytes large((size_t{9} << 20) + 1);
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<uint8_t>(i * 7);
  const Bytes small = {0x5A};
  const std::string text = Written([&](AccuracyLog& log) {
    log.Append(Record(0, 0, small));
    log.Append(Record(1, 1, large));
    log.Append(Record(2, 2, small));
  });
  CHECK(text ==
        "[\n{ \"seq_id\" : 0, \"qsl_idx\" : 0, \"data\" : \"5A\" },\n"
        "{ \"seq_id\" : 1, \"qsl_idx\" : 1, \"data\" : \"" +
            Hex(large) + "\" },\n{ \"seq_id\" : 2, \"qsl_idx\" : 2, \"data\" : \"5A\" }\n]\n");
}

// More than the blocks hold: who fills them has to wait for the writer. Every record comes through
// once, and whole.
TEST(many_threads_and_back_pressure) {
  constexpr uint64_t kThreads = 3;
  constexpr uint64_t kRecords = 400;
  const std::string text = Written([&](AccuracyLog& log) {
    std::vector<std::thread> threads;
    for (uint64_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (uint64_t i = 0; i < kRecords; ++i) {
          const Bytes data(15000 + i, static_cast<uint8_t>(t));
          log.Append(Record(t * kRecords + i, t, data));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  const std::vector<std::string> lines = fakes::Lines(text);
  CHECK_EQ(lines.size(), kThreads * kRecords + 2);
  std::set<uint64_t> seen;
  for (size_t i = 1; i + 1 < lines.size(); ++i) {
    const std::string start = "{ \"seq_id\" : ";
    const uint64_t seq_id = std::stoull(lines[i].substr(start.size()));
    seen.insert(seq_id);
    const uint64_t t = seq_id / kRecords;
    const std::string expected = start + std::to_string(seq_id) +
                                 ", \"qsl_idx\" : " + std::to_string(t) + ", \"data\" : \"" +
                                 Hex(Bytes(15000 + seq_id % kRecords, static_cast<uint8_t>(t))) +
                                 "\" }" + (i + 2 < lines.size() ? "," : "");
    CHECK(lines[i] == expected);
  }
  CHECK_EQ(seen.size(), kThreads * kRecords);
}

// A disk without room: said once, nobody waits for ever, and the error names the file.
TEST(disk_full) {
  std::atomic<int> failures{0};
  AccuracyLog log(OutputFile("/dev/full"), [&] { ++failures; });
  const Bytes data(1 << 20);
  for (uint64_t i = 0; i < 20; ++i) log.Append(Record(i, i, data));
  log.Close();
  CHECK_EQ(failures.load(), 0);  // "[" had failed before any record
  CHECK_EQ(log.file().error(), "cannot write /dev/full: No space left on device");
}

TEST(no_file_swallows_everything) {
  AccuracyLog log(OutputFile(""), [] { CHECK(!"failed"); });
  const Bytes data(1000);
  for (uint64_t i = 0; i < 100; ++i) log.Append(Record(i, i, data));
  log.Close();
  CHECK_EQ(log.file().error(), "");
}

// A record that comes while the writer waits for work, too.
TEST(records_are_on_disk_while_the_log_goes_on) {
  const fakes::Folder folder;
  AccuracyLog log(OutputFile(folder / "a"), [] { CHECK(!"failed"); });
  mlperf::base::SteadyClock clock;
  const Bytes data = {1};
  for (uint64_t i = 0; i < 2; ++i) {
    const int64_t begin_ns = clock.NowNs();
    const std::string record = "{ \"seq_id\" : " + std::to_string(i) + ",";
    log.Append(Record(i, i, data));
    const auto written = [&] {
      return fakes::ReadFile(folder / "a").find(record) != std::string::npos;
    };
    while (!written() && clock.NowNs() - begin_ns < 10 * fakes::kSecond) std::this_thread::yield();
    CHECK(written());
  }
}

// The fastest of several: the machine may be busy, but not every time.
TEST(the_writer_is_woken_for_a_full_block_and_for_the_end) {
  int64_t block_ns = std::numeric_limits<int64_t>::max();
  int64_t end_ns = block_ns;
  const Bytes data(size_t{3} << 20);  // a block holds one
  mlperf::base::SteadyClock clock;
  for (int i = 0; i < 3; ++i) {
    const fakes::Folder folder;
    AccuracyLog log(OutputFile(folder / "a"), [] { CHECK(!"failed"); });
    log.Append(Record(0, 0, data));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the writer has yet to rest
    int64_t begin_ns = clock.NowNs();
    log.Append(Record(1, 1, data));
    block_ns = std::min(block_ns, clock.NowNs() - begin_ns);
    begin_ns = clock.NowNs();
    log.Close();
    end_ns = std::min(end_ns, clock.NowNs() - begin_ns);
  }
  CHECK(block_ns < fakes::kSecond / 2);
  CHECK(end_ns < fakes::kSecond / 2);
}
