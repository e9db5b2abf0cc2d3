// Which values inside student and teacher are compared.
#pragma once

#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/distill/distill.h"

namespace gcompress::distill {

// Pairs found by themselves.
struct ChosenFeatures {
  // For each size of maps (height x width, above 1x1) that both networks have, the last value of
  // that size in each, the largest maps first; where they share none, the last maps of both.
  std::vector<FeaturePair> maps;
  std::vector<FeaturePair> last;  // what the last products read (graph::last_features); 0 or 1
};
ChosenFeatures choose_features(const DistillJob& job);

// Throws Error(kUsage) where a name is no value of its network with a row a sample, naming the
// nearest that is.
void check_features(const DistillJob& job, const std::vector<FeaturePair>& pairs);

}  // namespace gcompress::distill
