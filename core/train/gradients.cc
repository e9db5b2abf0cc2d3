// Gradients of the loss, averaged over batches.
#include "gcompress/core/train/gradients.h"

#include <algorithm>

#include "gcompress/core/data/loader.h"
#include "gcompress/core/train/learner.h"
#include "gcompress/core/train/objective.h"
#include "gcompress/core/train/program.h"
#include "gcompress/core/train/torch_settings.h"

namespace gcompress::train {
namespace {

struct Sums {
  torch::Tensor gradient;
  torch::Tensor magnitude;
  torch::Tensor square;
};

void add_gradient(const graph::WeightId& id, const torch::Tensor& gradient, Sums& sums) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor values = gradient.to(torch::kFloat32).contiguous();
  if (!torch::isfinite(values).all().item<bool>()) {
    throw_input("the gradient of the loss is not finite",
                {.file = {}, .node = {}, .value = graph::to_string(id)},
                "look for NaN or huge numbers in the data, or choose the criterion magnitude");
  }
  sums.gradient.add_(values);
  sums.magnitude.add_(values.abs());
  sums.square.addcmul_(values, values);
}

}  // namespace

GradientMeans gradient_means(const graph::Network& network, const data::Dataset& data,
                             const execute::Task& task, const std::optional<Teacher>& teacher,
                             const GradientOptions& options, const RunContext& context) {
  const TorchSettings settings(context);
  const torch::Device device = torch_device(context);
  const bool channels_last = has_convolutions(network);
  Program program(network, {.device = device, .channels_last = channels_last});
  program.set_training(false);
  Objective objective(network, data, task, {}, {.teacher = teacher ? &*teacher : nullptr}, device,
                      channels_last);
  std::map<graph::WeightId, Sums> sums;
  for (const auto& [id, parameter] : program.parameters()) {
    const torch::Tensor zero = torch::zeros(parameter.sizes(), torch::kFloat32).to(device);
    sums[id] = {zero, zero.clone(), zero.clone()};
  }
  const std::int64_t batch_size = std::min(options.batch_size, data.size());
  data::Loader loader(data, {.batch_size = batch_size, .shuffle = true, .drop_last = true},
                      context.seed, 0);
  const std::int64_t count = std::min(options.batches, loader.batches());
  for (std::int64_t i = 0; i < count; ++i) {
    context.check_cancelled();
    objective.loss(program, *loader.next()).backward();
    for (const auto& [id, parameter] : program.parameters()) {
      torch::Tensor& gradient = parameter.mutable_grad();
      if (!gradient.defined()) continue;
      add_gradient(id, gradient, sums.at(id));
      gradient.reset();
    }
    context.report({"gradients", i + 1, count, {}});
  }
  GradientMeans means;
  for (auto& [id, sum] : sums) {
    const double weight = 1.0 / static_cast<double>(std::max<std::int64_t>(count, 1));
    means.gradient[id] = from_torch(sum.gradient.mul_(weight));
    means.magnitude[id] = from_torch(sum.magnitude.mul_(weight));
    means.square[id] = from_torch(sum.square.mul_(weight));
  }
  return means;
}

}  // namespace gcompress::train
