// What changed from one report to another, figure by figure: for whoever watches a network over
// time. Nothing is called a change that the intervals do not show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gcompress/measure/figure.h"
#include "gcompress/measure/report_read.h"

namespace gcompress::measure {

enum class Change {
  kSame,    // equal, of figures that have no noise
  kBetter,  // the intervals are apart, or that of the difference is on one side of 0
  kWorse,
  kWithinNoise,  // they are not
  kUndecided,    // there is no interval to decide by
  kNotCompared,  // `why_not` says why
};
std::string name_of(Change change);  // "within noise", ...

struct FigureChange {
  Role role = Role::kAfter;
  std::string what;  // "packed bytes", "median, torch, batch 1, threads 2"
  Figure first;
  Figure second;
  Figure difference;  // second - first of accuracies and errors, else second / first
  Change change = Change::kNotCompared;
  bool regression = false;  // worse than is tolerated
  std::string why_not;
};

struct CompareLimits {
  double tolerance = 0.05;  // sizes, times and energies may grow by this share
  // Share of right answers that may be lost, or a score. nullopt: of right answers none that shows,
  // of scores without an interval the tolerance.
  std::optional<double> max_drop = {};
};

struct ReportComparison {
  std::vector<FigureChange> figures;  // of the networks after, then of those before
  std::vector<std::string> notes;
  bool regressed = false;  // some figure of the network after is a regression
};

// Sizes, accuracy, latency, memory and energy of the networks before and after that both reports
// have. Times and energies only where host, executor and threads are the same. Throws Error(kInput)
// where a report has no network after, Error(kUsage) for limits that are no shares.
ReportComparison compare_reports(const StoredReport& first, const StoredReport& second,
                                 const CompareLimits& limits);

// Text for people, ending in a newline, and JSON (docs/formats.md).
std::string to_text(const ReportComparison& comparison, const StoredReport& first,
                    const StoredReport& second);
std::string to_json(const ReportComparison& comparison, const StoredReport& first,
                    const StoredReport& second);

}  // namespace gcompress::measure
