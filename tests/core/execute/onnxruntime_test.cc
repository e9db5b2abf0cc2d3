// What cannot serve as ONNX Runtime. That it runs networks is shown in tests/peers/executors.py.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "gcompress/core/execute/onnxruntime/executor.h"
#include "gcompress/core/execute/precision.h"
#include "tests/support/scratch.h"

namespace gcompress::execute {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::thrown_by;

TEST(OnnxRuntime, AMissingLibraryIsToldWhatWorks) {
  EXPECT_THAT(thrown_by([] { onnxruntime_version("/no/such/library.so"); }),
              AllOf(HasSubstr("/no/such/library.so: there is no such file"),
                    HasSubstr("capi/libonnxruntime.so")));
}

TEST(OnnxRuntime, AFileThatIsNoLibraryIsRefused) {
  const testing::Scratch scratch;
  const auto file = scratch.write("library.so", "not a library");
  EXPECT_THAT(thrown_by([&] { onnxruntime_version(file); }), HasSubstr("cannot be opened"));
}

TEST(OnnxRuntime, AnotherLibraryIsRefused) {
  Dl_info c_library{};
  ASSERT_NE(dladdr(reinterpret_cast<const void*>(&std::getenv), &c_library), 0);
  EXPECT_THAT(thrown_by([&] { onnxruntime_version(c_library.dli_fname); }),
              HasSubstr("is no ONNX Runtime"));
}

TEST(Precision, IsOfTheWeightsNotOfShapesAndIndices) {
  graph::Network network;
  network.graph.inputs = {graph::make_value("x", DataType::kFloat16, {1})};
  EXPECT_EQ(precision_of(network), "float16");
  network.graph.initializers = {{"w", Tensor::zeros(DataType::kFloat32, {2})},
                                {"shape", Tensor::zeros(DataType::kInt64, {2})}};
  EXPECT_EQ(precision_of(network), "float");
  network.graph.initializers.push_back({"q", Tensor::zeros(DataType::kInt8, {2})});
  EXPECT_EQ(precision_of(network), "float and int8");
}

}  // namespace
}  // namespace gcompress::execute
