// A network that learns.
#include "gcompress/core/train/learner.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

namespace gcompress::train {
namespace {

bool role_decays(graph::WeightRole role) {
  using graph::WeightRole;
  return role == WeightRole::kKernel || role == WeightRole::kMatrix ||
         role == WeightRole::kRecurrent || role == WeightRole::kEmbedding;
}

std::vector<Parameter> parameters_of(const graph::Network& network, const Program& program) {
  std::map<graph::WeightId, const graph::Weight*> known;
  const std::vector<graph::Weight> weights = graph::find_weights(network);
  for (const graph::Weight& weight : weights) known[weight.id] = &weight;
  std::vector<Parameter> parameters;
  for (const auto& [id, value] : program.parameters()) {
    const auto found = known.find(id);
    GCOMPRESS_CHECK(found != known.end());
    Parameter parameter;
    parameter.id = id;
    parameter.value = value;
    parameter.decays = role_decays(found->second->role);
    parameter.prunable = found->second->prunable;
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

ProgramOptions program_options(const graph::Network& network, const FitOptions& options,
                               torch::Device device) {
  return {.device = device, .channels_last = options.channels_last && has_convolutions(network)};
}

// Shares torch's memory where its layout is row-major on the host, else copies.
Tensor view_of(const torch::Tensor& tensor) {
  const auto owner = std::make_shared<torch::Tensor>(tensor.detach().cpu().contiguous());
  const std::size_t size = owner->numel() * owner->element_size();
  const auto* data = static_cast<const std::byte*>(owner->const_data_ptr());
  const Tensor copied_type = from_torch(torch::empty({0}, owner->options()));
  return Tensor(copied_type.dtype(), owner->sizes().vec(), Bytes(owner, data, size));
}

void restore(const torch::Tensor& target, const Tensor& value) {
  if (!target.defined()) return;
  target.detach().copy_(to_torch(value));
}

void restore(const std::map<graph::WeightId, torch::Tensor>& targets,
             const std::map<graph::WeightId, Tensor>& values) {
  for (const auto& [id, target] : targets) restore(target, values.at(id));
}

std::map<graph::WeightId, Tensor> copies(const std::map<graph::WeightId, torch::Tensor>& tensors) {
  std::map<graph::WeightId, Tensor> values;
  for (const auto& [id, tensor] : tensors) values[id] = from_torch(tensor.detach());
  return values;
}

Tensor copy_if_defined(const torch::Tensor& tensor) {
  return tensor.defined() ? from_torch(tensor) : Tensor();
}

}  // namespace

bool has_convolutions(const graph::Network& network) {
  bool found = false;
  graph::for_each_graph(network.graph, [&](const std::string&, const graph::Graph& graph) {
    for (const graph::Node& node : graph.nodes) found = found || node.op_type == "Conv";
  });
  return found;
}

Learner::Learner(const graph::Network& network, const FitOptions& options, torch::Device device)
    : program_(network, program_options(network, options, device)),
      optimizer_(options, parameters_of(network, program_)),
      masks_(optimizer_),
      clip_gradient_(options.clip_gradient) {}

double Learner::descend(const torch::Tensor& loss, double learning_rate, double l1) {
  const double value = loss.item<double>();
  if (!std::isfinite(value)) throw_input("the loss is " + std::to_string(value));
  optimizer_.clear_gradients();
  loss.backward();
  if (l1 > 0) add_l1(l1);
  masks_.mask_gradients();
  if (clip_gradient_ > 0) clip_gradients(optimizer_.parameters(), clip_gradient_);
  optimizer_.step(learning_rate);
  masks_.mask_weights();
  return value;
}

void Learner::add_l1(double l1) {
  const torch::NoGradGuard no_gradients;
  for (const Parameter& parameter : optimizer_.parameters()) {
    if (!parameter.prunable || !parameter.value.grad().defined()) continue;
    parameter.value.grad().add_(parameter.value.sign(), l1);
  }
}

NetworkState Learner::state() const {
  return {copies(program_.parameters()), copies(program_.buffers()), masks_.masks()};
}

void Learner::set_state(const NetworkState& state) {
  const torch::NoGradGuard no_gradients;
  restore(program_.parameters(), state.parameters);
  restore(program_.buffers(), state.buffers);
  masks_.set(state.masks);
}

std::map<graph::WeightId, Moments> Learner::moments() const {
  std::map<graph::WeightId, Moments> moments;
  for (const Parameter& parameter : optimizer_.parameters()) {
    moments[parameter.id] = {copy_if_defined(parameter.first), copy_if_defined(parameter.second),
                             copy_if_defined(parameter.steps)};
  }
  return moments;
}

void Learner::set_moments(const std::map<graph::WeightId, Moments>& moments) {
  const torch::NoGradGuard no_gradients;
  for (const Parameter& parameter : optimizer_.parameters()) {
    const Moments& saved = moments.at(parameter.id);
    restore(parameter.first, saved.first);
    restore(parameter.second, saved.second);
    restore(parameter.steps, saved.steps);
  }
}

WeightState Learner::weight_state() const {
  WeightState state;
  for (const Parameter& parameter : optimizer_.parameters()) {
    state.values[parameter.id] = view_of(parameter.value);
    if (parameter.second.defined()) state.second_moments[parameter.id] = view_of(parameter.second);
  }
  for (const auto& [id, buffer] : program_.buffers()) state.values[id] = view_of(buffer);
  return state;
}

}  // namespace gcompress::train
