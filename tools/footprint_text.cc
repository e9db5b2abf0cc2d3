// The findings of gcompress footprint, for people: a column for each line of energy.
#include <fmt/format.h>

#include <cmath>

#include "gcompress/measure/text_table.h"
#include "gcompress/tools/footprint_findings.h"

namespace gcompress::tools {
namespace {

using Row = std::vector<std::string>;

constexpr double kGroupedFrom = 1000;  // whole numbers with commas from here on
constexpr double kMostGrouped = 1e15;

std::string number_text(double value) {
  if (std::abs(value) < kGroupedFrom || std::abs(value) >= kMostGrouped) {
    return fmt::format("{:.4g}", value);
  }
  return measure::with_commas(std::llround(value));
}

// "73.5 kWh [60, 90]", in units of `factor`.
std::string figure_text(const measure::Figure& figure, const std::string& unit, double factor = 1) {
  if (!figure.value) return "not known";
  std::string text = number_text(*figure.value / factor) + (unit.empty() ? "" : " " + unit);
  if (figure.interval) {
    text += fmt::format(" [{}, {}]", number_text(figure.interval->low / factor),
                        number_text(figure.interval->high / factor));
  }
  return text;
}

std::string mass_text(const measure::Figure& grams) {
  constexpr double kGramsPerKilogram = 1000;
  const bool light = grams.value && *grams.value < kGramsPerKilogram;
  return light ? figure_text(grams, "g") : figure_text(grams, "kg", kGramsPerKilogram);
}

std::string joules_text(const measure::Figure& joules) {
  constexpr double kMega = 1e6;
  const bool many = joules.value && *joules.value >= kMega;
  return many ? figure_text(joules, "MJ", kMega) : figure_text(joules, "J");
}

// A row for each figure; columns are added line by line.
struct Table {
  std::vector<Row> rows;

  void add(std::size_t row, const std::string& label, const std::string& cell) {
    if (row >= rows.size()) rows.push_back({label});
    rows[row].push_back(cell);
  }
};

void add_line(const measure::CampaignLine& line, const FootprintFindings& findings, Table& table) {
  const measure::FootprintOptions& options = findings.options;
  const measure::LineFootprint footprint =
      measure::footprint_of_line(line, options, findings.constants);
  std::size_t row = 0;
  const auto add = [&](const std::string& label, const std::string& cell) {
    table.add(row++, label, cell);
  };
  add("", name_of(line.joules.provenance));
  add("covers", line.covers);
  add("energy", joules_text(line.joules));
  add("", figure_text(footprint.kwh, "kWh"));
  if (options.pue != 1) {
    add(fmt::format("with PUE {:g}", options.pue), figure_text(footprint.kwh_facility, "kWh"));
  }
  add("CO2e, " + options.region, mass_text(footprint.grams_co2e));
  if (findings.pounds) add("", figure_text(footprint.pounds_co2e, "lb"));
  if (footprint.money.value) {
    add("cost, " + options.tariff, figure_text(footprint.money, footprint.money.unit));
  }
  add("phone charges", figure_text(footprint.phone_charges, ""));
  add("km by car", figure_text(footprint.car_km, ""));
  if (findings.saving.value) {
    add("has paid", measure::break_even_of_line(line, findings.saving).sentence);
  }
}

std::string assumptions_text(const measure::Campaign& campaign) {
  std::string text;
  for (const measure::CampaignLine& line : campaign.lines) {
    if (line.assumptions.empty()) continue;
    text += fmt::format("\nThe {} energy assumes:\n", name_of(line.joules.provenance));
    for (const std::string& assumption : line.assumptions) text += "  - " + assumption + "\n";
  }
  return text;
}

std::string notes_text(const FootprintFindings& findings) {
  std::string text;
  for (const std::string& note : findings.campaign.notes) text += note + "\n";
  if (findings.saving.value) {
    text += fmt::format("An inference saves {} ({}).\n", figure_text(findings.saving, "J"),
                        name_of(findings.saving.provenance));
    if (findings.campaign.lines.size() > 1) {
      text += "Each line is paid for by itself; the whole campaign takes longer.\n";
    }
  }
  return text.empty() ? text : "\n" + text;
}

std::string list_text(const std::vector<NamedConstant>& constants) {
  std::vector<Row> rows;
  rows.reserve(constants.size());
  for (const NamedConstant& each : constants) {
    rows.push_back({each.name, fmt::format("{:g} {}", each.constant.value, each.constant.unit),
                    fmt::format("{}, {}", each.constant.source, each.constant.year)});
  }
  return measure::align(rows, 3);
}

}  // namespace

std::string footprint_text(const FootprintFindings& findings) {
  Table table;
  for (const measure::CampaignLine& line : findings.campaign.lines) {
    add_line(line, findings, table);
  }
  return (findings.track ? track_text(*findings.track) + "\n" : "") +
         measure::align(table.rows, table.rows.empty() ? 0 : table.rows.front().size()) +
         assumptions_text(findings.campaign) + notes_text(findings) +
         "\nEstimates of carbon, cost and the like are by these constants:\n" +
         list_text(constants_used(findings));
}

std::string constants_text(const measure::FootprintConstants& constants) {
  return list_text(all_constants(constants));
}

}  // namespace gcompress::tools
