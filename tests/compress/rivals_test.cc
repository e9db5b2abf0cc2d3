// When there is an int8 rival, and what is said where there cannot be one.
#include "gcompress/compress/measuring/rivals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "gcompress/compress/executors.h"
#include "gcompress/compress/measuring/workers.h"
#include "gcompress/compress/recipe.h"
#include "gcompress/core/data/memory_source.h"
#include "gcompress/core/data/splits.h"
#include "gcompress/core/execute/onnxruntime/find.h"
#include "tests/support/network_builder.h"

namespace gcompress::compress {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Tables tables() { return {.stages = {}, .executors = executors(nullptr, nullptr)}; }

StageState state_with_data() {
  testing::NetworkBuilder builder({-1, 3}, 1);
  builder.gemm("g", "x", 3, 2);
  auto source = std::make_shared<data::MemorySource>(
      std::vector<data::MemorySource::Part>{{"", Tensor::zeros(DataType::kFloat32, {4, 3})}},
      std::nullopt);
  data::Dataset samples;
  samples.source = source;
  samples.indices = data::all_indices(4);
  StageState state;
  state.network = builder.finish("g", {-1, 2});
  state.data = data::DataParts{};
  state.data->tune = samples;
  state.data->test = samples;
  return state;
}

// The notes that making rivals leaves, with this option and no ONNX Runtime to be found.
std::vector<std::string> notes_with(const std::string& option, const std::string& value,
                                    StageState state = state_with_data()) {
  setenv(execute::kOnnxRuntimeVariable, "/no/such.so", 1);
  Settings common(common_options());
  common.set(common_options(), option, value);
  const StageContext context{
      .common = common, .run = {}, .checkpoints = {}, .make_executor = [](const graph::Network&) {
        return std::unique_ptr<execute::Executor>();
      }};
  add_cheap_rivals(state, context, tables());
  unsetenv(execute::kOnnxRuntimeVariable);
  EXPECT_TRUE(state.rivals.empty());
  return state.notes;
}

TEST(CheapRivals, WithoutOnnxRuntimeASentenceSaysSo) {
  EXPECT_THAT(
      notes_with("rivals", "cheap"),
      ElementsAre(::testing::AllOf(HasSubstr("no rival in int8"), HasSubstr("/no/such.so"))));
}

TEST(CheapRivals, NothingIsSaidWhereNoneIsDue) {
  EXPECT_TRUE(notes_with("rivals", "none").empty());
  EXPECT_TRUE(notes_with("latency", "false").empty());
  StageState without = state_with_data();
  without.data.reset();
  EXPECT_TRUE(notes_with("rivals", "cheap", without).empty());
}

TEST(CheapRivals, AQuantizedNetworkHasNone) {
  StageState state = state_with_data();
  state.network.graph.nodes.push_back(graph::make_node("DequantizeLinear", "d", {"g"}, {"h"}));
  EXPECT_TRUE(notes_with("rivals", "cheap", state).empty());
}

TEST(CheapRivals, TheGpuIsNotComparedWithTheProcessor) {
  EXPECT_THAT(notes_with("device", "cuda"), ElementsAre(HasSubstr("on the CPU only")));
}

TEST(Workers, RunTheirOwnExecutorWhereOneIsNamed) {
  Settings common(common_options());
  const WorkerFiles files{.network = "n.onnx", .inputs = {"in.npz"}, .batch = 1};
  EXPECT_THAT(worker_command("p", files, common, ""), Contains("torch"));
  EXPECT_THAT(worker_command("p", files, common, "onnxruntime:/l.so"),
              Contains("onnxruntime:/l.so"));
}

}  // namespace
}  // namespace gcompress::compress
