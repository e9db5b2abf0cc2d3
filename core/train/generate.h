// Inputs for a network of which there is no data: noise, moved until the network's batch norms see
// the statistics that they remember from training (DeepInversion, Yin et al. 2020, "Dreaming to
// distill", eq. 2 to 4, without its flips and without competition between networks):
//
//   min_x  CE(f(x), y) + sum_l (||mean_l(x) - m_l||_2 + ||variance_l(x) - v_l||_2)
//          + 2.5e-5 TV(x) + 3e-8 ||x||^2,   y drawn at random
//
// The first term only where the first output is [N, classes]; TV, the squared differences of
// neighbours, only for images. No torch in this header.
#pragma once

#include <cstdint>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/base/tensor.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::train {

struct GenerateOptions {
  std::int64_t samples = 2048;
  std::int64_t batch_size = 128;  // samples whose statistics are matched together
  std::int64_t steps = 300;       // of Adam, for each batch
  double learning_rate = 0.1;     // at first; falls to 0 along a cosine
};

// Float32 [samples, shape of the network's input], as the network takes them. From the seed alone.
// Throws Error(kUnsupported) for networks without batch norms, with several inputs, or with one of
// unknown size.
Tensor generate_inputs(const graph::Network& network, const GenerateOptions& options,
                       const RunContext& context);

}  // namespace gcompress::train
