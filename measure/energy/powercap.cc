// RAPL by powercap: which zones count, and reading them.
#include "gcompress/measure/energy/powercap.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "gcompress/measure/energy/running_total.h"
#include "gcompress/measure/energy/sensors.h"

namespace gcompress::measure {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRemedy =
    "run as root, or: sudo chmod a+r /sys/class/powercap/intel-rapl*/energy_uj (until the next "
    "boot; it lets all users of this machine see power, CVE-2020-8694)";

struct Zone {
  std::string folder;   // "intel-rapl:0:2"
  std::string parent;   // "intel-rapl:0", "" of a top zone
  std::string name;     // "dram"
  std::string package;  // "0", "0-die-1"; "" if it is not known
  Coverage coverage = Coverage::kPackage;
};

bool is_zone(const std::string& entry) {
  return entry.starts_with("intel-rapl") && entry.find(':') != std::string::npos;
}

bool is_mmio(const Zone& zone) { return zone.folder.starts_with("intel-rapl-mmio"); }

std::string parent_of(const std::string& folder) {
  const std::size_t last = folder.rfind(':');
  return folder.find(':') == last ? std::string() : folder.substr(0, last);
}

std::string part_of(const Zone& zone) {
  return (zone.coverage == Coverage::kDram ? "dram-" : "package-") + zone.package;
}

// "0" or "0-die-1" of "package-0" or "package-0-die-1"; "" of anything else.
std::string package_of(const FileText& name) {
  constexpr std::string_view kStart = "package-";
  if (!name.text || !name.text->starts_with(kStart)) return {};
  const std::string package = name.text->substr(kStart.size());
  constexpr std::string_view kDie = "-die-";
  const std::size_t die = package.find(kDie);
  const bool numbers = parse_count(package.substr(0, die)) &&
                       (die == std::string::npos || parse_count(package.substr(die + kDie.size())));
  return numbers ? package : std::string();
}

// "0" of "0-die-1".
std::string socket_of(const Zone& zone) {
  return zone.package.substr(0, zone.package.find("-die-"));
}

class Search {
 public:
  explicit Search(const SensorEnvironment& environment)
      : environment_(environment), root_(environment.sys / "class/powercap") {}

  SensorSearch run();

 private:
  void sort_zones();
  void sort_zone(const std::string& entry);
  void drop_duplicates();
  void drop_mirrored_dies();
  bool mirror_each_other(const Zone& one, const Zone& other) const;
  void drop(const Zone& zone, const std::string& why);
  void simplify_only_dies();
  void open(const Zone& zone);
  FileCount energy_of(const Zone& zone) const {
    return read_count(environment_.read_file, root_ / zone.folder / "energy_uj");
  }

  const SensorEnvironment& environment_;
  fs::path root_;
  std::vector<Zone> zones_;
  SensorSearch search_;
};

// Packages before their memory, and intel-rapl before intel-rapl-mmio.
void Search::sort_zones() {
  for (const std::string& entry : entries_of(root_)) {
    if (is_zone(entry)) sort_zone(entry);
  }
  std::ranges::stable_sort(zones_, {}, [](const Zone& zone) {
    return std::pair(zone.coverage == Coverage::kDram, is_mmio(zone));
  });
}

void Search::sort_zone(const std::string& entry) {
  const FileText name = environment_.read_file(root_ / entry / "name");
  Zone zone{.folder = entry, .parent = parent_of(entry), .name = name.text.value_or("")};
  if (zone.parent.empty() && !package_of(name).empty()) {
    zone.package = package_of(name);
    zones_.push_back(zone);
  } else if (zone.name == "dram" && !zone.parent.empty()) {
    zone.coverage = Coverage::kDram;
    zone.package = package_of(environment_.read_file(root_ / zone.parent / "name"));
    zones_.push_back(zone);
  } else if (zone.name == "psys") {
    search_.left_out.push_back(entry + ": psys contains the packages");
  } else if (zone.name == "core" || zone.name == "uncore") {
    search_.left_out.push_back(entry + ": " + zone.name + " is contained in its package");
  } else {
    search_.left_out.push_back(entry +
                               (name.text ? ": not known what it covers" : ": " + name.why_not));
  }
}

// A dropped package takes its memory along.
void Search::drop(const Zone& zone, const std::string& why) {
  const std::string folder = zone.folder;
  search_.left_out.push_back(folder + ": " + why);
  std::erase_if(
      zones_, [&](const Zone& other) { return other.folder == folder || other.parent == folder; });
}

// Two zones that meter the same: the first that can be read stays.
void Search::drop_duplicates() {
  for (std::size_t i = 0; i < zones_.size(); ++i) {
    const auto same = [&](const Zone& other) {
      return &other != &zones_[i] && part_of(other) == part_of(zones_[i]);
    };
    const auto again =
        std::find_if(zones_.begin() + static_cast<std::ptrdiff_t>(i) + 1, zones_.end(), same);
    if (again == zones_.end()) continue;
    const bool second_is_better = !energy_of(zones_[i]).value && energy_of(*again).value;
    const Zone loser = second_is_better ? zones_[i] : *again;
    const Zone winner = second_is_better ? *again : zones_[i];
    search_.left_out.push_back(loser.folder + ": meters the same as " + winner.folder);
    std::erase_if(zones_, [&](const Zone& zone) { return zone.folder == loser.folder; });
    --i;  // looks at this place again
  }
}

// Between two readings of one counter a reading of its mirror lies in between; that two counters of
// their own are so close to each other all the time does not happen.
bool Search::mirror_each_other(const Zone& one, const Zone& other) const {
  for (int i = 0; i < 3; ++i) {
    const FileCount before = energy_of(one);
    const FileCount between = energy_of(other);
    const FileCount after = energy_of(one);
    if (!before.value || !between.value || !after.value) return false;
    if (*between.value < *before.value || *between.value > *after.value) return false;
  }
  return true;
}

void Search::drop_mirrored_dies() {
  for (std::size_t i = 0; i < zones_.size(); ++i) {
    for (std::size_t k = zones_.size() - 1; k > i; --k) {
      const bool same_package = zones_[i].coverage == Coverage::kPackage &&
                                zones_[k].coverage == Coverage::kPackage &&
                                socket_of(zones_[i]) == socket_of(zones_[k]);
      if (!same_package || !mirror_each_other(zones_[i], zones_[k])) continue;
      drop(zones_[k], "mirrors the counter of " + zones_[i].folder);
      k = zones_.size();
    }
  }
}

// "package-0-die-0" that is the only one left is package-0.
void Search::simplify_only_dies() {
  for (Zone& zone : zones_) {
    const auto dies = std::ranges::count_if(zones_, [&](const Zone& other) {
      return other.coverage == zone.coverage && socket_of(other) == socket_of(zone);
    });
    if (dies == 1) zone.package = socket_of(zone);
  }
}

void Search::open(const Zone& zone) {
  const FileCount energy = energy_of(zone);
  if (!energy.value) {
    search_.missing.push_back({.name = "powercap " + part_of(zone),
                               .part = part_of(zone),
                               .coverage = zone.coverage,
                               .reason = energy.why_not,
                               .remedy = energy.denied ? kRemedy : ""});
    return;
  }
  CounterLimits limits;
  const FileCount range =
      read_count(environment_.read_file, root_ / zone.folder / "max_energy_range_uj");
  constexpr std::uint64_t kLeastRange = 1'000'000'000;  // 1 kJ: less is no range of a real counter
  std::string remark;
  if (range.value && *range.value >= kLeastRange && *range.value >= *energy.value) {
    limits.wraps_at_joules = static_cast<double>(*range.value) * 1e-6;
  } else {
    remark = "where it wraps is not known: it becomes unavailable when it does";
  }
  auto total = std::make_shared<RunningTotal>(limits);
  auto read = [total, file = root_ / zone.folder / "energy_uj", reader = environment_.read_file,
               now = environment_.clock.now]() -> Reading {
    const FileCount count = read_count(reader, file);
    const double seconds = now();
    if (!count.value) return {seconds, std::nullopt, count.why_not};
    return total->add(static_cast<double>(*count.value) * 1e-6, seconds);
  };
  search_.found.push_back({.name = "powercap " + part_of(zone),
                           .part = part_of(zone),
                           .coverage = zone.coverage,
                           .read_within_seconds = longest_gap_seconds(limits),
                           .remark = remark,
                           .read = std::move(read)});
}

SensorSearch Search::run() {
  sort_zones();
  drop_duplicates();
  drop_mirrored_dies();
  simplify_only_dies();
  for (const Zone& zone : zones_) open(zone);
  if (search_.found.empty() && search_.missing.empty()) {
    const bool there = !entries_of(root_).empty();
    search_.missing.push_back(
        {.name = "powercap",
         .coverage = Coverage::kPackage,
         .reason = there ? "no package among the zones of " + root_.string()
                         : "no zones in " + root_.string(),
         .remedy = "sudo modprobe intel_rapl_msr, where the machine is not virtual; a virtual "
                   "machine rarely has these counters"});
  }
  return search_;
}

}  // namespace

SensorSearch find_powercap(const SensorEnvironment& environment) {
  return Search(environment).run();
}

}  // namespace gcompress::measure
