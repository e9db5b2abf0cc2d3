// Before against after: accuracy with a margin, speed, energy, and the sentence that says what the
// intervals support.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gcompress/measure/carbon/break_even.h"
#include "gcompress/measure/figure.h"
#include "gcompress/measure/intervals.h"
#include "gcompress/measure/statistics/paired_accuracy.h"

namespace gcompress::measure {

struct ModelReport;
struct Experiment;

struct ClassCounts {
  std::int64_t label = 0;
  PairedCounts counts;
};

// What the compression cost and when its saving has paid for that.
struct PaidBack {
  Figure spent;   // J
  Figure saving;  // J an inference
  Figure inferences;
  std::string sentence;
};

struct Comparison {
  Figure accuracy_difference;  // after - before; value null without labels
  double margin = 0;
  std::optional<AccuracyVerdict> accuracy_verdict;  // of samples that are right or wrong
  std::optional<double> mcnemar_p;                  // never read as proof of equality
  std::optional<PairedCounts> changed;
  std::vector<ClassCounts> per_class = {};
  Figure latency_ratio;          // after / before
  Figure energy_ratio;           // of total joules
  Figure marginal_energy_ratio;  // of joules above idle
  std::optional<PaidBack> break_even;
  std::string verdict;
};

// Differences with intervals; before and after must be there. `experiment`, where there is one,
// gives the ratios of time and energy. The verdict is left to verdict_of.
Comparison compare(const ModelReport& before, const ModelReport& after, double margin,
                   const Experiment* experiment = nullptr);

// Energies of one kind; measured where both are, else estimated under the same power for both, of
// which only the ratio of times is uncertain. nullopt where there is no energy of one kind.
std::optional<PaidBack> paid_back(const Figure& spent, const ModelReport& before,
                                  const Comparison& comparison);

// One sentence: whether the compression paid, a rival did better, or it is undecided. A claim is
// made only where the whole interval supports it.
std::string verdict_of(const ModelReport& before, const ModelReport& after,
                       std::span<const ModelReport> models, const Comparison& comparison);

}  // namespace gcompress::measure
