// Watching by /proc and /sys.
#include "gcompress/measure/protocol/machine_watch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "gcompress/measure/energy/process_times.h"
#include "gcompress/measure/energy/system_files.h"

namespace gcompress::measure {
namespace {

namespace fs = std::filesystem;

// Files of /sys/class/thermal and hwmon that tell a processor's heat, not a disk's or a battery's.
std::vector<fs::path> find_heat(const fs::path& root) {
  std::vector<fs::path> files;
  const fs::path zones = root / "sys/class/thermal";
  for (const std::string& entry : entries_of(zones)) {
    if (read_system_file(zones / entry / "type").text == "x86_pkg_temp") {
      files.push_back(zones / entry / "temp");
    }
  }
  const fs::path monitors = root / "sys/class/hwmon";
  for (const std::string& entry : entries_of(monitors)) {
    const std::string name = read_system_file(monitors / entry / "name").text.value_or("");
    const bool processor = name == "k10temp" || name == "zenpower" || name == "cpu_thermal";
    if (processor) files.push_back(monitors / entry / "temp1_input");
  }
  return files;
}

std::vector<fs::path> find_clocks(const fs::path& root) {
  std::vector<fs::path> files;
  const fs::path folder = root / "sys/devices/system/cpu";
  constexpr std::size_t kMost = 8;  // enough for a mean; each costs a call into the driver
  for (const std::string& entry : entries_of(folder)) {
    const fs::path file = folder / entry / "cpufreq/scaling_cur_freq";
    std::error_code ignored;
    if (files.size() < kMost && fs::exists(file, ignored)) files.push_back(file);
  }
  return files;
}

}  // namespace

MachineWatch::MachineWatch(WatchOptions options)
    : options_(std::move(options)),
      heat_(find_heat(options_.root)),
      clocks_(find_clocks(options_.root)) {
  const long ticks = sysconf(_SC_CLK_TCK);
  if (ticks > 0) ticks_ = static_cast<double>(ticks);
  options_.processes.push_back(getpid());
}

// Of a process and those that it started and that still run.
std::optional<double> MachineWatch::seconds_of_tree(std::int64_t process, int depth) const {
  std::optional<double> sum = seconds_of(process);
  constexpr int kDeepest = 4;
  if (!sum || depth == kDeepest) return sum;
  const std::string id = std::to_string(process);
  std::istringstream children(
      read_system_file(options_.root / "proc" / id / "task" / id / "children").text.value_or(""));
  for (std::int64_t child = 0; children >> child;) {
    *sum += seconds_of_tree(child, depth + 1).value_or(0);
  }
  return sum;
}

std::optional<double> MachineWatch::seconds_of(std::int64_t process) const {
  const std::optional<ProcessStat> stat =
      read_process_stat(read_system_file, options_.root / "proc", std::to_string(process));
  if (!stat) return std::nullopt;
  return static_cast<double>(stat->own_ticks) / ticks_;
}

std::optional<double> MachineWatch::cpu_seconds() const {
  double sum = 0;
  for (const std::int64_t process : options_.processes) {
    // Our own children are the other processes of the list.
    const std::optional<double> seconds =
        process == getpid() ? seconds_of(process) : seconds_of_tree(process, 0);
    if (!seconds) return std::nullopt;
    sum += *seconds;
  }
  return sum;
}

// Intel counts how often each package was slowed down by heat.
std::optional<std::uint64_t> MachineWatch::throttle_count() const {
  const fs::path file =
      options_.root / "sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count";
  return read_count(read_system_file, file).value;
}

// The first line of /proc/stat: user nice system idle iowait irq softirq steal.
std::optional<MachineWatch::Times> MachineWatch::times() const {
  std::istringstream line(read_system_file(options_.root / "proc/stat").text.value_or(""));
  std::string word;
  std::array<double, 8> fields{};
  line >> word;
  for (double& field : fields) line >> field;
  if (!line || word != "cpu") return std::nullopt;
  const auto [user, nice, system, idle, iowait, irq, softirq, steal] = fields;
  Times times;
  times.busy = (user + nice + system + irq + softirq) / ticks_;
  times.stolen = steal / ticks_;
  times.all = times.busy + times.stolen + (idle + iowait) / ticks_;
  times.ours = cpu_seconds();
  times.throttled = throttle_count();
  return times;
}

std::string MachineWatch::trouble() {
  const std::optional<Times> now = times();
  const std::optional<Times> before = std::exchange(last_, now);
  if (!now || !before || !(now->all > before->all)) return "";
  if (now->throttled && before->throttled && *now->throttled > *before->throttled) {
    return "the processor was throttled";
  }
  const double all = now->all - before->all;
  const double stolen = (now->stolen - before->stolen) / all;
  // Without the share in the text, as rejected windows are counted by their reason.
  if (stolen > options_.stolen_share) return "the host withheld processor time";
  if (!now->ours || !before->ours) return "";
  const double foreign = (now->busy - before->busy - (*now->ours - *before->ours)) / all;
  return foreign > options_.foreign_share ? "other processes used the processors" : "";
}

std::optional<double> MachineWatch::temperature() const {
  std::optional<double> hottest;
  for (const fs::path& file : heat_) {
    const auto thousandths = read_count(read_system_file, file).value;
    if (!thousandths) continue;
    const double celsius = static_cast<double>(*thousandths) / 1000;
    hottest = std::max(hottest.value_or(celsius), celsius);
  }
  return hottest;
}

std::optional<double> MachineWatch::megahertz() const {
  double sum = 0;
  int count = 0;
  for (const fs::path& file : clocks_) {
    const auto kilohertz = read_count(read_system_file, file).value;
    if (!kilohertz) continue;
    sum += static_cast<double>(*kilohertz) / 1000;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

}  // namespace gcompress::measure
