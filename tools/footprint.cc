// gcompress footprint: energy, carbon and cost of a campaign, and when it has paid.
#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <memory>
#include <optional>

#include "gcompress/core/base/error.h"
#include "gcompress/tools/commands.h"
#include "gcompress/tools/footprint_findings.h"

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
};

bool names_hardware(const FootprintArguments& given) {
  const measure::Hardware& hardware = given.hardware;
  return hardware.processor_watts != 0 || hardware.memory_watts != 0 || hardware.gpu_watts != 0 ||
         hardware.gpus != 0 || given.hours;
}

void check_sources(const FootprintArguments& given) {
  const int sources =
      (names_hardware(given) ? 1 : 0) + (given.kwh ? 1 : 0) + (given.report.empty() ? 0 : 1);
  if (sources == 1) return;
  throw_usage(sources == 0 ? "nothing says what the campaign took"
                           : "more than one option says what the campaign took",
              "give one of: watts and --hours, --kwh, --report");
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

FootprintFindings examine(const FootprintArguments& given) {
  FootprintFindings findings;
  findings.constants = given.constants.empty() ? measure::shipped_constants()
                                               : measure::read_constants(given.constants);
  if (given.list) return findings;
  check_sources(given);
  findings.options.region = given.region;
  findings.options.tariff = given.tariff;
  findings.pounds = given.pounds;
  set_pue(given.pue, findings);
  // Names that are not in the constants are refused before files are read.
  measure::footprint_of(0, findings.options, findings.constants);
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

}  // namespace

void setup_footprint(CLI::App& app, GlobalOptions& options, int&) {
  auto given = std::make_shared<FootprintArguments>();
  add_sources(app, *given);
  add_conversions(app, *given);
  app.add_flag("--json", options.json, "print the figures as JSON");
  app.callback([given, &options] {
    const FootprintFindings findings = examine(*given);
    if (given->list) {
      std::cout << (options.json ? constants_json(findings.constants)
                                 : constants_text(findings.constants));
    } else {
      std::cout << (options.json ? footprint_json(findings) : footprint_text(findings));
    }
  });
}

}  // namespace gcompress::tools
