// Trials: the same few ways to a network, each walked with several seeds. From the accuracies in
// the report alone, so that verifying computes them again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gcompress/measure/figure.h"

namespace gcompress::measure {

struct ModelReport;

// One way. `models` are names in the report, the nth of every arm of the nth seed.
struct TrialArm {
  std::string name;
  std::vector<std::string> models;
  // Over the seeds, in the metric's unit; the deviation is of one seed. Values null where a model
  // has no accuracy, the deviation and the interval with one seed.
  Figure mean = {};
  Figure deviation = {};
};

// The first arm that is named, minus the second. Several seeds: Student's interval of the paired
// differences. One: that of the samples (paired_difference_interval).
struct TrialDifference {
  std::string name;  // "ticket - dense"
  Figure figure;
};

struct Trials {
  std::vector<TrialArm> arms;
  std::vector<TrialDifference> differences;  // of the subject with each other arm
  std::string subject;                       // the arm in question
  std::string verdict;                       // one sentence
};

// Everything from arms' names and models, and the subject.
void summarize(const std::vector<ModelReport>& models, Trials& trials);

// A row an arm: mean, deviation, interval, difference.
std::string to_table(const Trials& trials);

}  // namespace gcompress::measure
