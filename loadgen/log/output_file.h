// A file that is written in large blocks and remembers when that failed.

#ifndef MLPERF_LOADGEN_LOG_OUTPUT_FILE_H_
#define MLPERF_LOADGEN_LOG_OUTPUT_FILE_H_

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace mlperf::log {

// One thread at a time. A file without a path swallows what it is given.
class OutputFile {
 public:
  OutputFile() = default;

  // Creates or empties the file. On failure error() says why.
  explicit OutputFile(std::string path);

  void Write(std::string_view bytes);
  void Flush();
  // Flushes and closes; later writes are ignored.
  void Close();

  const std::string& path() const { return path_; }
  // Empty while all went well; else the path and the reason, of the first failure.
  const std::string& error() const { return error_; }

 private:
  void Fail(const char* what);

  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::string error_;
  std::unique_ptr<char[]> buffer_;
  std::unique_ptr<std::FILE, CloseFile> file_;
};

// Replaces the content of the file at `path` in one step: a reader finds the old content or the
// new, never a part. Returns an error text, empty when it worked.
std::string ReplaceFile(const std::string& path, std::string_view content);

}  // namespace mlperf::log

#endif  // MLPERF_LOADGEN_LOG_OUTPUT_FILE_H_
