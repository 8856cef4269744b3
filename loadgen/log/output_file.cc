#include "log/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace mlperf::log {
namespace {

// Written at once: larger pieces are no faster, and several times slower where the kernel looks for
// memory as large as the piece.
constexpr size_t kPieceBytes = size_t{256} << 10;
constexpr const char* kNoFile = "it is a named pipe, a socket or a device";
constexpr const char* kLink = "it is a symbolic link, which could lead anywhere; remove it";

// Calls `call` again as long as a signal cuts it short.
template <typename Call>
auto Patiently(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// Above those of the standard streams: where one of these is closed, what is printed to it would
// land in the file.
int AboveStandardStreams(int descriptor) {
  if (descriptor < 0 || descriptor > STDERR_FILENO) return descriptor;
  const int higher = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close(descriptor);
  return higher;
}

int OpenWithoutBlocking(const std::string& path) {
  // Appending, so that a file which somebody else empties stays as short as that has made it.
  constexpr int kFlags =
      O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;
  constexpr mode_t kReadAndWrite = 0666;
  return AboveStandardStreams(Patiently([&] { return open(path.c_str(), kFlags, kReadAndWrite); }));
}

bool IsLink(const std::string& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

// False when another process holds the lock.
bool Lock(int descriptor) {
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  const int locked = Patiently([&] { return fcntl(descriptor, F_SETLK, &whole); });
  return locked == 0 || (errno != EACCES && errno != EAGAIN);
}

// Emptying an empty file would have some file systems write it to disk when it is closed.
bool IsEmpty(const struct stat& status) { return !S_ISREG(status.st_mode) || status.st_size == 0; }

std::string Remove(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return "cannot remove " + base::OneLine(path) + ": " + std::strerror(errno);
}

std::string Beside(const std::string& path) { return path + ".part"; }

}  // namespace

struct OutputFile::Opened {
  explicit Opened(int of_file) : descriptor(of_file) {}
  ~Opened() { close(descriptor); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

  const int descriptor;
  const pid_t process = getpid();
  bool counts_links = false;  // some file systems do not
  bool has_size = false;      // a device has none
  std::atomic<off_t> written{0};
};

void OutputFile::Delete::operator()(Opened* opened) const { delete opened; }

OutputFile::OutputFile(std::string path, Sharing sharing) : path_(std::move(path)) {
  if (!path_.empty()) Open(sharing);
}

OutputFile::~OutputFile() { Close(); }

void OutputFile::Open(Sharing sharing) {
  if (path_.find('\0') != std::string::npos) {
    return Fail("cannot open", "there is a NUL character in its name");
  }
  const int descriptor = OpenWithoutBlocking(path_);
  if (descriptor < 0) {
    const int error = errno;
    const bool is_link = error == ELOOP && IsLink(path_);
    return Fail("cannot open", is_link ? kLink : error == ENXIO ? kNoFile : std::strerror(error));
  }
  opened_.reset(new Opened(descriptor));
  struct stat status{};
  if (fstat(descriptor, &status) != 0) {
    Fail("cannot open", std::strerror(errno));
  } else if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) {
    Fail("cannot open", kNoFile);
  } else if (S_ISREG(status.st_mode) && sharing == Sharing::kExclusive && !Lock(descriptor)) {
    taken_ = true;
    Fail("cannot open", "another process is writing to it");
  } else if (!IsEmpty(status) && Patiently([&] { return ftruncate(descriptor, 0); }) != 0) {
    Fail("cannot empty", std::strerror(errno));
  } else {
    opened_->has_size = S_ISREG(status.st_mode);
    opened_->counts_links = S_ISREG(status.st_mode) && status.st_nlink != 0;
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
  }
  if (!error_.empty()) opened_.reset();
}

void OutputFile::Write(std::string_view bytes) {
  if (opened_ == nullptr || !error_.empty() || opened_->process != getpid()) return;
  while (!bytes.empty()) {
    const size_t piece = std::min(bytes.size(), kPieceBytes);
    const ssize_t written =
        Patiently([&] { return write(opened_->descriptor, bytes.data(), piece); });
    if (written < 0) return Fail("cannot write", std::strerror(errno));
    opened_->written.fetch_add(written, std::memory_order_relaxed);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void OutputFile::Close() { opened_.reset(); }

const char* OutputFile::WhatIsLost() const {
  if (opened_ == nullptr || !opened_->has_size) return nullptr;
  constexpr const char* kDeleted = "it was deleted during the test";
  const off_t written = opened_->written.load(std::memory_order_relaxed);  // before the size
  struct stat status{};
  if (fstat(opened_->descriptor, &status) != 0) return errno == ESTALE ? kDeleted : nullptr;
  if (opened_->counts_links && status.st_nlink == 0) return kDeleted;
  return status.st_size < written ? "it was emptied or cut during the test" : nullptr;
}

void OutputFile::Fail(const char* what, const std::string& why) {
  if (error_.empty()) error_ = std::string(what) + " " + base::OneLine(path_) + ": " + why;
}

std::string ClearPlace(const std::string& path) {
  if (path.empty()) return {};
  // Opened first, so that what is in its place is refused as for every other file.
  OutputFile file(path);
  if (!file.error().empty()) return file.error();
  const std::string error = Remove(path);
  return error.empty() ? Remove(Beside(path)) : error;
}

std::string ReplaceFile(const std::string& path, std::string_view content) {
  OutputFile beside(Beside(path));
  beside.Write(content);
  beside.Close();
  std::string error = beside.error();
  if (error.empty()) {
    if (std::rename(beside.path().c_str(), path.c_str()) == 0) return {};
    error = "cannot write " + base::OneLine(path) + ": " + std::strerror(errno);
  }
  unlink(beside.path().c_str());
  return error;
}

}  // namespace mlperf::log
