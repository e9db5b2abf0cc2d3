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

// No network has such a scope: its paths end in a slash.
constexpr const char* kLossScope = "loss";

std::map<graph::WeightId, torch::Tensor> parameters_of(const Loss* loss) {
  std::map<graph::WeightId, torch::Tensor> parameters;
  if (loss == nullptr) return parameters;
  for (const auto& [name, value] : loss->parameters) parameters[{kLossScope, name}] = value;
  return parameters;
}

std::vector<Parameter> parameters_of(const graph::Network& network, const Program& program,
                                     const std::map<graph::WeightId, torch::Tensor>& of_loss) {
  std::map<graph::WeightId, const graph::Weight*> known;
  const std::vector<graph::Weight> weights = graph::find_weights(network);
  for (const graph::Weight& weight : weights) known[weight.id] = &weight;
  if (program.parameters().empty()) {
    throw_input("the network has no floating-point parameters, so nothing in it can be trained", {},
                "train the float network; a quantized one comes out of quantize --epochs N");
  }
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
  for (const auto& [id, value] : of_loss) {
    Parameter parameter;
    parameter.id = id;
    parameter.value = value;
    parameter.decays = true;
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

ProgramOptions program_options(const graph::Network& network, const FitOptions& options,
                               const Loss* loss, torch::Device device) {
  ProgramOptions chosen;
  chosen.device = device;
  chosen.channels_last = options.channels_last && has_convolutions(network);
  if (loss != nullptr) chosen.values = loss->values;
  return chosen;
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

Learner::Learner(const graph::Network& network, const FitOptions& options, const Loss* loss,
                 torch::Device device)
    : program_(network, program_options(network, options, loss, device)),
      of_loss_(parameters_of(loss)),
      optimizer_(options, parameters_of(network, program_, of_loss_)),
      masks_(optimizer_, options.masked),
      ties_(optimizer_, options.ties),
      clip_gradient_(options.clip_gradient),
      sharpness_(options.sharpness),
      average_decay_(options.average) {
  if (average_decay_ <= 0) return;
  for (const Parameter& parameter : optimizer_.parameters()) {
    average_.push_back(parameter.value.detach().clone());
  }
}

double Learner::descend(const std::function<torch::Tensor()>& loss, const StepOptions& options) {
  const torch::Tensor here = loss();
  const double value = here.item<double>();
  if (!std::isfinite(value)) throw_input("the loss is " + std::to_string(value));
  optimizer_.clear_gradients();
  here.backward();
  check_gradients();
  if (sharpness_ > 0) climb(loss);
  if (options.keep_gradients) keep_gradients();
  masks_.before_step();
  if (options.l1 > 0) add_l1(options.l1);
  if (clip_gradient_ > 0) clip_gradients(optimizer_.parameters(), clip_gradient_);
  ties_.sum_gradients();
  optimizer_.step(options.learning_rate);
  ties_.equalise();
  masks_.after_step();
  if (!average_.empty()) add_to_average();
  return value;
}

void Learner::check_gradients() const {
  const double norm = gradient_norm(optimizer_.parameters());
  if (!std::isfinite(norm)) throw_input("the gradient is " + std::to_string(norm));
}

void Learner::climb(const std::function<torch::Tensor()>& loss) {
  masks_.mask_gradients();
  const double norm = gradient_norm(optimizer_.parameters());
  if (norm <= 0) return;
  std::vector<torch::Tensor> before;
  {
    const torch::NoGradGuard no_gradients;
    for (const Parameter& parameter : optimizer_.parameters()) {
      before.push_back(parameter.value.detach().clone());
      if (!parameter.value.grad().defined()) continue;
      parameter.value.detach().add_(parameter.value.grad(), sharpness_ / norm);
    }
  }
  optimizer_.clear_gradients();
  loss().backward();
  for (std::size_t i = 0; i < before.size(); ++i) {
    optimizer_.parameters()[i].value.detach().copy_(before[i]);
  }
  check_gradients();
}

void Learner::keep_gradients() {
  gradients_.clear();
  for (const Parameter& parameter : optimizer_.parameters()) {
    if (!parameter.prunable || !parameter.value.grad().defined()) continue;
    gradients_[parameter.id] = parameter.value.grad().detach().clone();
  }
}

void Learner::add_to_average() {
  const torch::NoGradGuard no_gradients;
  const auto step = static_cast<double>(++averaged_);
  const double decay = std::min(average_decay_, (1 + step) / (10 + step));
  std::vector<torch::Tensor> values;
  for (const Parameter& parameter : optimizer_.parameters()) {
    values.push_back(parameter.value.detach());
  }
  torch::_foreach_lerp_(average_, values, 1 - decay);
  ties_.equalise(average_);
}

void Learner::set_masks(const graph::Masks& masks) {
  masks_.set(masks);
  if (!average_.empty()) masks_.zero_masked(average_);
}

void Learner::swap_average() {
  if (average_.empty()) return;
  const torch::NoGradGuard no_gradients;
  for (std::size_t i = 0; i < average_.size(); ++i) {
    const torch::Tensor value = optimizer_.parameters()[i].value.detach();
    const torch::Tensor live = value.clone();
    value.copy_(average_[i]);
    average_[i].copy_(live);
  }
}

void Learner::add_l1(double l1) {
  const torch::NoGradGuard no_gradients;
  for (const Parameter& parameter : optimizer_.parameters()) {
    if (!parameter.prunable || !parameter.value.grad().defined()) continue;
    parameter.value.grad().add_(parameter.value.sign(), l1);
  }
}

std::map<graph::WeightId, torch::Tensor> Learner::trained() const {
  std::map<graph::WeightId, torch::Tensor> all = program_.parameters();
  all.insert(of_loss_.begin(), of_loss_.end());
  return all;
}

NetworkState Learner::state() const {
  return {copies(trained()), copies(program_.buffers()), masks_.masks()};
}

void Learner::set_state(const NetworkState& state) {
  const torch::NoGradGuard no_gradients;
  restore(trained(), state.parameters);
  restore(program_.buffers(), state.buffers);
  masks_.restore(state.masks, {});
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

Aside Learner::aside() const {
  Aside aside{.held = {}, .gradients = copies(gradients_), .average = {}, .averaged = averaged_};
  for (const auto& [id, held] : masks_.held()) aside.held[id] = from_torch(held);
  for (std::size_t i = 0; i < average_.size(); ++i) {
    aside.average[optimizer_.parameters()[i].id] = from_torch(average_[i]);
  }
  return aside;
}

void Learner::set_aside(const Aside& aside) {
  const torch::NoGradGuard no_gradients;
  std::map<graph::WeightId, torch::Tensor> held;
  for (const auto& [id, value] : aside.held) held[id] = to_torch(value);
  masks_.restore(graph::Masks(masks_.masks()), held);
  gradients_.clear();
  for (const auto& [id, value] : aside.gradients) gradients_[id] = to_torch(value);
  for (std::size_t i = 0; i < average_.size(); ++i) {
    restore(average_[i], aside.average.at(optimizer_.parameters()[i].id));
  }
  averaged_ = aside.averaged;
}

WeightState Learner::weight_state() const {
  WeightState state;
  const std::map<graph::WeightId, torch::Tensor> held = masks_.held();
  for (const Parameter& parameter : optimizer_.parameters()) {
    if (of_loss_.contains(parameter.id)) continue;
    const auto aside = held.find(parameter.id);
    state.values[parameter.id] =
        view_of(aside == held.end() ? parameter.value : parameter.value.detach() + aside->second);
    if (parameter.second.defined()) state.second_moments[parameter.id] = view_of(parameter.second);
  }
  for (const auto& [id, buffer] : program_.buffers()) state.values[id] = view_of(buffer);
  for (const auto& [id, gradient] : gradients_) state.gradients[id] = view_of(gradient);
  return state;
}

}  // namespace gcompress::train
