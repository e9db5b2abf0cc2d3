// What an operation and a byte cost in energy: the table behind operation_model.h.
#pragma once

#include <array>

namespace gcompress::measure {

enum class Precision { kFloat32, kFloat16, kBfloat16, kInt8 };

// Picojoules in 45 nm at 0.9 V. M. Horowitz, "Computing's energy problem (and what we can do about
// it)", ISSCC 2014, figure 1.1.9.
struct OperationEnergies {
  Precision precision;
  const char* name;
  int bytes;         // of one value
  double multiply;   // one
  double least_add;  // one, in the precision itself
  double most_add;   // one, in the precision that products are usually added up in
};

constexpr std::array<OperationEnergies, 4> kOperationEnergies = {
    OperationEnergies{Precision::kFloat32, "fp32", 4, 3.7, 0.9, 0.9},
    OperationEnergies{Precision::kFloat16, "fp16", 2, 1.1, 0.4, 0.9},
    // Not in the table; its mantissa is shorter than fp16's, whose figures are an upper bound.
    OperationEnergies{Precision::kBfloat16, "bf16", 2, 1.1, 0.4, 0.9},
    OperationEnergies{Precision::kInt8, "int8", 1, 0.2, 0.03, 0.1},
};

// The same source, for a 64-bit access divided by its 8 bytes.
constexpr double kFirstCachePicojoulesPerByte = 20.0 / 8;  // 32 KB
constexpr double kLastCachePicojoulesPerByte = 100.0 / 8;  // 1 MB
constexpr double kLeastDramPicojoulesPerByte = 1300.0 / 8;
constexpr double kMostDramPicojoulesPerByte = 2600.0 / 8;
// Fetching, decoding and steering one instruction, without its arithmetic: the 70 pJ that the same
// source gives for a whole add instruction.
constexpr double kInstructionPicojoules = 70;

// What 7 nm takes of 45 nm's energy: fp32 multiply 1.31 of 3.7, add 0.38 of 0.9, int8 multiply 0.07
// of 0.2, add 0.007 of 0.03. N. Jouppi et al., "Ten lessons from three generations shaped Google's
// TPUv4i", ISCA 2021, table 2. DRAM hardly changed.
constexpr double kLeastProcessScale = 0.23;

}  // namespace gcompress::measure
