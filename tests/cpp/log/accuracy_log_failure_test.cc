// No memory, no thread: the accuracy log fails as it does when the disk is full, and never in the
// thread that completes samples.

#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "check.h"
#include "fakes.h"
#include "log/accuracy_log.h"

namespace {

constexpr size_t kUnlimited = SIZE_MAX;
std::atomic<size_t> largest{kUnlimited};  // size of what can be had

void* Allocate(size_t size) {
  if (size > largest) throw std::bad_alloc();
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }

using namespace mlperf::log;

namespace {

constexpr size_t kMega = size_t{1} << 20;

AccuracyRecord Record(const std::vector<uint8_t>& data) {
  AccuracyRecord record;
  record.data = data;
  return record;
}

// New threads cannot be started while this is alive: no memory is large enough for their stacks.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    pthread_attr_init(&huge);
    pthread_attr_setstacksize(&huge, size_t{1} << 50U);
    CHECK_EQ(pthread_setattr_default_np(&huge), 0);
    pthread_attr_destroy(&huge);
  }
  ~NoThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_;
};

}  // namespace

TEST(no_memory_for_the_first_record) {
  const fakes::Folder folder;
  const std::string path = folder / "accuracy";
  std::atomic<int> failures{0};
  AccuracyLog log(OutputFile(path), [&] { ++failures; });
  const std::vector<uint8_t> data(100);
  largest = kMega;
  for (int i = 0; i < 3; ++i) CHECK(log.Append(Record(data)));
  largest = kUnlimited;
  CHECK_EQ(failures.load(), 1);
  log.Append(Record(data));
  log.Close();
  CHECK_EQ(log.error(), "cannot write " + path + ": out of memory");
  CHECK_EQ(fakes::ReadFile(path), "[");
}

// What was there before is written; the file lacks its end, so that it is not taken for all.
TEST(no_memory_for_a_large_record) {
  const fakes::Folder folder;
  const std::string path = folder / "accuracy";
  std::atomic<int> failures{0};
  AccuracyLog log(OutputFile(path), [&] { ++failures; });
  const std::vector<uint8_t> small = {0xAB};
  const std::vector<uint8_t> large(9 * kMega);
  log.Append(Record(small));
  largest = 2 * kMega;
  log.Append(Record(large));
  log.Append(Record(small));
  largest = kUnlimited;
  log.Close();
  CHECK_EQ(failures.load(), 1);
  CHECK_EQ(log.error(), "cannot write " + path + ": out of memory");
  CHECK_EQ(fakes::ReadFile(path), "[\n{ \"seq_id\" : 0, \"qsl_idx\" : 0, \"data\" : \"AB\" }");
}

TEST(no_memory_for_a_first_token) {
  const fakes::Folder folder;
  std::atomic<int> failures{0};
  AccuracyLog log(OutputFile(folder / "accuracy"), [&] { ++failures; });
  const std::vector<uint8_t> large(2 * kMega);
  largest = kMega;
  CHECK(log.StashFirstToken(1, large));
  CHECK(log.StashFirstToken(2, large));
  largest = kUnlimited;
  CHECK_EQ(failures.load(), 1);
  log.Close();
  CHECK_EQ(log.error(), "cannot write " + (folder / "accuracy") + ": out of memory");
}

TEST(no_memory_for_the_text) {
  const fakes::Folder folder;
  std::atomic<int> failures{0};
  AccuracyLog log(OutputFile(folder / "accuracy"), [&] { ++failures; });
  const std::vector<uint8_t> data(20'000);
  log.Append(Record(data));
  largest = 10'000;
  log.Close();
  largest = kUnlimited;
  CHECK_EQ(failures.load(), 1);
  CHECK_EQ(log.error(), "cannot write " + (folder / "accuracy") + ": out of memory");
  CHECK(!fakes::ReadFile(folder / "accuracy").ends_with("]\n"));
}

// More than the blocks hold: nobody waits for a thread that is not there.
TEST(no_thread) {
  const fakes::Folder folder;
  const std::string path = folder / "accuracy";
  std::atomic<int> failures{0};
  AccuracyLog log(OutputFile(path), [&] { ++failures; });
  const std::vector<uint8_t> data(kMega);
  {
    const NoThreads none;
    for (int i = 0; i < 20; ++i) CHECK(log.Append(Record(data)));
  }
  log.Append(Record(data));
  log.Close();
  CHECK_EQ(failures.load(), 1);
  CHECK_EQ(log.error(), "cannot write " + path + ": no thread for it could be started");
  CHECK_EQ(fakes::ReadFile(path), "[");
}
