// Operators of the engine on a GPU: what each file of a family provides, and what it is given.
//
// Values are float32 on the device, row-major without gaps. A kernel is made once for fixed shapes;
// running it puts launches into a stream and does nothing else, so that a graph can record it.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/kernels/cuda/devices.h"
#include "gcompress/core/kernels/cuda/runtime.h"

namespace gcompress::engine::gpu {

class Chooser;

// Addresses on the device. Inputs by the node's order (null where left out or constant, unless the
// row of the CPU's operator reads constants), a fused input behind them.
struct Call {
  std::span<const float* const> inputs;
  float* output = nullptr;
  float* scratch = nullptr;
  cuda::Stream stream = nullptr;
};

struct Kernel {
  std::function<void(const Call& call)> run;
  std::int64_t scratch = 0;  // floats that a call needs
  std::string name = {};     // "sparse convolution"; empty: the operator's own
};

// What making kernels takes besides the node. Lives as long as the plan's kernels are made.
class Maker {
 public:
  explicit Maker(Chooser& chooser) : chooser_(chooser) {}

  // Values that stay on the device as long as a kernel holds them.
  template <class T>
  std::shared_ptr<const cuda::Array<T>> keep(const std::vector<T>& values) {
    count(values.size() * sizeof(T));
    return std::make_shared<const cuda::Array<T>>(values);
  }
  void count(std::size_t bytes) { bytes_ += bytes; }
  std::size_t bytes() const { return bytes_; }  // of all that was kept or counted
  Chooser& chooser() { return chooser_; }

 private:
  Chooser& chooser_;
  std::size_t bytes_ = 0;
};

struct Row {
  const char* op_type;
  Kernel (*make)(const Binding& binding, Maker& maker);  // Error(kUnsupported) where it cannot
};

// The tables, a family each.
std::span<const Row> convolution_rows();
std::span<const Row> linear_rows();
std::span<const Row> pool_rows();
std::span<const Row> elementwise_rows();
std::span<const Row> movement_rows();
std::span<const Row> normalization_rows();

// The row of ONNX's own operator of that name, or null.
const Row* find_row(const graph::Node& node);

// A size that is known to fit (the plan refuses values of more than 2^31 - 1 elements).
inline int to_int(std::int64_t size) { return static_cast<int>(size); }
inline int count_of(const Shape& shape) { return to_int(element_count(shape)); }
// Steps from element to element along each axis, row-major.
std::vector<int> steps_of(const Shape& shape);

}  // namespace gcompress::engine::gpu
