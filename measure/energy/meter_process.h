// A program of the user's whose output is read line by line, without waiting.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace gcompress::measure {

// Runs a command by the shell, in a process group of its own; its standard input is empty, its
// messages go where ours go. Ends it when destroyed.
class MeterProcess {
 public:
  // Throws Error(kUsage) if it cannot be started.
  explicit MeterProcess(const std::string& command);
  ~MeterProcess();
  MeterProcess(const MeterProcess&) = delete;
  MeterProcess& operator=(const MeterProcess&) = delete;

  // The next whole line without its end, if one is there.
  std::optional<std::string> next_line();
  // How it ended ("ended with exit code 3"), when it has and all its lines are read. Also when a
  // line grew beyond what a meter says.
  const std::string& ended() const { return ended_; }

 private:
  void take_output();
  void note_end();

  pid_t process_ = -1;
  int output_ = -1;
  std::string buffer_;
  std::string ended_;
};

}  // namespace gcompress::measure
