// A /sys tree in a folder of its own, a clock that stands still until told, and what else sensors
// look at: all of it made up.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "gcompress/measure/energy/sensors.h"
#include "tests/support/scratch.h"

namespace gcompress::measure {

// Time passes only by sleep() and by hand.
class FakeClock {
 public:
  Clock clock() const {
    return {.now = [seconds = seconds_] { return *seconds; },
            .sleep = [seconds = seconds_](double length) { *seconds += length; }};
  }
  void pass(double seconds) { *seconds_ += seconds; }
  double now() const { return *seconds_; }

 private:
  std::shared_ptr<double> seconds_ = std::make_shared<double>(1000);
};

class FakeSystem {
 public:
  FakeClock clock;

  SensorEnvironment environment() const {
    return {.sys = scratch_.path(),
            .nvml_library = (scratch_ / "no-such-library.so").string(),
            .clock = clock.clock(),
            .open_perf_event = [](std::uint32_t, std::uint64_t, int) {
              return PerfEvent{.read = {}, .denied = false, .why_not = "not in this test"};
            }};
  }

  void write(const std::string& file, const std::string& text) const {
    scratch_.write(file, text + "\n");
  }
  void make_folder(const std::string& folder) const {
    std::filesystem::create_directories(scratch_ / folder);
  }
  const std::filesystem::path& root() const { return scratch_.path(); }

  // A powercap zone: "intel-rapl:0", "package-0", microjoules.
  void zone(const std::string& folder, const std::string& name, std::uint64_t microjoules,
            std::uint64_t range = 262'143'328'850) const {
    const std::string at = "class/powercap/" + folder;
    write(at + "/name", name);
    write(at + "/energy_uj", std::to_string(microjoules));
    write(at + "/max_energy_range_uj", std::to_string(range));
  }
  void set_energy(const std::string& folder, const std::string& text) const {
    write("class/powercap/" + folder + "/energy_uj", text);
  }

 private:
  testing::Scratch scratch_;
};

// A reader to which the files whose path holds `part` are denied, as to a user without rights.
inline FileReader denying(const std::string& part) {
  return [part](const std::filesystem::path& file) {
    if (file.string().find(part) == std::string::npos) return read_system_file(file);
    return FileText{
        .text = std::nullopt, .denied = true, .why_not = "permission denied: " + file.string()};
  };
}

inline std::vector<std::string> parts_of(const SensorSearch& search) {
  std::vector<std::string> parts;
  for (const Sensor& sensor : search.found) parts.push_back(sensor.part);
  return parts;
}

// Everything that a search says in words, for looking for a word in it.
inline std::string words_of(const SensorSearch& search) {
  std::string words;
  for (const MissingSensor& missing : search.missing) {
    words += missing.name + ": " + missing.reason + "; " + missing.remedy + "\n";
  }
  for (const std::string& sentence : search.left_out) words += sentence + "\n";
  return words;
}

}  // namespace gcompress::measure
