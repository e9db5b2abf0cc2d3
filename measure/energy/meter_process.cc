// Starting, reading and ending the program of an external meter.
#include "gcompress/measure/energy/meter_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "gcompress/core/base/error.h"

namespace gcompress::measure {
namespace {

constexpr std::size_t kLongestLine = 4096;

std::string text_of_status(int status) {
  if (WIFEXITED(status)) return fmt::format("ended with exit code {}", WEXITSTATUS(status));
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  return "ended";
}

// In the child: nothing but calls that are safe after fork.
[[noreturn]] void become(const char* command, int output) {
  setpgid(0, 0);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  execl("/bin/sh", "sh", "-c", command, static_cast<char*>(nullptr));
  _exit(127);
}

}  // namespace

MeterProcess::MeterProcess(const std::string& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw_usage(std::string("the meter cannot be started: ") + std::strerror(errno));
  }
  process_ = fork();
  if (process_ == 0) become(command.c_str(), ends[1]);
  const int code = errno;
  close(ends[1]);
  output_ = ends[0];
  if (process_ < 0) {
    close(output_);
    throw_usage(std::string("the meter cannot be started: ") + std::strerror(code));
  }
  setpgid(process_, process_);  // here too: whichever of the two comes first
  fcntl(output_, F_SETFL, fcntl(output_, F_GETFL) | O_NONBLOCK);
}

MeterProcess::~MeterProcess() {
  close(output_);
  if (process_ < 0) return;
  kill(-process_, SIGTERM);
  for (int i = 0; i < 50; ++i) {  // a tenth of a second to say good-bye
    if (waitpid(process_, nullptr, WNOHANG) != 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  kill(-process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

// A process that ends closes its output a moment before its exit code is there.
void MeterProcess::note_end() {
  ended_ = "closed its output";
  for (int i = 0; i < 50; ++i) {
    int status = 0;
    if (waitpid(process_, &status, WNOHANG) == process_) {
      ended_ = text_of_status(status);
      process_ = -1;
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void MeterProcess::take_output() {
  while (ended_.empty() && buffer_.size() <= kLongestLine) {
    char part[4096];
    const ssize_t got = read(output_, part, sizeof(part));
    if (got > 0) {
      buffer_.append(part, static_cast<std::size_t>(got));
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else if (got < 0) {
      return;  // nothing there yet
    } else {
      note_end();
    }
  }
}

std::optional<std::string> MeterProcess::next_line() {
  std::size_t end = buffer_.find('\n');
  if (end == std::string::npos) {
    take_output();
    end = buffer_.find('\n');
  }
  if (end == std::string::npos) {
    if (buffer_.size() > kLongestLine) ended_ = "printed a line longer than 4096 bytes";
    return std::nullopt;
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

}  // namespace gcompress::measure
