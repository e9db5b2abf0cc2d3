// Slices and pads of images behind other layers, whose memory they take over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/core/base/random.h"
#include "gcompress/core/engine/executor.h"
#include "tests/support/naive_executor.h"
#include "tests/support/network_builder.h"

namespace gcompress::engine {
namespace {

Tensor normal(const Shape& shape) {
  RandomStream random(5, "moved planes test");
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = random.normal();
  return Tensor::from<float>(shape, std::move(values));
}

// Conv, every second row and column, then planes of `value` before and behind; twice, so that
// memory holds the numbers of the first run.
void expect_padded_like_the_naive_one(const Shape& input, float value) {
  testing::NetworkBuilder b({-1, 3, 8, 8}, 1);
  b.conv("a", "x", {8, 3, 3, 3}, true, 1);
  b.node("Slice", "half",
         {"a", b.ints("starts", {0, 0}), b.ints("ends", {8, 8}), b.ints("axes", {2, 3}),
          b.ints("steps", {2, 2})});
  b.node("Pad", "y",
         {"half", b.ints("pads", {0, 4, 0, 0, 0, 4, 0, 0}),
          b.constant("value", Tensor::scalar<float>(value))});
  const graph::Network network = b.finish("y", {-1, 16, 4, 4});
  const execute::Values inputs = {{"x", normal(input)}};
  const Tensor expected = testing::NaiveExecutor(network, nullptr).run(inputs).at("y");
  const auto engine = make_engine_executor(network, {.threads = 1});
  for (int run = 0; run < 2; ++run) {
    const Tensor found = engine->run(inputs).at("y");
    ASSERT_EQ(found.shape(), expected.shape());
    EXPECT_THAT(found.as<float>(),
                ::testing::Pointwise(::testing::FloatNear(1e-4F), expected.as<float>()))
        << "run " << run;  // sums of 27 products in another order
  }
}

TEST(EngineMovedPlanes, PlanesThatPaddingAddsAreFilledWhateverTheMemoryHeld) {
  for (const std::int64_t batch : {1, 2, 4}) {
    for (const float value : {0.0F, 1.5F}) {
      SCOPED_TRACE(::testing::Message() << "batch " << batch << ", value " << value);
      expect_padded_like_the_naive_one({batch, 3, 8, 8}, value);
    }
  }
}

}  // namespace
}  // namespace gcompress::engine
