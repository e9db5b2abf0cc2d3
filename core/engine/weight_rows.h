// The weight of a layer as rows, laid out for the kernel that is expected to be fastest: machine
// code for the taps that are kept, a loop over them, on inputs as they lie or copied to panels, or
// all of them.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "gcompress/core/kernels/cpu/compiled_rows.h"
#include "gcompress/core/kernels/cpu/dense_rows.h"
#include "gcompress/core/kernels/cpu/panel_rows.h"
#include "gcompress/core/kernels/cpu/tap_rows.h"

namespace gcompress::engine {

class WeightRows {
 public:
  struct Setting {
    std::int64_t lines = 1;     // of columns: 16 floats each
    std::int64_t y_stride = 0;  // from a row of outputs, and of what is added, to the next
    bool add = false;           // run() is given something to add
    bool keep = false;          // run() is given a mask
    float low = -std::numeric_limits<float>::infinity();
    float high = std::numeric_limits<float>::infinity();
    std::int64_t network_taps = 0;  // of all layers: more than a cache holds, or fewer
  };
  // Taps of a network whose weights stay in a second-level cache from one run to the next.
  static constexpr std::int64_t kNearTaps = 50'000;
  enum class Kind { kCode, kLoop, kPanels, kDense };

  // The kernel that is expected to be fastest, and what it takes one thread.
  struct Choice {
    Kind kind = Kind::kLoop;
    double nanoseconds = 0;
  };
  static Choice choose(const kernels::TapRows& taps, const Setting& setting);

  // `bias` [rows]. `kind`: chosen by count where not given; code where there can be none becomes a
  // loop.
  WeightRows(kernels::TapRows taps, std::span<const float> bias, const Setting& setting,
             std::optional<Kind> kind = {});

  // Pointers of row 0 and column 0, as for kernels::multiply_tap_rows().
  struct Operands {
    const float* x = nullptr;
    float* y = nullptr;
    const float* add = nullptr;
    const std::uint32_t* keep = nullptr;
  };
  // Units of work that threads may share in any way; each writes places of its own.
  std::int64_t units() const;
  void run(std::int64_t begin, std::int64_t end, const Operands& operands) const;

  Kind kind() const;
  std::string name() const;  // of the kernel
  std::int64_t taps() const { return taps_count_; }

 private:
  void run_code(std::int64_t begin, std::int64_t end, const Operands& operands) const;
  void run_panels(std::int64_t begin, std::int64_t end, const Operands& operands) const;
  void run_dense(std::int64_t begin, std::int64_t end, const Operands& operands) const;
  kernels::Epilogue epilogue(const Operands& operands) const;
  // Of columns, a panel each.
  std::int64_t tiles() const {
    return (setting_.lines * kernels::kLineFloats + panels_.width - 1) / panels_.width;
  }

  Setting setting_;
  std::vector<float> bias_;
  std::int64_t taps_count_ = 0;
  kernels::TapRows loop_;
  std::unique_ptr<const kernels::CompiledRows> code_;
  kernels::PanelRows panels_;
  kernels::DenseRows dense_;
};

}  // namespace gcompress::engine
