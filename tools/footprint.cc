// gcompress footprint: energy, carbon and cost of a campaign, and when it has paid.
#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <memory>
#include <optional>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/file.h"
#include "gcompress/tools/commands.h"
#include "gcompress/tools/footprint_findings.h"
#include "gcompress/tools/footprint_track.h"
#include "gcompress/tools/sensor_options.h"

namespace gcompress::tools {
namespace {

struct FootprintArguments {
  measure::Hardware hardware;
  std::optional<double> hours;
  double runs = 1;
  std::optional<double> kwh;
  std::string report;
  std::optional<double> saving;
  std::vector<double> saving_interval;
  std::string region = "world";
  std::string pue = "1";
  std::string tariff;
  std::string constants;
  bool pounds = false;
  bool list = false;
  bool track = false;
  std::vector<std::string> command;  // all that follows what we know
  std::optional<int> track_process;
  SensorArguments sensors;
  std::string out;
};

bool names_hardware(const FootprintArguments& given) {
  const measure::Hardware& hardware = given.hardware;
  return hardware.processor_watts != 0 || hardware.memory_watts != 0 || hardware.gpu_watts != 0 ||
         hardware.gpus != 0 || given.hours;
}

void check_sources(const FootprintArguments& given) {
  const int sources = (names_hardware(given) ? 1 : 0) + (given.kwh ? 1 : 0) +
                      (given.report.empty() ? 0 : 1) + (given.track ? 1 : 0) +
                      (given.track_process ? 1 : 0);
  if (sources == 1) return;
  throw_usage(sources == 0 ? "nothing says what the campaign took"
                           : "more than one option says what the campaign took",
              "give one of: watts and --hours, --kwh, --report, --track, --track-pid");
}

// Options after the command are the command's; what follows without --track is a mistake.
void check_command(const FootprintArguments& given, bool json) {
  const bool known = given.command.empty() || !given.command[0].starts_with("-");
  if (!known || (!given.track && !given.command.empty())) {
    throw_usage(given.command[0] + " is not known here", "see gcompress footprint --help");
  }
  if (!given.track) return;
  if (given.command.empty()) throw_usage("--track without a command", "end with the command");
  if (json) {
    throw_usage("--json would mix with what the command prints", "use --out FILE for the JSON");
  }
}

measure::Campaign campaign_of_watts(const FootprintArguments& given) {
  if (!given.hours) throw_usage("watts without time", "add --hours");
  if ((given.hardware.gpus != 0) != (given.hardware.gpu_watts != 0)) {
    throw_usage("--gpus and --gpu-watts go together", "give both");
  }
  return measure::campaign_of_hardware(given.hardware, *given.hours, given.runs);
}

measure::Figure saving_given(const FootprintArguments& given) {
  if (!given.saving) {
    if (given.saving_interval.empty()) return {};
    throw_usage("--saving-interval without --saving", "give both");
  }
  measure::Figure saving{
      .value = given.saving, .unit = "J", .provenance = measure::Provenance::kQuoted};
  if (!std::isfinite(*saving.value)) throw_usage("--saving is no number", "give joules");
  if (!given.saving_interval.empty()) {
    saving.interval = {given.saving_interval[0], given.saving_interval[1]};
    const bool holds = saving.interval->low <= *saving.value &&
                       *saving.value <= saving.interval->high &&
                       std::isfinite(saving.interval->high - saving.interval->low);
    if (!holds) {
      throw_usage("--saving-interval does not hold --saving", "give LOW,HIGH around it, in joules");
    }
  }
  return saving;
}

// A number, or the name of a row in the constants.
void set_pue(const std::string& pue, FootprintFindings& findings) {
  char* end = nullptr;
  const double value = std::strtod(pue.c_str(), &end);
  if (!pue.empty() && *end == '\0') {
    findings.options.pue = value;
    return;
  }
  findings.pue_name = pue;
  findings.options.pue = measure::find_constant(findings.constants.pue, "PUE", pue).value;
}

void set_campaign(const FootprintArguments& given, FootprintFindings& findings) {
  findings.saving = saving_given(given);
  if (given.kwh) {
    findings.source = "kwh";
    findings.campaign = measure::campaign_of_kwh(*given.kwh);
  } else if (given.track || given.track_process) {
    findings.source = given.track ? "command" : "process";
    findings.track = given.track ? track_command(given.command, given.sensors)
                                 : track_process(*given.track_process, given.sensors);
    findings.campaign = campaign_of(*findings.track);
  } else if (given.report.empty()) {
    findings.source = "hardware";
    findings.campaign = campaign_of_watts(given);
  } else {
    findings.source = "report";
    const measure::StoredReport report = measure::read_report(given.report);
    findings.campaign = measure::campaign_of_stages(report.stages);
    if (findings.campaign.lines.empty()) {
      throw_input("no stage of this report has energy", {.file = given.report},
                  "give --kwh, or watts and --hours");
    }
    if (!findings.saving.value) findings.saving = measure::saving_of(report);
  }
}

measure::FootprintConstants constants_of(const FootprintArguments& given) {
  return given.constants.empty() ? measure::shipped_constants()
                                 : measure::read_constants(given.constants);
}

FootprintFindings examine(const FootprintArguments& given) {
  FootprintFindings findings;
  check_sources(given);
  findings.constants = constants_of(given);
  findings.options.region = given.region;
  findings.options.tariff = given.tariff;
  findings.pounds = given.pounds;
  set_pue(given.pue, findings);
  // What is wrong is refused before anything is read or run.
  measure::footprint_of(0, findings.options, findings.constants);
  if (!given.out.empty()) check_footprint_out(given.out);
  set_campaign(given, findings);
  return findings;
}

void add_sources(CLI::App& app, FootprintArguments& given) {
  measure::Hardware& hardware = given.hardware;
  app.add_option("--processor-watts", hardware.processor_watts, "mean power of all processors")
      ->type_name("X");
  app.add_option("--memory-watts", hardware.memory_watts, "mean power of the memory")
      ->type_name("X");
  app.add_option("--gpus", hardware.gpus, "number of GPUs")->type_name("N");
  app.add_option("--gpu-watts", hardware.gpu_watts, "mean power of one GPU")->type_name("X");
  app.add_option("--hours", given.hours, "of one run")->type_name("X");
  app.add_option("--runs", given.runs, "how many, failed ones too [1]")->type_name("N");
  app.add_option("--kwh", given.kwh, "instead: the energy of the equipment")->type_name("X");
  app.add_option("--report", given.report,
                 "instead: a report.json or its folder; its stages are summed")
      ->type_name("FILE");
}

void add_tracking(CLI::App& app, FootprintArguments& given) {
  app.add_flag("--track", given.track,
               "instead: run the command that follows all options, and measure it");
  app.add_option("--track-pid", given.track_process,
                 "instead: measure a process until it ends, or Ctrl-C")
      ->type_name("PID");
  add_sensor_options(app, given.sensors);
  app.add_option("--out", given.out, "write the figures as JSON")->type_name("FILE");
  app.prefix_command();
}

void add_conversions(CLI::App& app, FootprintArguments& given) {
  app.add_option("--region", given.region, "whose grid [world]")->type_name("NAME");
  app.add_option("--pue", given.pue,
                 "facility energy over equipment energy: a number or a name [1]")
      ->type_name("X");
  app.add_option("--tariff", given.tariff, "whose price of energy [none]")->type_name("NAME");
  app.add_option("--constants", given.constants,
                 "constants of yours (docs/formats.md) instead of those shipped")
      ->type_name("FILE");
  app.add_option("--saving", given.saving, "joules that an inference saves: when has it paid?")
      ->type_name("JOULES");
  app.add_option("--saving-interval", given.saving_interval, "its 95% interval")
      ->type_name("LOW,HIGH")
      ->delimiter(',')
      ->expected(2);
  app.add_flag("--pounds", given.pounds, "CO2e in pounds, too");
  app.add_flag("--list", given.list, "print all constants with source and year");
}

int run_footprint(const FootprintArguments& given, bool json) {
  check_command(given, json);
  if (given.list) {
    const measure::FootprintConstants constants = constants_of(given);
    std::cout << (json ? constants_json(constants) : constants_text(constants));
    return 0;
  }
  const FootprintFindings findings = examine(given);
  // Standard output is the command's.
  (given.track ? std::cerr : std::cout)
      << (json ? footprint_json(findings) : footprint_text(findings)) << std::flush;
  if (!given.out.empty()) write_file_atomically(given.out, footprint_json(findings));
  return findings.track ? findings.track->exit_code.value_or(0) : 0;
}

}  // namespace

void setup_footprint(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<FootprintArguments>();
  add_sources(app, *given);
  add_tracking(app, *given);
  add_conversions(app, *given);
  app.add_flag("--json", options.json, "print the figures as JSON");
  app.callback([given, &app, &options, &exit_code] {
    given->command = app.remaining();
    exit_code = run_footprint(*given, options.json);
  });
}

}  // namespace gcompress::tools
