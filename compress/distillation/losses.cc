// What a student can learn by.
#include "gcompress/compress/distillation/losses.h"

#include <algorithm>
#include <cmath>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/nearest.h"
#include "gcompress/core/base/specification.h"

namespace gcompress::compress {
namespace {

const DistillLoss& loss_named(const std::string& name) {
  std::vector<std::string> names;
  for (const DistillLoss& row : distill_losses()) {
    if (row.name == name) return row;
    names.push_back(row.name);
  }
  const std::string near = nearest(name, names);
  std::string all;
  for (const std::string& each : names) all += (all.empty() ? "" : ", ") + each;
  throw_usage("there is no loss '" + name + "'",
              near.empty() ? "choose of " + all : "did you mean '" + near + "'?");
}

}  // namespace

const std::vector<DistillLoss>& distill_losses() {
  static const std::vector<DistillLoss> rows = {
      {"labels", "the task's own loss", 0.3},
      {"soft-targets", "the teacher's answers, softened by --temperature (Hinton 2015)", 0.7},
      {"decoupled", "the same, the right class and the others apart (Zhao 2022)", 0.7},
      {"hint", "values inside, through a learned linear map (FitNets, Romero 2015)", 1},
      {"attention", "where maps are active (Zagoruyko 2017)", 1000},
      {"similarity", "which samples of a batch are alike (Tung & Mori 2019)", 3000},
      {"contrastive", "telling a sample from the others of its batch (CRD, Tian 2020)", 0.8},
  };
  return rows;
}

std::vector<std::pair<std::string, double>> parse_losses(const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, double>> losses;
  for (const std::string& text : texts) {
    const std::size_t colon = text.find(':');
    const DistillLoss& row = loss_named(text.substr(0, colon));
    double weight = row.weight;
    if (colon != std::string::npos &&
        (!parse_number(text.substr(colon + 1), weight) || !std::isfinite(weight) || weight <= 0)) {
      throw_usage("'" + text + "' has no weight above 0", "write it as " + row.name + ":0.5");
    }
    if (std::ranges::any_of(losses, [&](const auto& loss) { return loss.first == row.name; })) {
      throw_usage("the loss '" + row.name + "' is given twice", "name it once");
    }
    losses.emplace_back(row.name, weight);
  }
  return losses;
}

std::vector<std::pair<std::string, double>> default_losses(bool labelled) {
  if (!labelled) return {{"soft-targets", 1.0}};
  return {{"soft-targets", loss_named("soft-targets").weight},
          {"labels", loss_named("labels").weight}};
}

}  // namespace gcompress::compress
