// Loss functions that a network itself may hold.
#include <torch/torch.h>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

std::int64_t reduction_number(const std::string& name) {
  if (name == "none") return at::Reduction::None;
  return name == "sum" ? at::Reduction::Sum : at::Reduction::Mean;
}

struct Likelihood {
  std::int64_t reduction = at::Reduction::Mean;
  std::int64_t ignore = -100;  // torch's own mark for no label

  explicit Likelihood(const Binding& node)
      : reduction(reduction_number(node.text("reduction", "mean"))),
        ignore(node.integer("ignore_index", -100)) {}

  // Log probabilities [batch, classes, ...], labels [batch, ...], weights [classes].
  torch::Tensor loss(const Call& call, const torch::Tensor& log_probabilities) const {
    return at::nll_loss_nd(log_probabilities, call[1].to(torch::kLong), call.optional(2), reduction,
                           ignore);
  }
};

Kernel negative_log_likelihood(const Binding& node) {
  const Likelihood likelihood(node);
  return one([=](const Call& call) { return likelihood.loss(call, call[0]); });
}

Kernel softmax_cross_entropy(const Binding& node) {
  const Likelihood likelihood(node);
  return [=](Call& call) {
    const torch::Tensor log_probabilities = at::log_softmax(call[0], 1);
    call.set(0, likelihood.loss(call, log_probabilities));
    call.set(1, log_probabilities);
  };
}

constexpr Row kRows[] = {
    {"", "NegativeLogLikelihoodLoss", 12, negative_log_likelihood},
    {"", "SoftmaxCrossEntropyLoss", 12, softmax_cross_entropy},
};

}  // namespace

std::span<const Row> loss_rows() { return kRows; }

}  // namespace gcompress::train
