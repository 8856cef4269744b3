// Writes to a file and remembers when that failed.

#ifndef MLPERF_LOADGEN_LOG_OUTPUT_FILE_H_
#define MLPERF_LOADGEN_LOG_OUTPUT_FILE_H_

#include <memory>
#include <string>
#include <string_view>

namespace mlperf::log {

// One thread at a time, but for WhatIsLost. A file without a path swallows what it is given. So
// does the copy of a file in a forked process.
class OutputFile {
 public:
  enum class Sharing {
    kShared,
    // Refuses a file that another process has opened in this way. The lock is a POSIX record lock:
    // it goes with the process, however that ends, and forked processes do not have it. Reading the
    // file in this process, from open to close, ends it too. File systems without locks take part
    // without.
    kExclusive,
  };

  OutputFile() = default;

  // Creates or empties the file; never blocks. On failure error() says why: among others, when
  // `path` is a named pipe, a socket or a symbolic link. A file that is taken is not emptied.
  explicit OutputFile(std::string path, Sharing sharing = Sharing::kShared);

  OutputFile(OutputFile&&) = default;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  // A system call: what comes in small pieces is better collected.
  void Write(std::string_view bytes);
  // Later writes are ignored.
  void Close();

  const std::string& path() const { return path_; }
  // Empty while all went well; else the path and the reason, of the first failure.
  const std::string& error() const { return error_; }
  // Whether another process has it.
  bool taken() const { return taken_; }

  // Why nobody can find any more what was written: the file was deleted, another one was put in its
  // place, or somebody emptied or cut it. Null while it is all there. Any thread, between the
  // constructor and Close.
  const char* WhatIsLost() const;

 private:
  struct Opened;

  void Open(Sharing sharing);
  void Fail(const char* what, const std::string& why);

  struct Delete {
    void operator()(Opened* opened) const;
  };
  std::string path_;
  std::string error_;
  bool taken_ = false;
  std::unique_ptr<Opened, Delete> opened_;
};

// Removes the file at `path`, and makes sure that ReplaceFile can put one there. Returns an error
// text, empty when it worked.
std::string ClearPlace(const std::string& path);

// Replaces the content of the file at `path` in one step: a reader finds the old content or the
// new, never a part. Returns an error text, empty when it worked.
std::string ReplaceFile(const std::string& path, std::string_view content);

}  // namespace mlperf::log

#endif  // MLPERF_LOADGEN_LOG_OUTPUT_FILE_H_
