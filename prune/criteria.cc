// The table of criteria.
#include <algorithm>
#include <array>

#include "gcompress/prune/criterion.h"
#include "gcompress/prune/criterion_rows.h"

namespace gcompress::prune {
namespace {

const std::array<CriterionRow, 11> kCriteria = {{
    {.name = "magnitude",
     .summary = "|w| over the 2-norm of its output channel: no scale matters",
     .make = make_magnitude},
    {.name = "folded-magnitude",
     .summary = "|w| times the factor of the batch norm behind it",
     .make = make_folded_magnitude},
    {.name = "raw-magnitude", .summary = "|w| as it is stored", .make = make_raw_magnitude},
    {.name = "snip",
     .summary = "|w g|, g the mean gradient of the loss",
     .evidence = Evidence::kGradients,
     .make = make_snip,
     .scores_add_up = true},
    {.name = "taylor",
     .summary = "the mean of |w g| over batches",
     .evidence = Evidence::kGradients,
     .make = make_taylor,
     .scores_add_up = true},
    {.name = "fisher",
     .summary = "w^2 times the mean of g^2 (optimal brain damage)",
     .evidence = Evidence::kGradients,
     .make = make_fisher},
    {.name = "curvature",
     .summary = "w^2 v, v being Adam's second moment: for tiny networks, while training",
     .evidence = Evidence::kMoments,
     .make = make_curvature},
    {.name = "movement",
     .summary = "how far training carried w away from zero",
     .evidence = Evidence::kTraining,
     .make = make_movement,
     .scores_add_up = true},
    {.name = "wanda",
     .summary = "|w| times the root mean square of its input, over its row's 2-norm of these",
     .evidence = Evidence::kInputs,
     .make = make_wanda},
    {.name = "obs",
     .summary = "what removing w costs when the others of its row make up for it",
     .evidence = Evidence::kCosts,
     .make = make_obs,
     .scores_add_up = true},
    {.name = "random", .summary = "uniformly random: the control", .make = make_random},
}};

}  // namespace

std::span<const CriterionRow> criteria() { return kCriteria; }

bool looks_at_data(const CriterionRow& row) {
  return row.evidence == Evidence::kGradients || row.evidence == Evidence::kInputs ||
         row.evidence == Evidence::kCosts;
}

bool looks_at_training(const CriterionRow& row) {
  return row.evidence == Evidence::kTraining || row.evidence == Evidence::kMoments;
}

const CriterionRow& criterion(const std::string& name) {
  const auto found = std::ranges::find(kCriteria, name, &CriterionRow::name);
  if (found != kCriteria.end()) return *found;
  std::string names;
  for (const CriterionRow& row : kCriteria) names += (names.empty() ? "" : ", ") + row.name;
  throw_usage("there is no criterion '" + name + "'", "choose one of " + names);
}

}  // namespace gcompress::prune
