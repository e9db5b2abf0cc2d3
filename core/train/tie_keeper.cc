// Keeps elements equal that share a value, while they train.
#include "gcompress/core/train/tie_keeper.h"

#include <algorithm>
#include <map>

namespace gcompress::train {
namespace {

[[noreturn]] void refuse(const graph::WeightId& id, const std::string& message) {
  throw_input(message, {.file = {}, .node = {}, .value = graph::to_string(id)},
              "these ties belong to another network");
}

std::size_t place_of(const std::vector<Parameter>& parameters, const graph::WeightId& id,
                     const Tensor& clusters) {
  const auto found = std::ranges::find(parameters, id, &Parameter::id);
  if (found == parameters.end()) refuse(id, "ties name no trainable parameter");
  const Shape shape = found->value.sizes().vec();
  if (clusters.dtype() != DataType::kInt32 || clusters.shape() != shape) {
    refuse(id, "ties of type " + name_of(clusters.dtype()) + " and shape " +
                   gcompress::to_string(clusters.shape()) + " do not fit a parameter of shape " +
                   gcompress::to_string(shape));
  }
  return static_cast<std::size_t>(found - parameters.begin());
}

// Flat in row-major order: a view where the tensor lies so, else a copy.
torch::Tensor flat(const torch::Tensor& tensor) { return tensor.contiguous().view({-1}); }

// What was done to flat(tensor) is done to the tensor.
void write_back(const torch::Tensor& values, const torch::Tensor& tensor) {
  if (!values.is_alias_of(tensor)) tensor.copy_(values.view(tensor.sizes()));
}

torch::Tensor to_device(std::vector<std::int64_t>& values, const torch::Tensor& like) {
  const auto count = static_cast<std::int64_t>(values.size());
  return torch::from_blob(values.data(), {count}, torch::kInt64).clone().to(like.device());
}

}  // namespace

TieKeeper::TieKeeper(Optimizer& optimizer, const Ties& ties) : optimizer_(optimizer) {
  const torch::NoGradGuard no_gradients;
  for (const auto& [id, tie] : ties) {
    Entry entry;
    entry.parameter = place_of(optimizer.parameters(), id, tie);
    std::map<std::int32_t, std::pair<std::int64_t, std::int64_t>> seen;  // number, first member
    std::vector<std::int64_t> members;
    std::vector<std::int64_t> clusters;
    std::vector<std::int64_t> first;
    const std::span<const std::int32_t> of_element = tie.as<std::int32_t>();
    for (std::size_t i = 0; i < of_element.size(); ++i) {
      if (of_element[i] < 0) continue;
      const auto place = static_cast<std::int64_t>(i);
      const auto next = static_cast<std::int64_t>(seen.size());
      const auto& [number, leader] = seen.try_emplace(of_element[i], next, place).first->second;
      members.push_back(place);
      clusters.push_back(number);
      first.push_back(leader);
    }
    if (members.empty()) continue;
    const torch::Tensor value = optimizer.parameters()[entry.parameter].value.detach();
    entry.members = to_device(members, value);
    entry.clusters = to_device(clusters, value);
    entry.first = to_device(first, value);
    entry.count = static_cast<std::int64_t>(seen.size());
    const torch::Tensor values = flat(value);
    if (!values.index_select(0, entry.members).equal(values.index_select(0, entry.first))) {
      refuse(id, "elements that share a value differ");
    }
    entries_.push_back(std::move(entry));
  }
}

void TieKeeper::sum_gradients() const {
  const torch::NoGradGuard no_gradients;
  for (const Entry& entry : entries_) {
    const torch::Tensor gradient = optimizer_.parameters()[entry.parameter].value.grad();
    if (!gradient.defined()) continue;
    torch::Tensor values = flat(gradient.detach());
    torch::Tensor sums = torch::zeros({entry.count}, values.options());
    sums.index_put_({entry.clusters}, values.index_select(0, entry.members), /*accumulate=*/true);
    values.index_copy_(0, entry.members, sums.index_select(0, entry.clusters));
    write_back(values, gradient.detach());
  }
}

void TieKeeper::equalise(const Entry& entry, const torch::Tensor& value) {
  torch::Tensor values = flat(value);
  values.index_copy_(0, entry.members, values.index_select(0, entry.first));
  write_back(values, value);
}

void TieKeeper::equalise() const {
  const torch::NoGradGuard no_gradients;
  for (const Entry& entry : entries_) {
    equalise(entry, optimizer_.parameters()[entry.parameter].value.detach());
  }
}

void TieKeeper::equalise(std::vector<torch::Tensor>& tensors) const {
  const torch::NoGradGuard no_gradients;
  for (const Entry& entry : entries_) equalise(entry, tensors[entry.parameter]);
}

}  // namespace gcompress::train
