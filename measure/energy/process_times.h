// The processor time of a process and all that it started, from /proc.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "gcompress/measure/energy/clock.h"
#include "gcompress/measure/energy/system_files.h"

namespace gcompress::measure {

// What /proc/PID/stat says of a process, in ticks of sysconf(_SC_CLK_TCK).
struct ProcessStat {
  char state = '?';
  pid_t parent = 0;
  std::uint64_t own_ticks = 0;     // user and system
  std::uint64_t waited_ticks = 0;  // of children that have ended and were waited for
  std::uint64_t began = 0;         // since the machine's start
};
// nullopt where there is no such process, or its file is damaged.
std::optional<ProcessStat> read_process_stat(const FileReader& reader,
                                             const std::filesystem::path& proc,
                                             const std::string& process);

class ProcessTree {
 public:
  explicit ProcessTree(pid_t root, std::filesystem::path proc = "/proc",
                       FileReader reader = read_system_file);

  // False once the root has ended, also where another process got its number.
  bool runs() const;
  // Waits so long at most, or until `stop`; true once the root has ended or `stop` is set.
  bool ended_within(double seconds, const Clock& clock, const std::atomic<bool>& stop) const;
  // Of the root, its children that have ended and been waited for, and all descendants that run.
  // Never falls: where a process ended without being waited for, its time stays. nullopt if the
  // root is gone.
  std::optional<double> processor_seconds();

 private:
  pid_t root_;
  std::filesystem::path proc_;
  FileReader reader_;
  std::optional<std::uint64_t> began_;  // in ticks since the machine's start
  double most_ = 0;
};

}  // namespace gcompress::measure
