// An energy sensor: what it meters and how to read it. A sensor that cannot be read says why; it
// never says 0.
//
//   SensorSearch search = find_sensors(environment);              // sensors.h
//   const Reading before = search.found[0].read();
//   ...
//   const Reading after = search.found[0].read();
//   if (before.value && after.value) joules = *after.value - *before.value;
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gcompress::measure {

// What a sensor meters. Packages, memory and GPUs are parts of a machine and may be summed; a
// battery and an external meter see the whole machine, parts included, and are summed with nothing.
enum class Coverage { kPackage, kDram, kGpu, kBattery, kExternal };
std::string name_of(Coverage coverage);
bool is_part_of_machine(Coverage coverage);

enum class SensorKind { kEnergyCounter, kPower };
std::string name_of(SensorKind kind);

struct Reading {
  double seconds = 0;           // when, by the environment's clock
  std::optional<double> value;  // joules since its first reading (a counter), or watts now
  std::string why_not;          // a clause, where there is no value
};

// A copy shares its state with the original. Reading from several threads needs a lock.
struct Sensor {
  std::string name;  // unique: "powercap package-0"
  // Sensors of the same part meter the same thing and are not to be summed: "package-0".
  std::string part;
  Coverage coverage = Coverage::kPackage;
  SensorKind kind = SensorKind::kEnergyCounter;
  // A counter that wraps has to be read at least this often; 0: no need.
  double read_within_seconds = 0;
  // The share by which all readings of this board may be off together. It never averages out: it
  // belongs to every absolute figure, and cancels in a ratio on the same board. nullopt: not known.
  std::optional<double> gain_error = {};
  std::string remark = {};  // what to know of its readings: "average over a second"
  std::function<Reading()> read;
};

// A sensor that should be there, or might, and cannot be used.
struct MissingSensor {
  std::string name;
  std::string part;  // as in Sensor; empty: it is not known which parts there would be
  Coverage coverage = Coverage::kPackage;
  std::string reason;  // "permission denied: .../energy_uj"
  std::string remedy;  // what to run or do; may be empty
};

struct SensorSearch {
  std::vector<Sensor> found;
  std::vector<MissingSensor> missing;
  std::vector<std::string> left_out;  // what was seen and is not used: "psys: contains ..."
};

}  // namespace gcompress::measure
