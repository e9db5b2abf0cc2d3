// Random changes of training images.
#pragma once

#include <cstdint>

#include "gcompress/core/data/dataset.h"

namespace gcompress::data {

// Changes every image input [N, channels, height, width] of the batch; each sample's changes are
// drawn from (seed, "augment", epoch, its number in the source), so they depend neither on the
// batch nor on the thread. Throws Error(kUsage) if the batch has no such input, or labels that lie
// on the image's grid.
void augment(Batch& batch, const Augmentation& augmentation, std::uint64_t seed,
             std::uint64_t epoch);

}  // namespace gcompress::data
