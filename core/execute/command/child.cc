// Starting, speaking and ending, by POSIX.
#include "gcompress/core/execute/command/child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "gcompress/core/base/error.h"

namespace gcompress::execute {
namespace {

constexpr std::size_t kLongestLine = std::size_t{64} << 10;
constexpr auto kPatience = std::chrono::seconds(2);
constexpr int kPollMilliseconds = 100;  // between looks at the cancel flag

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw_usage(std::string("no pipe can be made: ") + std::strerror(errno));
  }
  return {.read_end = ends[0], .write_end = ends[1]};
}

// In a process group of its own, so that Ctrl-C reaches us alone and we can end it in order. The
// signals that we ignore or block must not stay so in it.
int spawn(pid_t& process, const Pipe& in, const Pipe& out, const std::vector<char*>& argv) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read_end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.write_end, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  const int error = posix_spawn(&process, "/bin/sh", &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

// write(2) to a pipe that nobody reads raises SIGPIPE, which would end us: held back meanwhile.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal() {
    const timespec at_once{};
    if (raised) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;
  bool raised = false;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

}  // namespace

Child::Child(const std::string& shell_line, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"sh", "-c", shell_line, "sh"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const Pipe in = make_pipe();
  const Pipe out = make_pipe();
  const int error = spawn(process_, in, out, argv);
  close(in.read_end);
  close(out.write_end);
  to_ = in.write_end;
  from_ = out.read_end;
  if (error != 0) {
    close(to_);
    close(from_);
    throw_usage(std::string("no process can be started: ") + std::strerror(error));
  }
}

Child::~Child() {
  close(to_);
  if (!wait_for_end()) {
    kill(-process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  close(from_);
}

bool Child::write_line(const std::string& line) {
  const std::string text = line + "\n";
  NoPipeSignal guard;
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = write(to_, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      guard.raised = errno == EPIPE;
      return false;
    }
    done += static_cast<std::size_t>(wrote);
  }
  return true;
}

std::optional<std::string> Child::read_line(const RunContext& context) {
  for (;;) {
    if (const std::size_t end = read_.find('\n'); end != std::string::npos) {
      std::string line = read_.substr(0, end);
      read_.erase(0, end + 1);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return line;
    }
    context.check_cancelled();
    if (read_.size() > kLongestLine) return std::nullopt;
    pollfd waiting{.fd = from_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, kPollMilliseconds) <= 0) continue;
    std::array<char, 4096> buffer{};
    const ssize_t got = read(from_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    read_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

bool Child::wait_for_end() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!status_) {
    int status = 0;
    const pid_t ended = waitpid(process_, &status, WNOHANG);
    if (ended == process_) status_ = status;
    if (ended < 0 && errno != EINTR) status_ = 0;
    if (status_ || std::chrono::steady_clock::now() > until) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return status_.has_value();
}

std::string Child::ending() {
  if (!wait_for_end()) return "closed its output and runs on";
  if (WIFSIGNALED(*status_)) return "was ended by signal " + std::to_string(WTERMSIG(*status_));
  return "ended with exit code " + std::to_string(WEXITSTATUS(*status_));
}

}  // namespace gcompress::execute
