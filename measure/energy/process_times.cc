// Reading /proc/PID/stat.
#include "gcompress/measure/energy/process_times.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <vector>

namespace gcompress::measure {
namespace {

namespace fs = std::filesystem;

// proc(5): after the name, which is in parentheses and may hold anything, come the state (field 3),
// the parent (4), processor times (14 to 17) and the start (22).
std::optional<ProcessStat> parse_stat(const std::string& text) {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  ProcessStat stat;
  fields >> stat.state >> stat.parent;
  std::string skipped;
  for (int field = 5; field < 14; ++field) fields >> skipped;
  for (std::uint64_t* ticks : {&stat.own_ticks, &stat.waited_ticks}) {
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    fields >> user >> system;
    *ticks = user + system;
  }
  for (int field = 18; field < 22; ++field) fields >> skipped;
  fields >> stat.began;
  if (!fields) return std::nullopt;
  return stat;
}

// All processes under `root` and itself.
std::set<pid_t> descendants(const std::map<pid_t, ProcessStat>& processes, pid_t root) {
  std::multimap<pid_t, pid_t> children;
  for (const auto& [process, stat] : processes) children.emplace(stat.parent, process);
  std::set<pid_t> found;
  std::vector<pid_t> open = {root};
  while (!open.empty()) {
    const pid_t process = open.back();
    open.pop_back();
    if (!found.insert(process).second) continue;
    const auto [first, last] = children.equal_range(process);
    for (auto child = first; child != last; ++child) open.push_back(child->second);
  }
  return found;
}

}  // namespace

std::optional<ProcessStat> read_process_stat(const FileReader& reader, const fs::path& proc,
                                             const std::string& process) {
  const FileText text = reader(proc / process / "stat");
  return text.text ? parse_stat(*text.text) : std::nullopt;
}

ProcessTree::ProcessTree(pid_t root, fs::path proc, FileReader reader)
    : root_(root), proc_(std::move(proc)), reader_(std::move(reader)) {
  const std::optional<ProcessStat> stat = read_process_stat(reader_, proc_, std::to_string(root_));
  if (stat) began_ = stat->began;
}

bool ProcessTree::runs() const {
  const std::optional<ProcessStat> stat = read_process_stat(reader_, proc_, std::to_string(root_));
  return stat && stat->began == began_ && stat->state != 'Z' && stat->state != 'X';
}

bool ProcessTree::ended_within(double seconds, const Clock& clock,
                               const std::atomic<bool>& stop) const {
  constexpr double kSliceSeconds = 0.05;  // how late an end may be seen
  const double end = clock.now() + seconds;
  while (!stop && runs()) {
    const double left = end - clock.now();
    if (left <= 0) return false;
    clock.sleep(std::min(left, kSliceSeconds));
  }
  return true;
}

std::optional<double> ProcessTree::processor_seconds() {
  std::map<pid_t, ProcessStat> processes;
  for (const std::string& entry : entries_of(proc_)) {
    const std::optional<std::uint64_t> process = parse_count(entry);
    if (!process) continue;
    if (const auto stat = read_process_stat(reader_, proc_, entry)) {
      processes.emplace(static_cast<pid_t>(*process), *stat);
    }
  }
  const auto root = processes.find(root_);
  if (root == processes.end() || root->second.began != began_) return std::nullopt;
  std::uint64_t ticks = 0;
  for (const pid_t process : descendants(processes, root_)) {
    ticks += processes.at(process).own_ticks + processes.at(process).waited_ticks;
  }
  const double seconds = static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  most_ = std::max(most_, seconds);
  return most_;
}

}  // namespace gcompress::measure
