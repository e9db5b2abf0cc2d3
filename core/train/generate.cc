// Inputs that match a network's batch norms.
#include "gcompress/core/train/generate.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/random.h"
#include "gcompress/core/train/learner.h"
#include "gcompress/core/train/losses.h"
#include "gcompress/core/train/program.h"
#include "gcompress/core/train/torch_settings.h"

namespace gcompress::train {
namespace {

constexpr double kSmoothness = 2.5e-5;  // Yin et al. for CIFAR-10, as is the next
constexpr double kSize = 3e-8;
constexpr double kSumTolerance = 1e-3;  // of a float32 softmax

struct Norm {
  std::string input;
  torch::Tensor mean;
  torch::Tensor variance;
};

[[noreturn]] void throw_unsupported(const std::string& message) {
  throw Error(ErrorKind::kUnsupported, "inputs cannot be generated: " + message, {},
              "give data with --data");
}

std::vector<Norm> norms_of(const graph::Network& network, torch::Device device) {
  std::map<std::string, const Tensor*> stored;
  for (const graph::Initializer& initializer : network.graph.initializers) {
    stored[initializer.name] = &initializer.value;
  }
  std::vector<Norm> norms;
  for (const graph::Node& node : network.graph.nodes) {
    if (node.op_type != "BatchNormalization" || node.inputs.size() < 5) continue;
    const auto mean = stored.find(node.inputs[3]);
    const auto variance = stored.find(node.inputs[4]);
    if (mean == stored.end() || variance == stored.end()) continue;
    norms.push_back({node.inputs[0], to_torch(*mean->second).to(device),
                     to_torch(*variance->second).to(device)});
  }
  if (norms.empty()) {
    throw_unsupported("the network has no batch norms, which remember what its data was like");
  }
  return norms;
}

std::pair<std::string, Shape> input_of(const graph::Network& network) {
  const std::vector<graph::Value> inputs = graph::runtime_inputs(network.graph);
  if (inputs.size() != 1) throw_unsupported("the network has several inputs");
  const graph::Value& input = inputs.front();
  if (!input.shape || input.shape->size() < 2 || input.dtype != DataType::kFloat32) {
    throw_unsupported("the network's input is not a batch of float32 samples of known shape");
  }
  Shape shape;
  for (std::size_t i = 1; i < input.shape->size(); ++i) {
    const graph::Dimension& dimension = (*input.shape)[i];
    if (!dimension.known()) throw_unsupported("the network's input states no fixed size");
    shape.push_back(dimension.size);
  }
  return {input.name, shape};
}

torch::Tensor distance_from(const Norm& norm, const torch::Tensor& values) {
  const torch::Tensor channels = values.transpose(0, 1).flatten(1);
  return (channels.mean(1) - norm.mean).norm() +
         (channels.var(1, /*unbiased=*/false) - norm.variance).norm();
}

torch::Tensor roughness(const torch::Tensor& images) {
  return images.diff(1, 2).square().sum() + images.diff(1, 3).square().sum();
}

torch::Tensor class_loss(const torch::Tensor& output, const torch::Tensor& classes) {
  if (output.dim() != 2 || output.size(1) < 2) return torch::zeros({}, output.options());
  const bool shares = output.min().item<double>() >= 0 &&
                      (output.sum(1) - 1).abs().max().item<double>() < kSumTolerance;
  const torch::Tensor logits = shares ? logits_of_distribution(output) : output;
  return torch::cross_entropy_loss(logits, classes.remainder(output.size(1)));
}

class Generator {
 public:
  Generator(const graph::Network& network, const GenerateOptions& options,
            const RunContext& context)
      : options_(options),
        context_(context),
        device_(torch_device(context)),
        norms_(norms_of(network, device_)),
        program_(network, {.device = device_,
                           .channels_last = has_convolutions(network),
                           .values = names_of(norms_)}) {
    std::tie(name_, shape_) = input_of(network);
    program_.set_training(false);
  }

  torch::Tensor batch(std::int64_t number, std::int64_t count) {
    torch::Tensor inputs = noise(number, count).to(device_).requires_grad_(true);
    const torch::Tensor classes = draw_classes(number, count).to(device_);
    torch::optim::Adam optimizer({inputs}, torch::optim::AdamOptions(options_.learning_rate));
    for (std::int64_t step = 0; step < options_.steps; ++step) {
      context_.check_cancelled();
      const double share = static_cast<double>(step) / static_cast<double>(options_.steps);
      optimizer.param_groups()[0].options().set_lr(options_.learning_rate *
                                                   (1 + std::cos(std::numbers::pi * share)) / 2);
      inputs.mutable_grad() = torch::autograd::grad({loss(inputs, classes)}, {inputs})[0];
      optimizer.step();
      report(number, step);
    }
    return inputs.detach().cpu();
  }

  const Shape& shape() const { return shape_; }

 private:
  static std::vector<std::string> names_of(const std::vector<Norm>& norms) {
    std::set<std::string> names;
    for (const Norm& norm : norms) names.insert(norm.input);
    return {names.begin(), names.end()};
  }

  torch::Tensor noise(std::int64_t number, std::int64_t count) const {
    std::vector<std::int64_t> shape = {count};
    shape.insert(shape.end(), shape_.begin(), shape_.end());
    torch::Tensor tensor = torch::empty(shape);
    RandomStream random(context_.seed, "generate", 0, static_cast<std::uint64_t>(number));
    float* values = tensor.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < tensor.numel(); ++i) values[i] = random.normal();
    return tensor;
  }

  // Large numbers; their remainder by the number of classes is the class.
  torch::Tensor draw_classes(std::int64_t number, std::int64_t count) const {
    torch::Tensor tensor = torch::empty({count}, torch::kLong);
    RandomStream random(context_.seed, "generate classes", 0, static_cast<std::uint64_t>(number));
    for (std::int64_t i = 0; i < count; ++i) {
      tensor.mutable_data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(random());
    }
    return tensor;
  }

  torch::Tensor loss(const torch::Tensor& inputs, const torch::Tensor& classes) {
    TorchValues values;
    const std::vector<torch::Tensor> outputs = program_.forward({{name_, inputs}}, &values);
    torch::Tensor sum = class_loss(outputs.front(), classes) + inputs.square().sum() * kSize;
    for (const Norm& norm : norms_) sum = sum + distance_from(norm, values.at(norm.input));
    return inputs.dim() == 4 ? sum + roughness(inputs) * kSmoothness : sum;
  }

  void report(std::int64_t number, std::int64_t step) const {
    const std::int64_t batches = (options_.samples + options_.batch_size - 1) / options_.batch_size;
    context_.report(
        {"generate inputs", number * options_.steps + step + 1, batches * options_.steps, {}});
  }

  GenerateOptions options_;
  const RunContext& context_;
  torch::Device device_;
  std::vector<Norm> norms_;
  Program program_;
  std::string name_;
  Shape shape_;
};

}  // namespace

Tensor generate_inputs(const graph::Network& network, const GenerateOptions& options,
                       const RunContext& context) {
  if (options.samples < 2 || options.batch_size < 2 || options.steps < 1) {
    throw_usage("generating inputs: at least two samples, two a batch, and a step");
  }
  const TorchSettings settings(context);
  Generator generator(network, options, context);
  std::vector<torch::Tensor> batches;
  for (std::int64_t first = 0; first < options.samples; first += options.batch_size) {
    const std::int64_t count = std::min(options.batch_size, options.samples - first);
    batches.push_back(generator.batch(static_cast<std::int64_t>(batches.size()), count));
  }
  return from_torch(torch::cat(batches, 0));
}

}  // namespace gcompress::train
