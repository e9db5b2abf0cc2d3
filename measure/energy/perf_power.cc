// The power events of perf.
#include "gcompress/measure/energy/perf_power.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <map>
#include <memory>

#include "gcompress/core/base/specification.h"
#include "gcompress/measure/energy/running_total.h"
#include "gcompress/measure/energy/sensors.h"

namespace gcompress::measure {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRemedy =
    "run as root, or: sudo sysctl kernel.perf_event_paranoid=0 (until the next boot)";

struct EventRow {
  const char* event;
  const char* part;  // with the package's number behind it
  Coverage coverage;
};
constexpr std::array kEvents = {EventRow{"energy-pkg", "package-", Coverage::kPackage},
                                EventRow{"energy-ram", "dram-", Coverage::kDram}};

struct Event {
  std::uint64_t config = 0;
  double joules_per_count = 0;
};

// "event=0x02" as 2.
std::optional<std::uint64_t> parse_config(const std::string& text) {
  constexpr std::string_view kStart = "event=0x";
  if (!text.starts_with(kStart)) return std::nullopt;
  const char* end = text.data() + text.size();
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data() + kStart.size(), end, value, 16);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

// nullopt if the machine has no such event, or describes it in a way we do not understand.
std::optional<Event> read_event(const FileReader& reader, const fs::path& folder,
                                const std::string& name) {
  const FileText config = reader(folder / "events" / name);
  const FileText scale = reader(folder / "events" / (name + ".scale"));
  const FileText unit = reader(folder / "events" / (name + ".unit"));
  if (!config.text || !scale.text || unit.text != "Joules") return std::nullopt;
  const auto parsed = parse_config(*config.text);
  double joules = 0;
  if (!parsed || !parse_number(*scale.text, joules) || joules <= 0 || joules > 1) {
    return std::nullopt;
  }
  return Event{.config = *parsed, .joules_per_count = joules};
}

// The package of each processor in the mask: {package: processor}. Says why not in `fault`.
std::map<std::uint64_t, int> read_packages(const SensorEnvironment& environment,
                                           const fs::path& folder, std::string& fault) {
  std::map<std::uint64_t, int> packages;
  const FileText mask = environment.read_file(folder / "cpumask");
  const auto processors = mask.text ? parse_processor_list(*mask.text) : std::nullopt;
  if (!processors) fault = "its list of processors cannot be read";
  for (const int processor : processors.value_or(std::vector<int>())) {
    const fs::path file = environment.sys / "devices/system/cpu" /
                          ("cpu" + std::to_string(processor)) / "topology/physical_package_id";
    const FileCount package = read_count(environment.read_file, file);
    if (!package.value) {
      fault = package.why_not;
    } else if (!packages.emplace(*package.value, processor).second) {
      fault = "several dies in a package, which may mirror one counter; powercap tells them apart";
    }
  }
  return packages;
}

Sensor make_sensor(const std::string& part, Coverage coverage, const Event& event,
                   const PerfEvent& opened, const Clock& clock) {
  auto total = std::make_shared<RunningTotal>(CounterLimits{});
  auto read = [total, event, count = opened.read, now = clock.now]() -> Reading {
    const auto value = count();
    const double seconds = now();
    if (!value) return {seconds, std::nullopt, "the perf event cannot be read any more"};
    return total->add(static_cast<double>(*value) * event.joules_per_count, seconds);
  };
  return {.name = "perf " + part, .part = part, .coverage = coverage, .read = std::move(read)};
}

void open_event(const SensorEnvironment& environment, std::uint32_t type, const Event& event,
                const EventRow& row, const std::map<std::uint64_t, int>& packages,
                SensorSearch& search) {
  for (const auto& [package, processor] : packages) {
    const std::string part = row.part + std::to_string(package);
    const PerfEvent opened = environment.open_perf_event(type, event.config, processor);
    if (opened.read) {
      search.found.push_back(make_sensor(part, row.coverage, event, opened, environment.clock));
      continue;
    }
    search.missing.push_back({.name = "perf " + part,
                              .part = part,
                              .coverage = row.coverage,
                              .reason = "perf_event_open: " + opened.why_not,
                              .remedy = opened.denied ? kRemedy : ""});
  }
}

}  // namespace

SensorSearch find_perf_power(const SensorEnvironment& environment) {
  SensorSearch search;
  const fs::path folder = environment.sys / "bus/event_source/devices/power";
  const auto give_up = [&](const std::string& reason) {
    search.missing.push_back(
        {.name = "perf", .coverage = Coverage::kPackage, .reason = reason, .remedy = ""});
    return search;
  };
  const FileCount type = read_count(environment.read_file, folder / "type");
  if (!type.value) return give_up("the kernel offers no power events (" + type.why_not + ")");
  if (*type.value > UINT32_MAX) return give_up("its type is out of range");
  std::string fault;
  const auto packages = read_packages(environment, folder, fault);
  if (!fault.empty()) return give_up(fault);
  for (const EventRow& row : kEvents) {
    const auto event = read_event(environment.read_file, folder, row.event);
    if (!event) continue;
    open_event(environment, static_cast<std::uint32_t>(*type.value), *event, row, packages, search);
  }
  if (search.found.empty() && search.missing.empty()) return give_up("no energy-pkg event");
  return search;
}

}  // namespace gcompress::measure
