// The table of target runtimes.
#include "gcompress/compress/quantizing/target_runtime.h"

#include <algorithm>
#include <vector>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/host.h"

namespace gcompress::compress {
std::span<const TargetRuntimeRow> target_runtimes() {
  using enum graph::ActivationType;
  static const std::vector<TargetRuntimeRow> rows = {
      {"onnxruntime", kUint8, false,
       "x86 with VNNI or AMX, ARM with dot products; signed activations are several times slower"},
      {"onnxruntime-no-vnni", kUint8, true,
       "x86 without VNNI adds pairs of products in 16 bits, which saturate beyond 7-bit weights"},
      {"tensorrt", kInt8Symmetric, false, "NVIDIA GPUs take signed activations without zero point"},
  };
  return rows;
}

const TargetRuntimeRow& target_runtime(const std::string& name) {
  std::string wanted = name;
  if (name == "auto") {
    // Without VNNI, or ARM's dot products, sums of two products saturate at 16 bits.
    const bool saturates =
        !measure::processor_has_any({"avx512_vnni", "avx_vnni", "amx_int8", "asimd"});
    wanted = saturates ? "onnxruntime-no-vnni" : "onnxruntime";
  }
  for (const TargetRuntimeRow& row : target_runtimes()) {
    if (row.name == wanted) return row;
  }
  throw_usage("there is no target runtime '" + name + "'", "--help lists them");
}

}  // namespace gcompress::compress
