// ONNX's own backend cases for nodes (onnx 1.17.0), found by GCOMPRESS_ONNX_CASES: whatever the
// engine does not refuse must come out right.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "gcompress/core/engine/executor.h"
#include "gcompress/core/onnx/onnx.h"

namespace gcompress::engine {
namespace {

namespace fs = std::filesystem;

// What ONNX's runner allows, for float32 sums in another order.
constexpr double kRelative = 1e-3;
constexpr double kAbsolute = 1e-7;

enum class Outcome { kRight, kRefused, kWrong };

bool near(const Tensor& expected, const Tensor& found) {
  if (expected.dtype() != found.dtype() || expected.shape() != found.shape()) return false;
  if (expected.dtype() != DataType::kFloat32) return identical(expected, found);
  const auto a = expected.as<float>();
  const auto b = found.as<float>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (a[i] == b[i]) continue;
    if (!(std::abs(a[i] - b[i]) <= kAbsolute + kRelative * std::abs(a[i]))) return false;
  }
  return true;
}

Outcome outcome_of(const fs::path& folder) {
  try {
    const graph::Network network = onnx::read(folder / "model.onnx");
    const auto engine = make_engine_executor(network, {});
    const fs::path data = folder / "test_data_set_0";
    execute::Values inputs;
    for (std::size_t i = 0; i < network.graph.inputs.size(); ++i) {
      inputs[network.graph.inputs[i].name] =
          onnx::read_tensor(data / ("input_" + std::to_string(i) + ".pb"));
    }
    const execute::Values found = engine->run(inputs);
    for (std::size_t i = 0; i < network.graph.outputs.size(); ++i) {
      const Tensor expected = onnx::read_tensor(data / ("output_" + std::to_string(i) + ".pb"));
      if (!near(expected, found.at(network.graph.outputs[i].name))) return Outcome::kWrong;
    }
    return Outcome::kRight;
  } catch (const Error& error) {
    return error.kind() == ErrorKind::kUnsupported || error.kind() == ErrorKind::kInput
               ? Outcome::kRefused
               : Outcome::kWrong;
  }
}

TEST(EngineBackendCases, WhatIsNotRefusedComesOutRight) {
  const char* folder = std::getenv("GCOMPRESS_ONNX_CASES");
  if (folder == nullptr || !fs::is_directory(fs::path(folder) / "node")) {
    GTEST_SKIP() << "GCOMPRESS_ONNX_CASES names no folder of ONNX's backend cases";
  }
  int right = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(folder) / "node")) {
    if (!fs::exists(entry.path() / "model.onnx")) continue;
    const std::string name = entry.path().filename().string();
    if (name.starts_with("test_training_dropout")) continue;  // drawn
    const Outcome outcome = outcome_of(entry.path());
    EXPECT_NE(outcome, Outcome::kWrong) << name;
    right += outcome == Outcome::kRight ? 1 : 0;
  }
  constexpr int kRightBefore = 410;  // no case that came out right may be refused later
  EXPECT_GE(right, kRightBefore);
  RecordProperty("right", right);
}

}  // namespace
}  // namespace gcompress::engine
