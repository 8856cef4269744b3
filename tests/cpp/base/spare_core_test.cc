#include "base/spare_core.h"

#include <fstream>
#include <string>

#include "check.h"
#include "fakes.h"

using mlperf::base::SpareCore;

namespace {

class LoadFile {
 public:
  explicit LoadFile(const std::string& text) { Write(text); }

  void Write(const std::string& text) const { std::ofstream(path()) << text; }
  std::string path() const { return folder_ / "loadavg"; }

 private:
  fakes::Folder folder_;
};

}  // namespace

TEST(free_while_no_more_are_ready_than_there_are_processors) {
  const LoadFile file("0.20 0.18 0.12 1/80 11206\n");
  const SpareCore core(2, file.path());
  CHECK(!core.Alone());
  CHECK(core.IsFree());
  file.Write("0.20 0.18 0.12 2/80 11206\n");
  CHECK(core.IsFree());
  file.Write("0.20 0.18 0.12 3/80 11206\n");
  CHECK(!core.IsFree());
  file.Write("0.20 0.18 0.12 12/80 11206\n");
  CHECK(!core.IsFree());
}

TEST(one_processor_has_none_to_spare) {
  const LoadFile file("0.00 0.00 0.00 0/80 11206\n");
  const SpareCore core(1, file.path());
  CHECK(core.Alone());
  CHECK(!core.IsFree());
}

// A quota of half a processor.
TEST(nor_has_less_than_one) {
  const LoadFile file("0.00 0.00 0.00 0/80 11206\n");
  const SpareCore core(0, file.path());
  CHECK(core.Alone());
  CHECK(!core.IsFree());
}

TEST(what_cannot_be_read_frees_none) {
  CHECK(!SpareCore(2, "/no/such/file").IsFree());
  for (const char* text : {"", "0.20 0.18 0.12", "0.20 0.18 0.12 /80", "0.20 0.18 0.12 x/80",
                           "0.20 0.18 0.12 99999999999/80"}) {
    const LoadFile file(text);
    CHECK(!SpareCore(2, file.path()).IsFree());
  }
}

TEST(of_this_machine) {
  const SpareCore core;
  CHECK(!core.Alone() || !core.IsFree());
}
