// A program started once and spoken to in lines, over pipes.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"

namespace gcompress::execute {

// Owns the process: when this goes, the program's standard input is closed, and a program that has
// not ended two seconds later is killed with all that it started. Its standard error is ours.
class Child {
 public:
  // The shell runs the line, with "$1", "$2", ... as given. Throws Error(kUsage) where no process
  // can be made; a program that is not there shows as one that hangs up.
  Child(const std::string& shell_line, const std::vector<std::string>& arguments);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // False if the program no longer reads.
  bool write_line(const std::string& line);
  // The next line without its end; nullopt when the program has closed its output (or sends more
  // than 64 KiB without an end of line). Waits as long as it takes; throws Error(kInterrupted) when
  // cancelled.
  std::optional<std::string> read_line(const RunContext& context);
  // Its id; the program's own where the shell line is `exec` and the program.
  pid_t process() const { return process_; }
  // How it ended, for messages: "ended with exit code 3"; waits at most two seconds for that.
  std::string ending();

 private:
  bool wait_for_end();  // false: it still runs

  pid_t process_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string read_;  // and not yet given out
  std::optional<int> status_;
};

}  // namespace gcompress::execute
