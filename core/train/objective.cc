// The loss of a batch.
#include "gcompress/core/train/objective.h"

#include <algorithm>
#include <numeric>

#include "gcompress/core/train/losses.h"

namespace gcompress::train {
namespace {

using execute::TaskKind;

void check(const data::Dataset& train, const execute::Task& task, const Guides& guides) {
  const Teacher* teacher = guides.teacher;
  if (guides.loss != nullptr) {
    // Whether it needs labels is its own affair.
  } else if (task.kind == TaskKind::kUnlabelled) {
    if (teacher == nullptr) {
      throw_usage("training without labels needs a teacher",
                  "give data with labels, or a dense network to learn from");
    }
  } else if (!train.labelled()) {
    throw_usage("the task '" + execute::name_of(task.kind) + "' needs labels; the data '" +
                    train.name + "' has none",
                "train without labels, from a teacher");
  }
  if (teacher != nullptr &&
      (teacher->temperature <= 0 || teacher->weight < 0 || teacher->weight > 1)) {
    throw_usage("a teacher's temperature must be above 0 and its weight between 0 and 1");
  }
}

}  // namespace

TorchValues to_torch_inputs(const graph::Network& network, const data::Batch& batch,
                            torch::Device device) {
  const std::vector<graph::Value> wanted = graph::runtime_inputs(network.graph);
  TorchValues inputs;
  for (const auto& [name, tensor] : batch.inputs) {
    const auto input = std::find_if(wanted.begin(), wanted.end(), [&](const graph::Value& value) {
      return value.name == name || (name.empty() && wanted.size() == 1);
    });
    if (input == wanted.end()) continue;
    torch::Tensor value = to_torch(tensor).to(device);
    if (input->dtype == DataType::kFloat32) value = value.to(torch::kFloat32);
    inputs[input->name] = value;
  }
  return inputs;
}

std::size_t judged_output(const graph::Network& network, const execute::Task& task) {
  const auto& outputs = network.graph.outputs;
  if (task.output.empty()) return 0;
  const auto found = std::find_if(outputs.begin(), outputs.end(), [&](const graph::Value& output) {
    return output.name == task.output;
  });
  if (found == outputs.end()) throw_usage("the network has no output '" + task.output + "'");
  return static_cast<std::size_t>(found - outputs.begin());
}

Objective::Objective(const graph::Network& network, const data::Dataset& train,
                     const execute::Task& task, const FitOptions& options, const Guides& guides,
                     torch::Device device, bool channels_last)
    : network_(network),
      task_(task),
      given_(guides.loss),
      label_smoothing_(options.label_smoothing),
      device_(device) {
  check(train, task, guides);
  judged_output_ = judged_output(network, task);
  const Teacher* teacher = guides.teacher;
  if (teacher == nullptr || given_ != nullptr) return;
  teacher_.emplace(teacher->network,
                   ProgramOptions{.device = device, .channels_last = channels_last});
  temperature_ = teacher->temperature;
  teacher_weight_ = teacher->weight;
  if (task.kind != TaskKind::kUnlabelled) {
    teacher_output_ = task.output.empty() ? 0 : judged_output(teacher->network, task);
    return;
  }
  if (teacher->network.graph.outputs.size() != network.graph.outputs.size()) {
    throw_usage("the teacher has " + std::to_string(teacher->network.graph.outputs.size()) +
                " outputs, the network " + std::to_string(network.graph.outputs.size()));
  }
  // The first samples, in order: the same ones when resuming.
  std::vector<std::int64_t> first(std::min(train.size(), options.batch_size));
  std::iota(first.begin(), first.end(), 0);
  matches_ = match_outputs(teacher->network,
                           teacher_->forward(to_torch_inputs(network, train.batch(first), device)));
}

torch::Tensor Objective::loss(Program& program, const data::Batch& batch) {
  const TorchValues inputs = to_torch_inputs(network_, batch, device_);
  TorchValues values;
  const std::vector<torch::Tensor> outputs = program.forward(inputs, &values);
  if (given_ != nullptr) return given_->compute({batch, inputs, outputs, values});
  std::vector<torch::Tensor> targets;
  if (teacher_ && (teacher_weight_ > 0 || task_.kind == TaskKind::kUnlabelled)) {
    targets = teacher_->forward(inputs);
  }
  if (task_.kind == TaskKind::kUnlabelled) {
    return outputs_loss(matches_, outputs, targets, temperature_);
  }
  const torch::Tensor& output = outputs[judged_output_];
  if (!targets.empty() && teacher_weight_ >= 1) {
    return teacher_loss(task_, output, targets[teacher_output_], temperature_);
  }
  const torch::Tensor labels = to_torch(batch.labels).to(device_);
  if (targets.empty()) return label_loss(task_, output, labels, label_smoothing_);
  return guided_loss(task_, output, targets[teacher_output_], labels,
                     {.weight = teacher_weight_,
                      .temperature = temperature_,
                      .label_smoothing = label_smoothing_});
}

}  // namespace gcompress::train
