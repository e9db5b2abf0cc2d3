// Shares by the shapes of layers: uniform, and Erdos-Renyi kernels.
#include "gcompress/prune/allocate_rows.h"
#include "gcompress/prune/allocate_shares.h"

namespace gcompress::prune {
namespace {

// Kept elements of a layer are proportional to the sum of its dimensions (Evci et al. 2020, section
// 3: density ~ (in + out + kernel height + width) / (in out height width)).
double sum_of_dimensions(const graph::Weight& weight) {
  double sum = 0;
  for (const std::int64_t size : weight.value.shape()) sum += static_cast<double>(size);
  return sum;
}

}  // namespace

Allocator prepare_uniform(AllocateInputs inputs) {
  return prepare_shares(std::move(inputs), [](const AllocateInputs& of, std::int64_t) {
    std::vector<double> portions;
    for (const graph::Weight* weight : of.weights) {
      portions.push_back(static_cast<double>(weight->size()));
    }
    return portions;
  });
}

Allocator prepare_erk(AllocateInputs inputs) {
  return prepare_shares(std::move(inputs), [](const AllocateInputs& of, std::int64_t) {
    std::vector<double> portions;
    for (const graph::Weight* weight : of.weights) portions.push_back(sum_of_dimensions(*weight));
    return portions;
  });
}

}  // namespace gcompress::prune
