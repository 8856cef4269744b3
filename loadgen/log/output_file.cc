#include "log/output_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mlperf::log {
namespace {

constexpr size_t kBufferBytes = size_t{256} << 10;

}  // namespace

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  file_.reset(std::fopen(path_.c_str(), "wb"));
  if (file_ == nullptr) {
    Fail("cannot open");
    return;
  }
  buffer_ = std::make_unique<char[]>(kBufferBytes);
  std::setvbuf(file_.get(), buffer_.get(), _IOFBF, kBufferBytes);
}

void OutputFile::Write(std::string_view bytes) {
  if (file_ == nullptr || !error_.empty()) return;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    Fail("cannot write");
  }
}

void OutputFile::Flush() {
  if (file_ != nullptr && std::fflush(file_.get()) != 0) Fail("cannot write");
}

void OutputFile::Close() {
  Flush();
  file_.reset();
}

void OutputFile::Fail(const char* what) {
  if (error_.empty()) error_ = std::string(what) + " " + path_ + ": " + std::strerror(errno);
}

std::string ReplaceFile(const std::string& path, std::string_view content) {
  OutputFile beside(path + ".part");
  beside.Write(content);
  beside.Close();
  std::error_code failure;
  if (beside.error().empty()) {
    std::filesystem::rename(beside.path(), path, failure);
    if (!failure) return {};
  }
  std::error_code ignored;
  std::filesystem::remove(beside.path(), ignored);
  return beside.error().empty() ? "cannot write " + path + ": " + failure.message()
                                : beside.error();
}

}  // namespace mlperf::log
