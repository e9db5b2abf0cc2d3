// What else happens on the machine while a window runs: its heat and clock, the processor time of
// our own processes, and whatever makes a window not count.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gcompress::measure {

struct WatchOptions {
  std::filesystem::path root = "/";     // proc and sys are read below it
  std::vector<std::int64_t> processes;  // that hold the networks, beside this one
  // A window is rejected when others took more of the processors' time than this share...
  double foreign_share = 0.05;
  // ... or the host of a virtual machine withheld more than this share.
  double stolen_share = 0.02;
};

// Reads at most a dozen small files a call. Whatever the system does not say is left out.
class MachineWatch {
 public:
  explicit MachineWatch(WatchOptions options);

  // Why what happened since the last call must not count: "others used 31% of the processors",
  // "12% of the time was withheld from this virtual machine", "the processor was throttled"; empty
  // where nothing is known against it.
  std::string trouble();
  // Of our processes, in seconds so far; nullopt if one of them cannot be read.
  std::optional<double> cpu_seconds() const;
  std::optional<double> temperature() const;  // Celsius, the hottest package
  std::optional<double> megahertz() const;    // mean over the processors

 private:
  struct Times {
    double busy = 0;
    double stolen = 0;
    double all = 0;
    std::optional<double> ours;
    std::optional<std::uint64_t> throttled;
  };
  std::optional<Times> times() const;
  std::optional<double> seconds_of(std::int64_t process) const;
  std::optional<double> seconds_of_tree(std::int64_t process, int depth) const;
  std::optional<std::uint64_t> throttle_count() const;

  WatchOptions options_;
  double ticks_ = 100;                         // a second
  std::vector<std::filesystem::path> heat_;    // files with thousandths of a degree
  std::vector<std::filesystem::path> clocks_;  // files with kHz
  std::optional<Times> last_;
};

}  // namespace gcompress::measure
