// Runs a command of the user's as if the shell did: same streams, same group, its exit code kept.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace gcompress::measure {

class ChildProcess {
 public:
  // The program, looked for in PATH, and its arguments. Throws Error(kUsage) if it cannot be run.
  explicit ChildProcess(const std::vector<std::string>& command);
  // Waits for its end.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t id() const { return id_; }
  // Waits so long at most; true once it has ended. Its number stays taken, and /proc keeps its
  // times, until exit_code() is called.
  bool ended_within(double seconds);
  // Waits for its end: what it returned, or 128 and the signal that ended it, as in a shell.
  int exit_code();

 private:
  pid_t id_ = -1;
  int exit_code_ = -1;  // -1: not known yet
};

}  // namespace gcompress::measure
