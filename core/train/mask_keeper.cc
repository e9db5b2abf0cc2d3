// Keeps masked weights out of the network while it trains.
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

MaskKeeper::MaskKeeper(Optimizer& optimizer, MaskedWeights kind)
    : optimizer_(optimizer), kind_(kind) {}

torch::Tensor MaskKeeper::value_of(const Entry& entry) const {
  return optimizer_.parameters()[entry.parameter].value.detach();
}

void MaskKeeper::set(const graph::Masks& masks) {
  const torch::NoGradGuard no_gradients;
  if (kind_ == MaskedWeights::kHeld) before_step();  // all values in their places
  replace(masks);
}

void MaskKeeper::restore(const graph::Masks& masks,
                         const std::map<graph::WeightId, torch::Tensor>& held) {
  const torch::NoGradGuard no_gradients;
  replace(masks);
  for (Entry& entry : entries_) {
    const auto found = held.find(optimizer_.parameters()[entry.parameter].id);
    if (entry.held.defined() && found != held.end()) entry.held.copy_(found->second);
  }
}

void MaskKeeper::replace(const graph::Masks& masks) {
  std::vector<std::pair<std::size_t, const graph::Mask*>> places;
  for (const auto& [id, mask] : masks) {
    places.emplace_back(place_of(optimizer_.parameters(), id, mask), &mask);
  }
  entries_.clear();
  for (const auto& [place, mask] : places) {
    if (mask->kept() == mask->size()) continue;
    const Parameter& parameter = optimizer_.parameters()[place];
    const torch::Tensor value = parameter.value.detach();
    Entry entry{.parameter = place, .keep = to_keep(*mask, value), .held = {}};
    const torch::Tensor removed = entry.keep.eq(0);
    if (kind_ == MaskedWeights::kHeld) {
      entry.held = value.clone().masked_fill_(entry.keep.ne(0), 0);
    } else {
      if (parameter.first.defined()) parameter.first.masked_fill_(removed, 0);
      if (parameter.second.defined()) parameter.second.masked_fill_(removed, 0);
    }
    // By filling, not multiplying: zeros get no sign, and infinities go.
    value.masked_fill_(removed, 0);
    entries_.push_back(std::move(entry));
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

void MaskKeeper::before_step() const {
  if (kind_ == MaskedWeights::kZero) {
    mask_gradients();
    return;
  }
  const torch::NoGradGuard no_gradients;
  for (const Entry& entry : entries_) value_of(entry).add_(entry.held);
}

void MaskKeeper::after_step() const {
  const torch::NoGradGuard no_gradients;
  for (const Entry& entry : entries_) {
    const torch::Tensor value = value_of(entry);
    if (kind_ == MaskedWeights::kHeld) {
      entry.held.detach().copy_(value).masked_fill_(entry.keep.ne(0), 0);
    }
    value.mul_(entry.keep);
  }
}

void MaskKeeper::zero_masked(std::vector<torch::Tensor>& tensors) const {
  const torch::NoGradGuard no_gradients;
  for (const Entry& entry : entries_) {
    tensors[entry.parameter].masked_fill_(entry.keep.eq(0), 0);
  }
}

std::map<graph::WeightId, torch::Tensor> MaskKeeper::held() const {
  std::map<graph::WeightId, torch::Tensor> held;
  for (const Entry& entry : entries_) {
    if (entry.held.defined()) held[optimizer_.parameters()[entry.parameter].id] = entry.held;
  }
  return held;
}

}  // namespace gcompress::train
