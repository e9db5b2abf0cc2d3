// The walk over steps other than layers, and the books of masks and values.
#include "gcompress/core/graph/channel_analysis.h"

#include <cmath>

namespace gcompress::graph {
namespace {

// One element as a number, whatever the floating type.
double element_of(const Tensor& tensor, std::int64_t i) {
  if (tensor.dtype() == DataType::kFloat32) return tensor.as<float>()[static_cast<std::size_t>(i)];
  if (tensor.dtype() == DataType::kFloat64) {
    return tensor.as<double>()[static_cast<std::size_t>(i)];
  }
  const auto width = static_cast<std::size_t>(bits_of(tensor.dtype()) / 8);
  const Tensor one(tensor.dtype(), {1},
                   tensor.bytes().slice(static_cast<std::size_t>(i) * width, width));
  return to_float32(one)[0];
}

}  // namespace

ChannelAnalysis::ChannelAnalysis(const ChannelFlow& flow, const Masks& masks,
                                 const std::map<WeightId, Tensor>& values, bool compensate)
    : flow_(flow),
      given_(masks),
      values_(values),
      compensate_(compensate),
      linear_(flow.steps.size()),
      kept_(flow.constants.size()),
      edits_(flow.constants.size()) {
  for (const ChannelValue& value : flow.values) {
    channels_.emplace_back(static_cast<std::size_t>(value.channels));
  }
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    std::visit([&](const auto& step) { forward(step, i); }, flow.steps[i]);
  }
  for (std::size_t i = flow.steps.size(); i-- > 0;) {
    std::visit([&](const auto& step) { backward(step, i); }, flow.steps[i]);
  }
}

void ChannelAnalysis::forward(const MapStep& step, std::size_t) {
  Channels& outputs = channels(step.output);
  const auto pass = [&](double value) {
    if (std::isnan(value) || (step.border && value != *step.border)) return kUnknown;
    return step.function ? step.function(value) : value;
  };
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const MapStep::Source source =
        step.sources.empty() ? MapStep::Source{0, static_cast<std::int64_t>(i)} : step.sources[i];
    Channel& output = outputs[i];
    if (source.channel < 0) {
      output.constant = true;
      output.value = output.dropped = step.fill;
      continue;
    }
    const Channel& input = channel(step.inputs[source.input], source.channel);
    if (!input.constant) continue;
    output.value = pass(input.value);
    output.constant = std::isfinite(output.value);
    output.dropped = pass(input.dropped);
  }
}

void ChannelAnalysis::backward(const MapStep& step, std::size_t) {
  const Channels& outputs = channels(step.output);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].needed()) continue;
    const MapStep::Source source =
        step.sources.empty() ? MapStep::Source{0, static_cast<std::int64_t>(i)} : step.sources[i];
    if (source.channel >= 0) channel(step.inputs[source.input], source.channel).demanded = true;
  }
}

void ChannelAnalysis::forward(const ScaleStep& step, std::size_t) {
  Channels& outputs = channels(step.output);
  const bool one_number = tensor(step.factor).size() == 1;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto at = one_number ? 0 : static_cast<std::int64_t>(i);
    const Channel& input = channel(step.input, static_cast<std::int64_t>(i));
    const double stored = masked_element(step.factor, at);
    const double factor = step.divides ? 1 / stored : stored;
    Channel& output = outputs[i];
    if (!step.divides && !is_kept(step.factor, at)) {
      output.constant = true;
      output.value = 0;
    } else if (input.constant && std::isfinite(factor)) {
      output.value = input.value * factor;
      output.constant = std::isfinite(output.value);
    }
    output.dropped = pinned(step.factor) ? input.dropped * factor : 0;
  }
}

void ChannelAnalysis::backward(const ScaleStep& step, std::size_t) {
  const Channels& outputs = channels(step.output);
  const bool one_number = tensor(step.factor).size() == 1;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto at = one_number ? 0 : static_cast<std::int64_t>(i);
    if (!outputs[i].needed()) {
      drop(step.factor, at);
    } else if (step.divides || is_kept(step.factor, at)) {
      channel(step.input, static_cast<std::int64_t>(i)).demanded = true;
    }
  }
}

void ChannelAnalysis::forward(const ShiftStep& step, std::size_t) {
  Channels& outputs = channels(step.output);
  const bool one_number = tensor(step.shift).size() == 1;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto at = one_number ? 0 : static_cast<std::int64_t>(i);
    const Channel& input = channel(step.input, static_cast<std::int64_t>(i));
    if (!input.constant) continue;
    const double shift = step.shift_sign * masked_element(step.shift, at);
    Channel& output = outputs[i];
    output.value = step.input_sign * input.value + shift;
    output.constant = std::isfinite(output.value);
    const bool shift_stays = pinned(step.shift) || !is_kept(step.shift, at);
    if (shift_stays) output.dropped = step.input_sign * input.dropped + shift;
  }
}

void ChannelAnalysis::backward(const ShiftStep& step, std::size_t) {
  const Channels& outputs = channels(step.output);
  const bool one_number = tensor(step.shift).size() == 1;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].needed()) {
      channel(step.input, static_cast<std::int64_t>(i)).demanded = true;
    } else {
      drop(step.shift, one_number ? 0 : static_cast<std::int64_t>(i));
    }
  }
}

void ChannelAnalysis::forward(const PairStep& step, std::size_t) {
  Channels& outputs = channels(step.output);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Channel& a = channels(step.first)[i];
    const Channel& b = channels(step.second)[i];
    Channel& output = outputs[i];
    const bool annihilated =
        step.multiplies && ((a.constant && a.value == 0) || (b.constant && b.value == 0));
    if (annihilated) {
      output.value = 0;
    } else if (a.constant && b.constant) {
      output.value = step.multiplies ? a.value * b.value : a.value + step.sign * b.value;
    }
    output.constant = std::isfinite(output.value);
    // Sure only if each is right whether it is needed or not.
    if (output.constant && a.dropped == a.value && b.dropped == b.value) {
      output.dropped = output.value;
    }
  }
}

void ChannelAnalysis::backward(const PairStep& step, std::size_t) {
  const Channels& outputs = channels(step.output);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].needed()) continue;
    Channel& a = channels(step.first)[i];
    Channel& b = channels(step.second)[i];
    const bool a_zero = step.multiplies && a.constant && a.value == 0;
    const bool b_zero = step.multiplies && b.constant && b.value == 0;
    if (!b_zero || a_zero) a.demanded = true;
    if (!a_zero) b.demanded = true;
  }
}

void ChannelAnalysis::forward(const BarrierStep&, std::size_t) {}

void ChannelAnalysis::backward(const BarrierStep& step, std::size_t) {
  for (const int input : step.inputs) {
    for (Channel& channel : channels(input)) channel.demanded = true;
  }
}

std::int64_t ChannelAnalysis::kept() const {
  std::int64_t count = 0;
  for (const auto& [id, kept] : kept_by_weight()) count += kept;
  return count;
}

KeptCounts ChannelAnalysis::kept_by_weight() const {
  std::map<WeightId, const Mask*> changed;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (kept_[i]) changed[flow_.constants[i].id] = &*kept_[i];
  }
  KeptCounts counts;
  for (const auto& [id, size] : flow_.counted) {
    const auto here = changed.find(id);
    const auto given = given_.find(id);
    if (here != changed.end()) {
      counts[id] = here->second->kept();
    } else {
      counts[id] = given == given_.end() ? size : given->second.kept();
    }
  }
  return counts;
}

Masks ChannelAnalysis::masks() const {
  Masks result = given_;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (!kept_[i]) continue;
    const WeightId& id = flow_.constants[i].id;
    if (given_.contains(id) || kept_[i]->kept() != kept_[i]->size()) result[id] = *kept_[i];
  }
  return result;
}

std::map<WeightId, Tensor> ChannelAnalysis::changed_values() const {
  std::map<WeightId, Tensor> changed;
  for (std::size_t i = 0; i < edits_.size(); ++i) {
    if (!edits_[i]) continue;
    const Tensor& old = tensor(static_cast<int>(i));
    changed[flow_.constants[i].id] = from_float32(old.dtype(), old.shape(), *edits_[i]);
  }
  return changed;
}

const Tensor& ChannelAnalysis::tensor(int constant) const {
  const ChannelConstant& stored = flow_.constants[static_cast<std::size_t>(constant)];
  const auto present = values_.find(stored.id);
  return present == values_.end() ? stored.value : present->second;
}

bool ChannelAnalysis::pinned(int constant) const {
  return flow_.constants[static_cast<std::size_t>(constant)].pinned;
}

const Mask* ChannelAnalysis::given_mask(int constant) const {
  const auto found = given_.find(flow_.constants[static_cast<std::size_t>(constant)].id);
  return found == given_.end() ? nullptr : &found->second;
}

bool ChannelAnalysis::is_kept(int constant, std::int64_t i) const {
  const Mask* mask = given_mask(constant);
  return mask == nullptr || mask->test(i);
}

double ChannelAnalysis::element(int constant, std::int64_t i) const {
  return element_of(tensor(constant), i);
}

double ChannelAnalysis::masked_element(int constant, std::int64_t i) const {
  return is_kept(constant, i) ? element(constant, i) : 0;
}

void ChannelAnalysis::drop(int constant, std::int64_t i) {
  if (constant == kNotFollowed || pinned(constant)) return;
  auto& kept = kept_[static_cast<std::size_t>(constant)];
  if (!kept) {
    const Mask* given = given_mask(constant);
    kept = given != nullptr ? *given : Mask(tensor(constant).shape(), true);
  }
  kept->set(i, false);
}

void ChannelAnalysis::set(int constant, std::int64_t i, double value) {
  auto& edit = edits_[static_cast<std::size_t>(constant)];
  if (!edit) edit = to_float32(tensor(constant));
  (*edit)[static_cast<std::size_t>(i)] = static_cast<float>(value);
}

}  // namespace gcompress::graph
