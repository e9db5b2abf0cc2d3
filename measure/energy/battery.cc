// Batteries by power_supply.
#include "gcompress/measure/energy/battery.h"

#include <fmt/format.h>

#include <memory>

#include "gcompress/measure/energy/sensors.h"

namespace gcompress::measure {
namespace {

namespace fs = std::filesystem;

constexpr double kJoulesPerMicrowattHour = 3.6e-3;
constexpr double kJoulesPerMicroampHourVolt = 3.6e-3;
constexpr double kMostJoules = 1e9;  // 278 kWh: no battery of a computer holds more
constexpr double kMostWatts = 1e5;
constexpr const char* kCharging = "the battery is not discharging";

struct Files {
  fs::path folder;
  FileReader reader;

  std::string text(const char* name) const { return reader(folder / name).text.value_or(""); }
  FileCount count(const char* name) const { return read_count(reader, folder / name); }
  bool discharging() const { return text("status") == "Discharging"; }
};

// A content in joules by what one unit of it gives, or why it is not known.
struct Content {
  std::optional<double> units;  // microwatt-hours or microamp-hours
  double joules_per_unit = 0;   // now
  std::string why_not;
};

Content content_of(const Files& files) {
  const FileCount energy = files.count("energy_now");
  if (energy.value) return {static_cast<double>(*energy.value), kJoulesPerMicrowattHour, {}};
  const FileCount charge = files.count("charge_now");
  const FileCount microvolts = files.count("voltage_now");
  if (!charge.value) return {std::nullopt, 0, charge.why_not};
  if (!microvolts.value) return {std::nullopt, 0, microvolts.why_not};
  return {static_cast<double>(*charge.value),
          kJoulesPerMicroampHourVolt * 1e-6 * static_cast<double>(*microvolts.value),
          {}};
}

// What a battery gave since the first reading, step by step: each at the voltage of its end.
class Discharge {
 public:
  explicit Discharge(Files files) : files_(std::move(files)) {}

  Reading read(double seconds) {
    if (broken_.empty()) add(content_of(files_));
    const std::string& why_not = broken_.empty() ? passing_ : broken_;
    if (!why_not.empty()) return {seconds, std::nullopt, why_not};
    return {seconds, joules_, {}};
  }

 private:
  void add(const Content& content) {
    passing_ = content.why_not;
    if (!files_.discharging()) broken_ = kCharging;
    if (!content.units || !broken_.empty()) return;
    const double step = (last_.value_or(*content.units) - *content.units) * content.joules_per_unit;
    if (step < 0) broken_ = "the battery's gauge went up while it was discharging";
    if (step > kMostJoules) broken_ = "the battery's gauge fell by more than a battery holds";
    if (!broken_.empty()) return;
    joules_ += step;
    last_ = content.units;
  }

  Files files_;
  std::optional<double> last_;
  double joules_ = 0;
  std::string passing_;  // why this reading failed
  std::string broken_;   // why all from now on do
};

Reading power_of(const Files& files, double seconds) {
  if (!files.discharging()) return {seconds, std::nullopt, kCharging};
  const FileCount microwatts = files.count("power_now");
  const FileCount microamps = files.count("current_now");
  const FileCount microvolts = files.count("voltage_now");
  double watts = 0;
  if (microwatts.value) {
    watts = static_cast<double>(*microwatts.value) * 1e-6;
  } else if (microamps.value && microvolts.value) {
    watts = static_cast<double>(*microamps.value) * static_cast<double>(*microvolts.value) * 1e-12;
  } else {
    return {seconds, std::nullopt, microwatts.why_not};
  }
  if (watts <= 0 || watts > kMostWatts) {
    return {seconds, std::nullopt, fmt::format("{:.6g} W, which is out of range", watts)};
  }
  return {seconds, watts, {}};
}

void add_battery(SensorSearch& search, const std::string& name, const Files& files,
                 const Clock& clock) {
  const std::string part = "battery " + name;
  const auto missing = [&](const std::string& reason, const char* remedy) {
    search.missing.push_back({.name = part,
                              .part = part,
                              .coverage = Coverage::kBattery,
                              .reason = reason,
                              .remedy = remedy});
  };
  if (!files.discharging()) return missing(kCharging, "unplug the mains for the measurement");
  const Content content = content_of(files);
  if (!content.units) return missing(content.why_not, "");
  auto discharge = std::make_shared<Discharge>(files);
  search.found.push_back({.name = part + " energy",
                          .part = part,
                          .coverage = Coverage::kBattery,
                          .remark = "the whole machine, screen included",
                          .read = [discharge, now = clock.now] { return discharge->read(now()); }});
  if (!power_of(files, 0).value) return;
  search.found.push_back({.name = part + " power",
                          .part = part,
                          .coverage = Coverage::kBattery,
                          .kind = SensorKind::kPower,
                          .remark = "the whole machine, screen included",
                          .read = [files, now = clock.now] { return power_of(files, now()); }});
}

}  // namespace

SensorSearch find_battery(const SensorEnvironment& environment) {
  SensorSearch search;
  const fs::path root = environment.sys / "class/power_supply";
  for (const std::string& name : entries_of(root)) {
    const Files files{root / name, environment.read_file};
    if (files.text("type") != "Battery") continue;
    if (files.text("scope") == "Device") {
      search.left_out.push_back(name + ": the battery of a peripheral");
      continue;
    }
    add_battery(search, name, files, environment.clock);
  }
  if (search.found.empty() && search.missing.empty()) {
    search.missing.push_back({.name = "battery",
                              .coverage = Coverage::kBattery,
                              .reason = "no battery in " + root.string(),
                              .remedy = ""});
  }
  return search;
}

}  // namespace gcompress::measure
