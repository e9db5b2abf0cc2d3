// Flips and padded crops, row by row on normalised floats.
#include "gcompress/core/data/augment.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "gcompress/core/base/random.h"

namespace gcompress::data {
namespace {

// What happens to one sample: output (row, column) comes from (row + down, column + right) of the
// image, flipped first; zero outside.
struct Change {
  bool flip = false;
  std::int64_t down = 0;
  std::int64_t right = 0;
};

Change draw(const Augmentation& augmentation, std::uint64_t seed, std::uint64_t epoch,
            std::int64_t sample) {
  RandomStream random(seed, "augment", epoch, static_cast<std::uint64_t>(sample));
  Change change;
  if (augmentation.flip) change.flip = random.below(2) == 1;
  if (augmentation.padded_crop > 0) {
    const auto places = static_cast<std::uint64_t>(2 * augmentation.padded_crop + 1);
    change.down = static_cast<std::int64_t>(random.below(places)) - augmentation.padded_crop;
    change.right = static_cast<std::int64_t>(random.below(places)) - augmentation.padded_crop;
  }
  return change;
}

// `to` starts as zeros.
void change_plane(const float* from, float* to, std::int64_t height, std::int64_t width,
                  const Change& change) {
  const std::int64_t first = std::max<std::int64_t>(0, -change.right);
  const std::int64_t last = std::min(width, width - change.right);
  if (first >= last) return;
  for (std::int64_t row = 0; row < height; ++row) {
    const std::int64_t source_row = row + change.down;
    if (source_row < 0 || source_row >= height) continue;
    const float* source = from + source_row * width;
    float* target = to + row * width;
    if (change.flip) {
      std::reverse_copy(source + (width - last - change.right),
                        source + (width - first - change.right), target + first);
    } else {
      std::copy(source + first + change.right, source + last + change.right, target + first);
    }
  }
}

bool is_image(const Tensor& tensor) {
  return tensor.rank() == 4 && tensor.dtype() == DataType::kFloat32;
}

}  // namespace

void augment(Batch& batch, const Augmentation& augmentation, std::uint64_t seed,
             std::uint64_t epoch) {
  if (!augmentation.any()) return;
  if (batch.labels.defined() && batch.labels.rank() > 2) {
    throw_usage("flips and crops would not fit labels of shape " + to_string(batch.labels.shape()),
                "train without augmentation");
  }
  std::vector<Change> changes;
  for (const std::int64_t sample : batch.indices) {
    changes.push_back(draw(augmentation, seed, epoch, sample));
  }
  bool changed = false;
  for (auto& [name, tensor] : batch.inputs) {
    if (!is_image(tensor)) continue;
    changed = true;
    const Shape& shape = tensor.shape();
    const auto plane = static_cast<std::size_t>(shape[2] * shape[3]);
    const auto from = tensor.as<float>();
    std::vector<float> to(from.size());
    const auto planes = static_cast<std::size_t>(shape[0] * shape[1]);
    for (std::size_t i = 0; i < planes; ++i) {
      change_plane(from.data() + i * plane, to.data() + i * plane, shape[2], shape[3],
                   changes[i / static_cast<std::size_t>(shape[1])]);
    }
    tensor = Tensor::from(shape, std::move(to));
  }
  if (!changed) {
    throw_usage("augmentation needs images [channels, height, width]",
                "train without augmentation");
  }
}

}  // namespace gcompress::data
