#include "base/readable.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#include "check.h"

using mlperf::base::IsReadable;

namespace {

const size_t kPage = static_cast<size_t>(sysconf(_SC_PAGESIZE));
constexpr size_t kPages = 5;

const void* At(uintptr_t address) { return reinterpret_cast<const void*>(address); }

class Pages {
 public:
  Pages()
      : begin_(static_cast<char*>(mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {}
  ~Pages() { munmap(begin_, kPages * kPage); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  const char* page(size_t number) const { return begin_ + number * kPage; }
  void TakeAway(size_t number) { mprotect(begin_ + number * kPage, kPage, PROT_NONE); }

 private:
  char* const begin_;
};

}  // namespace

TEST(what_is_there) {
  const Pages pages;
  const char on_stack = 0;
  CHECK(IsReadable(&on_stack, 1));
  CHECK(IsReadable("text", 4));
  for (const size_t size : {size_t{1}, size_t{9}, kPage, kPage + 1, kPages * kPage}) {
    CHECK(IsReadable(pages.page(0), size));
    CHECK(IsReadable(pages.page(kPages) - size, size));
  }
}

TEST(up_to_the_last_byte_that_is_there) {
  for (size_t gone = 1; gone < kPages; ++gone) {
    Pages pages;
    pages.TakeAway(gone);
    CHECK(IsReadable(pages.page(0) + 5, gone * kPage - 5));
    CHECK(!IsReadable(pages.page(0) + 5, gone * kPage - 4));
    CHECK(!IsReadable(pages.page(gone), 1));
    CHECK(!IsReadable(pages.page(gone + 1) - 1, 1));
    CHECK(!IsReadable(pages.page(0), kPages * kPage));  // a hole, wherever it is
    CHECK(IsReadable(pages.page(gone + 1), (kPages - gone - 1) * kPage));
  }
}

TEST(addresses_that_are_made_up) {
  for (const uintptr_t address : {uintptr_t{0}, uintptr_t{1}, uintptr_t{100}, uintptr_t{1} << 60U,
                                  UINTPTR_MAX - 63, UINTPTR_MAX}) {
    CHECK(!IsReadable(At(address), 1));
  }
}

TEST(sizes_that_are_made_up) {
  const char on_stack = 0;
  for (const size_t size : {size_t{1} << 60U, SIZE_MAX / 2, SIZE_MAX}) {
    CHECK(!IsReadable(&on_stack, size));
  }
}

TEST(nothing_can_always_be_read) {
  CHECK(IsReadable(nullptr, 0));
  CHECK(IsReadable(At(UINTPTR_MAX), 0));
}
