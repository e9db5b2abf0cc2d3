// A dense network that teaches.
#include "gcompress/core/train/teacher.h"

#include <algorithm>

#include "gcompress/core/train/losses.h"

namespace gcompress::train {
namespace {

constexpr double kSumTolerance = 1e-3;  // rows of a float32 softmax over thousands sum to 1 +- 1e-4

const graph::Node* producer_of(const graph::Graph& graph, const std::string& value) {
  for (const graph::Node& node : graph.nodes) {
    if (std::find(node.outputs.begin(), node.outputs.end(), value) != node.outputs.end()) {
      return &node;
    }
  }
  return nullptr;
}

// True if a sigmoid makes the value, possibly behind operators that only move elements.
bool made_by_sigmoid(const graph::Graph& graph, std::string value) {
  static const std::vector<std::string> kMoves = {"Identity", "Reshape",   "Flatten",
                                                  "Squeeze",  "Unsqueeze", "Transpose"};
  while (const graph::Node* node = producer_of(graph, value)) {
    if (node->op_type == "Sigmoid") return true;
    if (std::find(kMoves.begin(), kMoves.end(), node->op_type) == kMoves.end()) return false;
    value = node->inputs.front();
  }
  return false;
}

bool rows_are_distributions(const torch::Tensor& output) {
  if (output.dim() == 0 || output.size(-1) < 2) return false;
  if (output.min().item<double>() < 0) return false;
  return (output.sum(-1) - 1).abs().max().item<double>() < kSumTolerance;
}

OutputMatch match_output(const graph::Network& teacher, const std::string& name,
                         const torch::Tensor& output) {
  if (!output.is_floating_point() || output.numel() == 0) return {};
  if (rows_are_distributions(output)) return {OutputKind::kDistribution, 1};
  if (made_by_sigmoid(teacher.graph, name)) return {OutputKind::kProbabilities, 1};
  const double variance = output.to(torch::kDouble).var(/*unbiased=*/false).item<double>();
  const double square = output.to(torch::kDouble).square().mean().item<double>();
  // An output that hardly varies is measured by its size; one that is always 0, as it is.
  const double scale = variance > 1e-12 * square ? variance : square;
  return {OutputKind::kNumbers, scale > 0 ? scale : 1};
}

torch::Tensor output_loss(const OutputMatch& match, const torch::Tensor& output,
                          const torch::Tensor& teacher_output, double temperature) {
  switch (match.kind) {
    case OutputKind::kDistribution:
      return distribution_distance(logits_of_distribution(output),
                                   logits_of_distribution(teacher_output), temperature);
    case OutputKind::kProbabilities:
      return probability_distance(logits_of_probability(output),
                                  logits_of_probability(teacher_output), temperature);
    default:
      return torch::mse_loss(output, teacher_output) / match.variance;
  }
}

}  // namespace

std::vector<OutputMatch> match_outputs(const graph::Network& teacher,
                                       const std::vector<torch::Tensor>& outputs) {
  std::vector<OutputMatch> matches;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    matches.push_back(match_output(teacher, teacher.graph.outputs[i].name, outputs[i]));
  }
  return matches;
}

torch::Tensor outputs_loss(const std::vector<OutputMatch>& matches,
                           const std::vector<torch::Tensor>& outputs,
                           const std::vector<torch::Tensor>& teacher_outputs, double temperature) {
  torch::Tensor sum;
  int counted = 0;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    if (matches[i].kind == OutputKind::kIgnored) continue;
    const torch::Tensor loss = output_loss(matches[i], outputs[i], teacher_outputs[i], temperature);
    sum = sum.defined() ? sum + loss : loss;
    ++counted;
  }
  if (counted == 0) {
    throw Error(ErrorKind::kUnsupported, "no output of the network is floating point", {},
                "training without labels needs one that a teacher can be compared by");
  }
  return sum / counted;
}

TeacherProgram::TeacherProgram(const graph::Network& network, const ProgramOptions& options)
    : program_(network, options) {
  program_.set_training(false);
}

std::vector<torch::Tensor> TeacherProgram::forward(const TorchValues& inputs) {
  const torch::NoGradGuard no_gradients;
  return program_.forward(inputs);
}

}  // namespace gcompress::train
