// Options of measuring.
#include "gcompress/compress/measuring/options.h"

#include <charconv>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/machine.h"

namespace gcompress::compress {
namespace {

constexpr std::int64_t kLargestBatch = 1 << 20;

std::vector<OptionRow> speed_rows() {
  return {
      {.name = "latency", .fallback = true, .help = "measure latency, memory and cold start"},
      {.name = "batches",
       .fallback = std::vector<std::string>{"1"},
       .help = "batch sizes to time; the first one is compared"},
      {.name = "margin",
       .fallback = 0.01,
       .help = "accuracies that differ by less are called equivalent (0.01 is a point)",
       .least = 1e-6,
       .most = 0.5},
  };
}

std::vector<OptionRow> energy_rows() {
  return {
      {.name = "energy",
       .fallback = false,
       .help = "measure energy (where no counter can be read: estimate it) in paired windows"},
      {.name = "energy-minutes",
       .fallback = 0.0,
       .help = "stop after so long, however wide the interval then is; 0: as the rule asks",
       .least = 0,
       .most = 1e5},
      {.name = "half-width",
       .fallback = 0.02,
       .help = "of the ratio's interval when measuring stops; 0.009 for a claim of one point",
       .least = 0.001,
       .most = 0.5},
      {.name = "window",
       .fallback = 0.0,
       .help = "seconds of a window; 0: 10 with a counter, 1 without; 60 for a report",
       .least = 0,
       .most = 3600},
      {.name = "warm-up",
       .fallback = 0.0,
       .help = "seconds of work before measuring, at least; 0: 30 with a counter, 5 without",
       .least = 0,
       .most = 3600},
      {.name = "foreign-share",
       .fallback = 0.05,
       .help = "leave out windows in which others took more of the processors' time than this",
       .least = 0,
       .most = 1},
      {.name = "meter",
       .fallback = std::string(),
       .help = "a program that prints the lines of an external meter (docs/formats.md)"},
      {.name = "tdp",
       .fallback = 0.0,
       .help = "thermal design power of the processor in watts, for estimates; 0: guessed",
       .least = 0,
       .most = 1e5},
      {.name = "sys", .fallback = std::string("/sys"), .help = "where the kernel's files are"},
      {.name = "nvml",
       .fallback = std::string("libnvidia-ml.so.1"),
       .help = "NVIDIA's management library"},
  };
}

std::vector<OptionRow> footprint_rows() {
  return {
      {.name = "region",
       .fallback = std::string("world"),
       .help = "whose electricity: a row of the grid table"},
      {.name = "pue",
       .fallback = 1.0,
       .help = "energy of the facility over that of the machine",
       .least = 1,
       .most = 10},
      {.name = "tariff",
       .fallback = std::string(),
       .help = "price of energy: a row of the tariffs"},
      {.name = "constants",
       .fallback = std::string(),
       .help = "a file of your own with grid, tariffs and equivalents (docs/formats.md)"},
  };
}

}  // namespace

const std::vector<OptionRow>& measuring_options() {
  static const std::vector<OptionRow> rows = [] {
    std::vector<OptionRow> all = speed_rows();
    for (const auto& more : {energy_rows(), footprint_rows()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }();
  return rows;
}

std::vector<std::int64_t> batch_sizes(const Settings& common) {
  std::vector<std::int64_t> sizes;
  for (const std::string& text : common.list("batches")) {
    std::int64_t size = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || stop != text.data() + text.size() || size < 1 ||
        size > kLargestBatch) {
      throw_usage("'" + text + "' is no batch size", "give whole numbers from 1: --batches 1,32");
    }
    sizes.push_back(size);
  }
  if (sizes.empty()) throw_usage("--batches is empty", "give whole numbers from 1: --batches 1,32");
  return sizes;
}

measure::SensorEnvironment sensor_environment(const Settings& common) {
  return {.sys = common.text("sys"),
          .nvml_library = common.text("nvml"),
          .meter_command = common.text("meter")};
}

measure::PowerAssumptions power_assumptions(const Settings& common) {
  const double tdp = common.number("tdp");
  const measure::Machine machine = measure::describe_machine();
  return {.power = tdp > 0 ? measure::processor_power_of_tdp(tdp)
                           : measure::guess_processor_power(machine),
          .processors = machine.processors};
}

measure::FootprintConstants footprint_constants(const Settings& common) {
  const std::string& file = common.text("constants");
  return file.empty() ? measure::shipped_constants() : measure::read_constants(file);
}

measure::FootprintOptions footprint_options(const Settings& common) {
  return {.region = common.text("region"),
          .pue = common.number("pue"),
          .tariff = common.text("tariff")};
}

void check_measuring(const Settings& common) {
  batch_sizes(common);
  measure::footprint_of(1, footprint_options(common), footprint_constants(common));
}

}  // namespace gcompress::compress
