// What joins a student's features to a teacher's: small linear maps, trained along, thrown away.
// Internal to distill: this header includes torch.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gcompress/distill/distill.h"
#include "gcompress/distill/loss_table.h"

namespace gcompress::distill {

// One loss on one pair, with its adapters.
struct FeatureTerm {
  const LossRow* row;
  double weight;
  FeaturePair pair;
  std::map<std::string, torch::Tensor> adapters;  // [outputs, inputs], leaves with gradients
};

// The adapters of a term for features of these shapes (with the batch in front): normal with
// variance 1 / inputs, from (seed, "adapter", number, the adapter's place). Throws Error(kUsage)
// where nothing joins them.
std::map<std::string, torch::Tensor> make_adapters(const LossRow& row, torch::IntArrayRef student,
                                                   torch::IntArrayRef teacher, std::uint64_t seed,
                                                   std::size_t number, torch::Device device);

}  // namespace gcompress::distill
