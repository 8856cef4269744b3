#include "track/fault.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "track/response_id.h"

using namespace mlperf::track;

TEST(empty_book) {
  const FaultBook book;
  CHECK_EQ(book.total(), 0u);
  CHECK(book.Lines().empty());
}

TEST(first_of_each_kind_is_the_example) {
  FaultBook book;
  CHECK(book.Record(Fault::kUnknownId, 42));
  CHECK(!book.Record(Fault::kUnknownId, 43));
  CHECK(book.Record(Fault::kCompletedTwice, MakeId(3, 17)));
  CHECK_EQ(book.total(), 3u);
  const auto lines = book.Lines();
  CHECK_EQ(lines.size(), 2u);
  CHECK(lines[0].fault == Fault::kUnknownId);
  CHECK_EQ(lines[0].count, 2u);
  CHECK_EQ(lines[0].first_example,
           "Received completion for an id that was never issued. Response id: 42");
  CHECK_EQ(lines[1].first_example, "Attempted to complete a sample twice. Response id: " +
                                       std::to_string(MakeId(3, 17)) + ", sample: 17");
}

TEST(every_kind_has_words) {
  FaultBook book;
  constexpr auto kKinds = static_cast<size_t>(Fault::kCount);
  for (size_t i = 1; i < kKinds; ++i) book.Record(static_cast<Fault>(i), 1);
  const auto lines = book.Lines();
  CHECK_EQ(lines.size(), kKinds - 1);
  for (const auto& line : lines) {
    const size_t words = line.first_example.find(" Response id: 1");
    CHECK(words != std::string::npos && words > 10);
  }
}

TEST(one_thread_is_first) {
  FaultBook book;
  std::atomic<int> firsts{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) firsts += book.Record(Fault::kOldId, MakeId(1, 5));
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(firsts.load(), 1);
  CHECK_EQ(book.total(), 3000u);
  CHECK_EQ(book.Lines().at(0).count, 3000u);
}
