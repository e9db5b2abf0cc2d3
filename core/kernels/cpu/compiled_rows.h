// Sparse rows over shifted inputs (tap_rows.h) as machine code made for one weight: AVX-512 only.
//
// Up to 28 rows keep a vector of sums each in a register while inputs pass: an input is loaded once
// for all rows that use it, and values are memory operands that are broadcast, so that code holds
// no values and sums no addresses. Compared with the loop of tap_rows.h, which loads an input for
// every tap, this does less than half of the loads. Register tiling for sparse weights: Wilkinson,
// Cheshmi and Dehnavi, Register Tiling for Unstructured Sparsity in Neural Network Inference
// (2023).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "gcompress/core/kernels/cpu/tap_rows.h"

namespace gcompress::kernels {

// Floats of a cache line, and of a vector: columns are computed so many at a time.
inline constexpr std::int64_t kLineFloats = 16;

class CompiledRows {
 public:
  // What is compiled in besides the weight.
  struct Setting {
    std::int64_t y_stride = 0;  // from a row of outputs, and of `add`, to the next
    bool add = false;           // run() is given something to add
    bool keep = false;          // run() is given a mask
    std::int64_t lines = 1;     // of columns that run() computes at a time, at most: see blocks()
    float low = -std::numeric_limits<float>::infinity();
    float high = std::numeric_limits<float>::infinity();
  };

  // Whether this processor and build have it; the system may still forbid code.
  static bool possible();

  // `bias` [rows], or empty. Null where this processor has no AVX-512, the system forbids making
  // code, or there are more taps than `most_taps`: then multiply_tap_rows() serves.
  static std::unique_ptr<const CompiledRows> compile(const TapRows& weight,
                                                     std::span<const float> bias,
                                                     const Setting& setting,
                                                     std::int64_t most_taps);
  virtual ~CompiledRows() = default;

  // Rows [first_row(g), first_row(g + 1)) are computed together.
  std::int64_t groups() const { return static_cast<std::int64_t>(first_row_.size()) - 1; }
  std::int64_t first_row(std::int64_t group) const {
    return first_row_[static_cast<std::size_t>(group)];
  }
  // Taps are split into blocks so that the inputs of a block's `lines` stay in the first-level
  // cache while all groups pass: all blocks have to run, in order, sums of the first ones waiting
  // in y.
  std::int64_t blocks() const { return blocks_; }
  std::int64_t lines() const { return lines_; }
  std::int64_t code_bytes() const { return code_bytes_; }

  // Columns [16 begin, 16 end) of a group's rows, one block of taps. All pointers are those of row
  // 0 and column 0, as for multiply_tap_rows(); several threads may run it at once.
  struct Operands {
    const float* x = nullptr;
    float* y = nullptr;
    const float* add = nullptr;
    const std::uint32_t* keep = nullptr;
  };
  virtual void run(std::int64_t block, std::int64_t group, const Operands& operands,
                   std::int64_t begin, std::int64_t end) const = 0;

 protected:
  std::vector<std::int64_t> first_row_ = {0};
  std::int64_t blocks_ = 1;
  std::int64_t lines_ = 1;
  std::int64_t code_bytes_ = 0;
};

}  // namespace gcompress::kernels
