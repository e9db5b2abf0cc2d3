// A campaign of training or tuning: what it took, what that means, and after how many inferences it
// has paid. Measured and estimated energy are lines of their own and never sum.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gcompress/measure/carbon/break_even.h"
#include "gcompress/measure/carbon/footprint.h"
#include "gcompress/measure/figure.h"
#include "gcompress/measure/report_read.h"

namespace gcompress::measure {

struct CampaignLine {
  std::string covers;  // "20 runs of 3 h", "stages prune, recover"
  Figure joules;       // of the equipment, without PUE
  std::vector<std::string> assumptions = {};
};

struct Campaign {
  std::vector<CampaignLine> lines;
  std::vector<std::string> notes;  // sentences: what is in no line
};

// From hardware, hours and runs: an estimate. Throws Error(kUsage) for numbers that make no sense.
Campaign campaign_of_hardware(const Hardware& hardware, double hours_a_run, double runs);
// From a number that somebody gives.
Campaign campaign_of_kwh(double kwh);
// The stages of a report: a line for each provenance. Stages without energy are notes.
Campaign campaign_of_stages(std::span<const StageCost> stages);

// A line's energy in other words. kWh keep its provenance; what comes of quoted constants is
// estimated, whatever the energy was.
struct LineFootprint {
  Figure kwh;
  Figure kwh_facility;  // times PUE; an estimate where that is not 1
  Figure grams_co2e;
  Figure pounds_co2e;
  Figure phone_charges;
  Figure car_km;
  Figure money;  // no value without a tariff
};
// Throws as footprint_of does.
LineFootprint footprint_of_line(const CampaignLine& line, const FootprintOptions& options,
                                const FootprintConstants& constants);

// Joules that an inference saves, as the report says or as follows from its comparison. A figure
// without value where neither is there with an interval.
Figure saving_of(const StoredReport& report);

struct LineBreakEven {
  std::optional<BreakEven> result;  // nullopt: cannot be said
  std::string sentence;
};
// Energies of one kind only: a saving that is measured pays for what was measured. What somebody
// quotes goes with anything, and is taken as known where it has no interval.
LineBreakEven break_even_of_line(const CampaignLine& line, const Figure& saving);

}  // namespace gcompress::measure
