#include "log/output_file.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "check.h"
#include "fakes.h"

using mlperf::log::ClearPlace;
using mlperf::log::OutputFile;
using mlperf::log::ReplaceFile;
using Sharing = OutputFile::Sharing;

namespace {

// What `body` returns in a forked process.
template <typename Body>
int InChild(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string OpenError(const std::string& path) { return OutputFile(path).error(); }

constexpr const char* kNoFile = ": it is a named pipe, a socket or a device";

}  // namespace

TEST(what_is_written_is_there_at_once) {
  const fakes::Folder folder;
  OutputFile file(folder / "file");
  std::string expected;
  for (const size_t bytes : {1u, 100'000u, 0u, 3u, 5'000'000u}) {
    const std::string text(bytes, static_cast<char>('a' + expected.size() % 26));
    file.Write(text);
    expected += text;
    CHECK(fakes::ReadFile(file.path()) == expected);
  }
  CHECK_EQ(file.error(), "");
}

TEST(an_earlier_file_is_emptied) {
  const fakes::Folder folder;
  std::ofstream(folder / "file") << "old";
  const OutputFile file(folder / "file");
  CHECK_EQ(file.error(), "");
  CHECK_EQ(fakes::ReadFile(file.path()), "");
}

// Opening a pipe that nobody reads would wait for ever.
TEST(what_is_no_file_is_refused) {
  const fakes::Folder folder;
  const std::string pipe = folder / "pipe";
  CHECK_EQ(mkfifo(pipe.c_str(), 0600), 0);
  CHECK_EQ(OpenError(pipe), "cannot open " + pipe + kNoFile);
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  CHECK(reader >= 0);
  CHECK_EQ(OpenError(pipe), "cannot open " + pipe + kNoFile);
  close(reader);

  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = folder / "socket";
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  CHECK_EQ(OpenError(name), "cannot open " + name + kNoFile);
  close(listener);

  CHECK_EQ(OpenError(folder / "."), "cannot open " + (folder / ".") + ": Is a directory");
}

// Whoever may write to the folder could have it lead to any file of whoever runs the test.
TEST(a_link_is_not_followed) {
  const fakes::Folder folder;
  const std::string target = folder / "target";
  const std::string link = folder / "file";
  for (const std::string& path : {link, link + ".part"}) {
    std::ofstream(target) << "kept";
    CHECK_EQ(symlink(target.c_str(), path.c_str()), 0);
    const std::string refused =
        "cannot open " + path + ": it is a symbolic link, which could lead anywhere; remove it";
    CHECK_EQ(OpenError(path), refused);
    CHECK_EQ(path == link ? ClearPlace(link) : ReplaceFile(link, "text"), refused);
    CHECK_EQ(fakes::ReadFile(target), "kept");
    unlink(path.c_str());
  }
}

TEST(devices_that_take_bytes_are_files) {
  OutputFile null("/dev/null");
  null.Write("text");
  null.Close();
  CHECK_EQ(null.error(), "");
  OutputFile full("/dev/full");
  full.Write("text");
  full.Close();
  CHECK_EQ(full.error(), "cannot write /dev/full: No space left on device");
}

TEST(names_no_file_can_have) {
  const fakes::Folder folder;
  const std::string with_nul = folder / std::string("a\0b", 3);
  CHECK_EQ(OpenError(with_nul),
           "cannot open " + (folder / "a\\x00b") + ": there is a NUL character in its name");
  CHECK(!std::filesystem::exists(folder / "a"));
  const std::string long_name = folder / std::string(300, 'x');
  CHECK_EQ(OpenError(long_name), "cannot open " + long_name + ": File name too long");
}

TEST(names_as_they_are) {
  const fakes::Folder folder;
  for (const char* name : {"with space", "\"quotes' %s%n", "Prüfung-日本", "-", "a\nb"}) {
    OutputFile file(folder / name);
    file.Write(name);
    file.Close();
    CHECK_EQ(file.error(), "");
    CHECK_EQ(fakes::ReadFile(folder / name), name);
  }
}

TEST(only_one_process_has_an_exclusive_file) {
  const fakes::Folder folder;
  const std::string path = folder / "file";
  OutputFile file(path, Sharing::kExclusive);
  CHECK(!file.taken());
  file.Write("first");
  const auto second = [&] {
    const OutputFile other(path, Sharing::kExclusive);
    if (!other.taken()) return 1;
    return other.error() == "cannot open " + path + ": another process is writing to it" ? 0 : 2;
  };
  CHECK_EQ(InChild(second), 0);
  CHECK_EQ(fakes::ReadFile(path), "first");  // which also ends the lock of this process
  OutputFile again(path, Sharing::kExclusive);
  again.Close();
  CHECK_EQ(InChild(second), 1);
}

// A worker that a SUT forks neither writes to the file nor keeps it for itself.
TEST(forked_processes_have_no_part_in_it) {
  const fakes::Folder folder;
  const std::string path = folder / "file";
  OutputFile file(path, Sharing::kExclusive);
  file.Write("once");
  const auto worker = [&] {
    file.Write("twice");
    file.Close();
    return 0;
  };
  CHECK_EQ(InChild(worker), 0);
  CHECK_EQ(InChild([&] { return OutputFile(path, Sharing::kExclusive).taken() ? 0 : 1; }), 0);
  file.Close();
  CHECK_EQ(fakes::ReadFile(path), "once");
}

TEST(programs_that_are_started_do_not_have_it) {
  const fakes::Folder folder;
  const int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(before);
  const OutputFile file(folder / "file");
  CHECK_EQ(fcntl(before, F_GETFD), FD_CLOEXEC);  // the lowest number that was free
}

// With a standard stream closed, a file must not take its place: it would get what is printed.
TEST(never_in_the_place_of_a_standard_stream) {
  const fakes::Folder folder;
  const std::string path = folder / "file";
  const int status = InChild([&] {
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    OutputFile file(path);
    if (write(STDOUT_FILENO, "printed", 7) != -1) return 1;
    file.Write("text");
    file.Close();
    return file.error().empty() ? 0 : 2;
  });
  CHECK_EQ(status, 0);
  CHECK_EQ(fakes::ReadFile(path), "text");
}

TEST(deleted) {
  const fakes::Folder folder;
  const OutputFile file(folder / "file");
  CHECK(file.WhatIsLost() == nullptr);
  std::ofstream(folder / "other") << "other";
  std::filesystem::rename(folder / "other", file.path());
  CHECK_EQ(std::string(file.WhatIsLost()), "it was deleted during the test");
  CHECK(OutputFile("/dev/null").WhatIsLost() == nullptr);
  CHECK(OutputFile("").WhatIsLost() == nullptr);
}

// Also when more was written after it, which leaves no hole in the file.
TEST(emptied) {
  for (const bool writes_on : {false, true}) {
    const fakes::Folder folder;
    OutputFile file(folder / "file");
    file.Write("0123456789");
    CHECK(file.WhatIsLost() == nullptr);
    std::filesystem::resize_file(file.path(), 0);
    if (writes_on) file.Write("abc");
    CHECK_EQ(std::string(file.WhatIsLost()), "it was emptied or cut during the test");
    CHECK_EQ(fakes::ReadFile(file.path()), writes_on ? "abc" : "");
  }
}

TEST(clear_place) {
  const fakes::Folder folder;
  const std::string path = folder / "summary";
  CHECK_EQ(ClearPlace(path), "");
  CHECK(!std::filesystem::exists(path));
  std::ofstream(path) << "old";
  std::ofstream(path + ".part") << "of a test that was killed";
  CHECK_EQ(ClearPlace(path), "");
  CHECK(!std::filesystem::exists(path));
  CHECK(!std::filesystem::exists(path + ".part"));
  CHECK_EQ(ReplaceFile(path, "new"), "");
  CHECK_EQ(fakes::ReadFile(path), "new");
}

TEST(clear_place_finds_what_would_be_in_the_way) {
  const fakes::Folder folder;
  const std::string missing = folder / "missing/summary";
  CHECK_EQ(ClearPlace(missing), "cannot open " + missing + ": No such file or directory");
  const std::string path = folder / "summary";
  std::filesystem::create_directory(path);
  CHECK_EQ(ClearPlace(path), "cannot open " + path + ": Is a directory");
  std::filesystem::remove(path);
  std::filesystem::create_directory(path + ".part");
  CHECK_EQ(ClearPlace(path), "cannot remove " + path + ".part: Is a directory");
  // The name alone is not too long.
  const std::string long_name = folder / std::string(252, 'x');
  CHECK_EQ(ClearPlace(long_name), "cannot remove " + long_name + ".part: File name too long");
}
