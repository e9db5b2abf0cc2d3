// Which integers which runtime gets.
#include "gcompress/compress/quantizing/target_runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch.h"

namespace gcompress::compress {
namespace {

TEST(TargetRuntime, OnnxRuntimeGetsUnsignedActivations) {
  EXPECT_EQ(target_runtime("onnxruntime").activations, graph::ActivationType::kUint8);
  EXPECT_FALSE(target_runtime("onnxruntime").reduced_range);
  EXPECT_EQ(target_runtime("onnxruntime-no-vnni").activations, graph::ActivationType::kUint8);
  EXPECT_TRUE(target_runtime("onnxruntime-no-vnni").reduced_range);
}

TEST(TargetRuntime, AutoIsOneOfOnnxRuntimes) {
  EXPECT_TRUE(target_runtime("auto").name.starts_with("onnxruntime"));
}

TEST(TargetRuntime, AnUnknownOneIsAMistake) {
  EXPECT_THAT(testing::thrown_by([] { target_runtime("abacus"); }),
              ::testing::HasSubstr("no target runtime 'abacus'"));
}

}  // namespace
}  // namespace gcompress::compress
