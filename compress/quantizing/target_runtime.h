// What runs the quantized network, and which integers it is fast and right with.
#pragma once

#include <span>
#include <string>

#include "gcompress/core/graph/qdq/arithmetic.h"

namespace gcompress::compress {

struct TargetRuntimeRow {
  std::string name;
  graph::ActivationType activations;
  bool reduced_range;  // of weights: 7 bits
  std::string why;
};

// onnxruntime, onnxruntime-no-vnni, tensorrt.
std::span<const TargetRuntimeRow> target_runtimes();
// "auto" is ONNX Runtime on this processor. Throws Error(kUsage) where there is none of that name.
const TargetRuntimeRow& target_runtime(const std::string& name);

}  // namespace gcompress::compress
