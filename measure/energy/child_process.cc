// Starting a command and waiting for it.
#include "gcompress/measure/energy/child_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "gcompress/core/base/error.h"

namespace gcompress::measure {
namespace {

constexpr double kSliceSeconds = 0.02;  // how late an end may be seen

// In the child: becomes the command, or says why not through the pipe and ends.
[[noreturn]] void become(char* const* arguments, int report) {
  execvp(arguments[0], arguments);
  const int code = errno;
  [[maybe_unused]] const ssize_t written = write(report, &code, sizeof(code));
  _exit(127);
}

// The errno of a failed start; 0 where the pipe closed because the command runs.
int failure_in(int pipe) {
  int code = 0;
  ssize_t got = 0;
  do {
    got = read(pipe, &code, sizeof(code));
  } while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof(code)) ? code : 0;
}

[[noreturn]] void refuse(const std::string& program, int code) {
  throw_usage(program + " cannot be run: " + std::strerror(code),
              "give a program and its arguments");
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command) {
  GCOMPRESS_CHECK(!command.empty());
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) refuse(command[0], errno);
  id_ = fork();
  if (id_ == 0) become(arguments.data(), ends[1]);
  const int fork_code = errno;
  close(ends[1]);
  const int code = id_ < 0 ? fork_code : failure_in(ends[0]);
  close(ends[0]);
  if (code == 0) return;
  if (id_ > 0) waitpid(id_, nullptr, 0);
  refuse(command[0], code);
}

ChildProcess::~ChildProcess() { exit_code(); }

bool ChildProcess::ended_within(double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (exit_code_ < 0) {
    siginfo_t info{};
    const int code = waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT);
    if (code == 0 && info.si_pid == id_) return true;
    if (code != 0 && errno != EINTR) return true;
    const double left = std::chrono::duration<double>(end - Clock::now()).count();
    if (left <= 0) return false;
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(left, kSliceSeconds)));
  }
  return true;
}

int ChildProcess::exit_code() {
  if (exit_code_ >= 0) return exit_code_;
  int status = 0;
  pid_t waited = 0;
  do {
    waited = waitpid(id_, &status, 0);
  } while (waited < 0 && errno == EINTR);
  constexpr int kSignalled = 128;
  exit_code_ = WIFSIGNALED(status) ? kSignalled + WTERMSIG(status) : WEXITSTATUS(status);
  return exit_code_;
}

}  // namespace gcompress::measure
