// Inputs generated from batch-norm statistics.
#include "gcompress/core/train/generate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/core/train/toy.h"

namespace gcompress::train {
namespace {

using testing::context;

// Its batch norms remember mean 0 and variance 1 everywhere.
graph::Network network() { return networks::resnet_cifar(8, 3, 10, 0.125); }

GenerateOptions options() {
  GenerateOptions options;
  options.samples = 24;
  options.batch_size = 16;
  options.steps = 40;
  return options;
}

// How far the statistics that the images make are from mean 0 and variance 1, in all.
double distance(Tensor images) {
  const data::Dataset data = testing::dataset(std::move(images), std::nullopt);
  const graph::Network measured =
      recalibrate_batch_norms(network(), data, 1, data.size(), context());
  double sum = 0;
  for (const graph::Initializer& stored : measured.graph.initializers) {
    const bool mean = stored.name.ends_with(".running_mean");
    if (!mean && !stored.name.ends_with(".running_var")) continue;
    for (const float value : stored.value.as<float>()) sum += std::abs(value - (mean ? 0.F : 1.F));
  }
  return sum;
}

TEST(GenerateInputs, MatchTheStatisticsThatNoiseDoesNot) {
  const Tensor images = generate_inputs(network(), options(), context());
  EXPECT_EQ(images.shape(), (Shape{24, 3, 32, 32}));
  RandomStream random(1, "noise");
  std::vector<float> noise(24 * 3 * 32 * 32);
  for (float& value : noise) value = random.normal();
  const double of_noise = distance(Tensor::from<float>({24, 3, 32, 32}, std::move(noise)));
  EXPECT_LT(distance(images), 0.8 * of_noise);  // after 40 steps; 300 are usual
}

TEST(GenerateInputs, SameSeedGivesTheSameBits) {
  GenerateOptions few = options();
  few.steps = 3;
  const Tensor images = generate_inputs(network(), few, context(1));
  EXPECT_TRUE(identical(images, generate_inputs(network(), few, context(1))));
  EXPECT_FALSE(identical(images, generate_inputs(network(), few, context(2))));
}

TEST(GenerateInputs, NeedBatchNorms) {
  try {
    generate_inputs(testing::network(), options(), context());
    ADD_FAILURE() << "an mlp has no batch norms";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
    EXPECT_NE(std::string(error.what()).find("no batch norms"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gcompress::train
