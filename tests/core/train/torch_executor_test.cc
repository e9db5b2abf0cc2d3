// The executor: checks of inputs, and no trace of torch in its interface.
#include "gcompress/core/train/torch_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/train/networks.h"

namespace gcompress::train {
namespace {

using graph::make_node;
using testing::HasSubstr;

std::unique_ptr<execute::Executor> executor() {
  auto network = network_of({make_node("MatMul", "m", {"x", "w"}, {"y"})}, {"x"}, {"y"},
                            {{"w", ramp({3, 2})}});
  network.graph.inputs = {graph::make_value("x", DataType::kFloat32, {-1, 3})};
  return make_torch_executor(network, {});
}

std::string message_of(const execute::Values& inputs) {
  try {
    executor()->run(inputs);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(TorchExecutor, RunsAnyBatchSize) {
  for (const std::int64_t batch : {1, 5}) {
    const auto outputs = executor()->run({{"x", ramp({batch, 3})}});
    EXPECT_EQ(outputs.at("y").shape(), (Shape{batch, 2}));
  }
}

TEST(TorchExecutor, AMisshapedInputIsNamedWithBothShapes) {
  const std::string what = message_of({{"x", ramp({4, 7})}});
  EXPECT_THAT(what, HasSubstr("[N, 3]"));
  EXPECT_THAT(what, HasSubstr("[4, 7]"));
}

TEST(TorchExecutor, AMissingInputIsNamedWithItsShape) {
  const std::string what = message_of({});
  EXPECT_THAT(what, HasSubstr("value 'x'"));
  EXPECT_THAT(what, HasSubstr("[N, 3]"));
}

TEST(TorchExecutor, AnInputOfAnotherTypeIsRefused) {
  EXPECT_THAT(message_of({{"x", Tensor::zeros(DataType::kInt64, {1, 3})}}), HasSubstr("int64"));
}

}  // namespace
}  // namespace gcompress::train
