// Gradients of the loss against differences of the loss.
#include "gcompress/core/train/gradients.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "gcompress/core/base/error.h"
#include "gcompress/core/train/torch_executor.h"
#include "tests/core/train/toy.h"

namespace gcompress::train {
namespace {

using testing::classification;
using testing::context;
using testing::network;
using testing::points;

// Mean cross-entropy of all samples.
double loss_of(const graph::Network& judged, const data::Dataset& data) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(data.size()));
  std::iota(all.begin(), all.end(), 0);
  const data::Batch batch = data.batch(all);
  const auto executor = make_torch_executor(judged, context());
  const auto outputs = executor->run({{executor->inputs()[0].name, batch.inputs[0].second}});
  const Tensor& logits = outputs.begin()->second;
  const auto values = logits.as<float>();
  const auto labels = batch.labels.as<std::int64_t>();
  const std::size_t classes = values.size() / labels.size();
  double sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    double total = 0;
    for (std::size_t c = 0; c < classes; ++c) total += std::exp(double{values[i * classes + c]});
    sum += std::log(total) - values[i * classes + static_cast<std::size_t>(labels[i])];
  }
  return sum / static_cast<double>(labels.size());
}

TEST(Gradients, AreTheSlopesOfTheLoss) {
  const graph::Network toy = network();
  const data::Dataset data = points(64, 1);
  const GradientMeans means =
      gradient_means(toy, data, classification(), {}, {.batches = 1, .batch_size = 64}, context());
  for (const graph::Weight& weight : graph::find_weights(toy)) {
    const auto gradient = means.gradient.at(weight.id).as<float>();
    for (const std::size_t i : {std::size_t{0}, gradient.size() / 2, gradient.size() - 1}) {
      constexpr float kStep = 0.01F;  // losses are float32: smaller differences drown in rounding
      std::vector<float> values = to_float32(weight.value);
      const auto with = [&](float change) {
        std::vector<float> changed = values;
        changed[i] += change;
        return loss_of(graph::with_weights(
                           toy, {{weight.id, Tensor::from<float>(weight.value.shape(), changed)}}),
                       data);
      };
      const double slope = (with(kStep) - with(-kStep)) / (2 * kStep);
      EXPECT_NEAR(gradient[i], slope, 1e-3 + 0.02 * std::fabs(slope)) << weight.id.tensor;
    }
  }
}

TEST(Gradients, MeansOverBatchesFitEachOther) {
  const graph::Network toy = network();
  const GradientMeans means = gradient_means(toy, points(64, 1), classification(), {},
                                             {.batches = 8, .batch_size = 8}, context());
  for (const auto& [id, gradient] : means.gradient) {
    const auto mean = gradient.as<float>();
    const auto magnitude = means.magnitude.at(id).as<float>();
    const auto square = means.square.at(id).as<float>();
    for (std::size_t i = 0; i < mean.size(); ++i) {
      EXPECT_LE(std::fabs(mean[i]), magnitude[i] * 1.0001F);
      EXPECT_LE(magnitude[i] * magnitude[i], square[i] * 1.0001F + 1e-12F);
    }
  }
}

TEST(Gradients, SameSeedGivesTheSameBits) {
  const auto once = [] {
    return gradient_means(network(), points(64, 1), classification(), {}, {}, context(3));
  };
  const GradientMeans first = once();
  const GradientMeans second = once();
  for (const auto& [id, gradient] : first.gradient) {
    EXPECT_EQ(to_float32(gradient), to_float32(second.gradient.at(id)));
  }
}

TEST(Gradients, ThatAreNotFiniteNameTheWeight) {
  graph::Network toy = network();
  const graph::Weight weight = graph::find_weights(toy).front();
  std::vector<float> values = to_float32(weight.value);
  for (float& value : values) value = 3e38F;  // the logits overflow
  toy = graph::with_weights(toy, {{weight.id, Tensor::from<float>(weight.value.shape(), values)}});
  try {
    gradient_means(toy, points(64, 1), classification(), {}, {}, context());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_FALSE(error.place().value.empty());
  }
}

}  // namespace
}  // namespace gcompress::train
