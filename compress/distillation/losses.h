// What a student can learn by: names, where they come from, and their usual weights. The equations
// are in distill/losses.h, what computes them in distill/loss_table.cc.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gcompress::compress {

struct DistillLoss {
  std::string name;
  std::string summary;
  double weight;  // where none is given
};
const std::vector<DistillLoss>& distill_losses();

// Reads NAME or NAME:WEIGHT, in the order given. Throws Error(kUsage): an unknown name (with the
// nearest), one given twice, a weight that is no number above 0.
std::vector<std::pair<std::string, double>> parse_losses(const std::vector<std::string>& texts);

// Where none are named: the teacher's answers, and labels where there are any.
std::vector<std::pair<std::string, double>> default_losses(bool labelled);

}  // namespace gcompress::compress
