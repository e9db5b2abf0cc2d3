// SGD with momentum and AdamW.
#include "gcompress/core/train/optimizer.h"

#include <utility>

namespace gcompress::train {
namespace {

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kEpsilon = 1e-8;

// The fused kernels walk memory in order, so a gradient must lie as its parameter does. Autograd
// nearly always sees to that.
torch::Tensor laid_out_like(const torch::Tensor& value, const torch::Tensor& gradient) {
  if (gradient.strides() == value.strides() && gradient.scalar_type() == value.scalar_type()) {
    return gradient;
  }
  return torch::empty_like(value).copy_(gradient);
}

}  // namespace

Optimizer::Optimizer(const FitOptions& options, std::vector<Parameter> parameters)
    : kind_(options.optimizer),
      momentum_(options.momentum),
      weight_decay_(options.weight_decay),
      parameters_(std::move(parameters)) {
  const torch::NoGradGuard no_gradients;
  for (Parameter& parameter : parameters_) {
    const torch::Tensor value = parameter.value.detach();
    if (kind_ == OptimizerKind::kAdamW || momentum_ != 0) {
      parameter.first = torch::zeros_like(value);
    }
    if (kind_ == OptimizerKind::kAdamW) {
      parameter.second = torch::zeros_like(value);
      parameter.steps = torch::zeros({}, value.options().dtype(torch::kFloat32));
    }
  }
}

void Optimizer::clear_gradients() {
  for (Parameter& parameter : parameters_) parameter.value.mutable_grad().reset();
}

void Optimizer::step(double learning_rate) {
  const torch::NoGradGuard no_gradients;
  step_group(true, learning_rate);
  step_group(false, learning_rate);
}

void Optimizer::step_group(bool decays, double learning_rate) {
  std::vector<torch::Tensor> values;
  std::vector<torch::Tensor> gradients;
  std::vector<torch::Tensor> first;
  std::vector<torch::Tensor> second;
  std::vector<torch::Tensor> steps;
  for (const Parameter& parameter : parameters_) {
    if (parameter.decays != decays || !parameter.value.grad().defined()) continue;
    values.push_back(parameter.value.detach());
    gradients.push_back(laid_out_like(parameter.value, parameter.value.grad()));
    if (parameter.first.defined()) first.push_back(parameter.first);
    if (parameter.second.defined()) second.push_back(parameter.second);
    if (parameter.steps.defined()) steps.push_back(parameter.steps);
  }
  if (values.empty()) return;
  const double decay = decays ? weight_decay_ : 0;
  if (kind_ == OptimizerKind::kAdamW) {
    torch::_foreach_add_(steps, 1);
    torch::_fused_adamw_(values, gradients, first, second, /*max_exp_avg_sqs=*/{}, steps,
                         learning_rate, kBeta1, kBeta2, decay, kEpsilon, /*amsgrad=*/false,
                         /*maximize=*/false);
  } else {
    torch::_fused_sgd_(values, gradients, first, decay, momentum_, learning_rate, /*dampening=*/0,
                       /*nesterov=*/false, /*maximize=*/false, /*is_first_step=*/false);
  }
}

namespace {

std::vector<torch::Tensor> gradients_of(const std::vector<Parameter>& parameters) {
  std::vector<torch::Tensor> gradients;
  for (const Parameter& parameter : parameters) {
    if (parameter.value.grad().defined()) gradients.push_back(parameter.value.grad());
  }
  return gradients;
}

}  // namespace

double gradient_norm(const std::vector<Parameter>& parameters) {
  const torch::NoGradGuard no_gradients;
  const std::vector<torch::Tensor> gradients = gradients_of(parameters);
  if (gradients.empty()) return 0;
  return torch::stack(torch::_foreach_norm(gradients, 2)).norm().item<double>();
}

double clip_gradients(const std::vector<Parameter>& parameters, double limit) {
  const torch::NoGradGuard no_gradients;
  const double norm = gradient_norm(parameters);
  if (norm > limit) torch::_foreach_mul_(gradients_of(parameters), limit / norm);
  return norm;
}

}  // namespace gcompress::train
