// The table of criteria.
#include <algorithm>
#include <array>

#include "gcompress/prune/criterion.h"
#include "gcompress/prune/criterion_rows.h"

namespace gcompress::prune {
namespace {

const std::array<CriterionRow, 5> kCriteria = {{
    {"magnitude", "|w| over the 2-norm of its output channel: no scale matters", Evidence::kNone,
     make_magnitude},
    {"folded-magnitude", "|w| times the factor of the batch norm behind it", Evidence::kNone,
     make_folded_magnitude},
    {"raw-magnitude", "|w| as it is stored", Evidence::kNone, make_raw_magnitude},
    {"curvature", "w^2 v, v being Adam's second moment: for tiny networks, while training",
     Evidence::kMoments, make_curvature},
    {"random", "uniformly random: the control", Evidence::kNone, make_random},
}};

}  // namespace

std::span<const CriterionRow> criteria() { return kCriteria; }

bool looks_at_data(const CriterionRow& row) {
  return row.evidence == Evidence::kGradients || row.evidence == Evidence::kInputs;
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
