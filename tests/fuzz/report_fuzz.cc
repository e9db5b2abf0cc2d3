// Any bytes are a report or an Error of the input, and what is made of a report never fails but for
// a reason: comparing it with itself, summing its stages, its saving.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/carbon/campaign.h"
#include "gcompress/measure/report_compare.h"
#include "gcompress/measure/report_read.h"

namespace {

namespace measure = gcompress::measure;

void use(const measure::StoredReport& report) {
  const measure::Figure saving = measure::saving_of(report);
  for (const measure::CampaignLine& line : measure::campaign_of_stages(report.stages).lines) {
    measure::break_even_of_line(line, saving);
  }
  const measure::ReportComparison comparison = measure::compare_reports(report, report, {});
  measure::to_text(comparison, report, report);
  measure::to_json(comparison, report, report);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    use(measure::parse_report({reinterpret_cast<const char*>(data), size}, "fuzz"));
  } catch (const gcompress::Error& error) {
    if (error.kind() != gcompress::ErrorKind::kInput) std::abort();
  }
  return 0;
}
