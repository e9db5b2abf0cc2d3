// Keeps masked weights at zero while they train.
#include "gcompress/core/train/mask_keeper.h"

#include <algorithm>
#include <utility>

namespace gcompress::train {
namespace {

torch::Tensor to_keep(const graph::Mask& mask, const torch::Tensor& value) {
  std::vector<std::uint8_t> bytes = mask.bytes();
  const torch::Tensor keep = torch::from_blob(bytes.data(), value.sizes(), torch::kUInt8);
  return torch::empty_like(value).copy_(keep);
}

[[noreturn]] void refuse(const graph::WeightId& id, const std::string& message) {
  throw_input(message, {.file = {}, .node = {}, .value = graph::to_string(id)},
              "these masks belong to another network");
}

// The parameter that a mask is for. Throws Error(kInput) if there is none.
std::size_t place_of(const std::vector<Parameter>& parameters, const graph::WeightId& id,
                     const graph::Mask& mask) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const Parameter& one) { return one.id == id; });
  if (found == parameters.end()) refuse(id, "a mask names no trainable parameter");
  const Shape shape = found->value.sizes().vec();
  if (mask.shape() != shape) {
    refuse(id, "a mask has shape " + gcompress::to_string(mask.shape()) + ", the parameter " +
                   gcompress::to_string(shape));
  }
  return static_cast<std::size_t>(found - parameters.begin());
}

}  // namespace

MaskKeeper::MaskKeeper(Optimizer& optimizer) : optimizer_(optimizer) {}

void MaskKeeper::set(const graph::Masks& masks) {
  const torch::NoGradGuard no_gradients;
  std::vector<std::pair<std::size_t, const graph::Mask*>> places;
  for (const auto& [id, mask] : masks) {
    places.emplace_back(place_of(optimizer_.parameters(), id, mask), &mask);
  }
  entries_.clear();
  for (const auto& [place, mask] : places) {
    if (mask->kept() == mask->size()) continue;
    const Parameter& parameter = optimizer_.parameters()[place];
    const torch::Tensor keep = to_keep(*mask, parameter.value.detach());
    const torch::Tensor removed = keep.eq(0);
    // By filling, not multiplying: zeros get no sign, and infinities go.
    parameter.value.detach().masked_fill_(removed, 0);
    if (parameter.first.defined()) parameter.first.masked_fill_(removed, 0);
    if (parameter.second.defined()) parameter.second.masked_fill_(removed, 0);
    entries_.push_back({place, keep});
  }
  masks_ = masks;
}

void MaskKeeper::mask_gradients() const {
  const torch::NoGradGuard no_gradients;
  for (const Entry& entry : entries_) {
    const torch::Tensor gradient = optimizer_.parameters()[entry.parameter].value.grad();
    if (gradient.defined()) gradient.detach().mul_(entry.keep);
  }
}

void MaskKeeper::mask_weights() const {
  const torch::NoGradGuard no_gradients;
  for (const Entry& entry : entries_) {
    optimizer_.parameters()[entry.parameter].value.detach().mul_(entry.keep);
  }
}

}  // namespace gcompress::train
