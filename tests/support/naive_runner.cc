#include "tests/support/naive_runner.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

namespace gcompress::testing {
namespace {

using graph::Node;
using Values = std::map<std::string, NaiveTensor>;

std::size_t count(const Shape& shape) {
  std::int64_t product = 1;
  for (const std::int64_t size : shape) product *= size;
  return static_cast<std::size_t>(product);
}

// The multi-index of element i.
Shape place(const Shape& shape, std::size_t i) {
  Shape result(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    result[axis] = static_cast<std::int64_t>(i) % shape[axis];
    i /= static_cast<std::size_t>(shape[axis]);
  }
  return result;
}

std::size_t offset(const Shape& shape, const Shape& at) {
  std::int64_t result = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) result = result * shape[axis] + at[axis];
  return static_cast<std::size_t>(result);
}

NaiveTensor make(const Shape& shape, const std::function<double(const Shape&)>& element) {
  NaiveTensor result{shape, std::vector<double>(count(shape))};
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    result.values[i] = element(place(shape, i));
  }
  return result;
}

// The element of a tensor that is broadcast to a larger place.
double broadcast(const NaiveTensor& tensor, const Shape& at) {
  Shape own(tensor.shape.size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    own[i] = tensor.shape[i] == 1 ? 0 : at[at.size() - own.size() + i];
  }
  return tensor.values[offset(tensor.shape, own)];
}

NaiveTensor elementwise(const NaiveTensor& a, const NaiveTensor& b,
                        const std::function<double(double, double)>& function) {
  Shape shape = a.shape.size() > b.shape.size() ? a.shape : b.shape;
  for (const Shape* other : {&a.shape, &b.shape}) {
    for (std::size_t i = 0; i < other->size(); ++i) {
      std::int64_t& size = shape[shape.size() - other->size() + i];
      size = std::max(size, (*other)[i]);
    }
  }
  return make(shape, [&](const Shape& at) { return function(broadcast(a, at), broadcast(b, at)); });
}

struct Window {
  std::vector<std::int64_t> kernel, strides, pads, dilations;
  std::int64_t output(std::size_t axis, std::int64_t input) const {
    const std::int64_t reach = (kernel[axis] - 1) * dilations[axis] + 1;
    return (input + pads[axis] + pads[axis + 2] - reach) / strides[axis] + 1;
  }
};

Window window(const Node& node, const std::vector<std::int64_t>& kernel) {
  return {graph::attribute_ints(node, "kernel_shape", kernel),
          graph::attribute_ints(node, "strides", {1, 1}),
          graph::attribute_ints(node, "pads", {0, 0, 0, 0}),
          graph::attribute_ints(node, "dilations", {1, 1})};
}

// Calls visit(tap index, offset into x or -1) for the taps of one 2-D window.
void for_each_tap(const Window& w, const NaiveTensor& x, std::int64_t n, std::int64_t c,
                  std::int64_t row, std::int64_t column,
                  const std::function<void(std::int64_t, std::int64_t)>& visit) {
  for (std::int64_t i = 0; i < w.kernel[0]; ++i) {
    for (std::int64_t j = 0; j < w.kernel[1]; ++j) {
      const std::int64_t y = row * w.strides[0] + i * w.dilations[0] - w.pads[0];
      const std::int64_t z = column * w.strides[1] + j * w.dilations[1] - w.pads[1];
      const bool inside = y >= 0 && y < x.shape[2] && z >= 0 && z < x.shape[3];
      visit(i * w.kernel[1] + j,
            inside ? static_cast<std::int64_t>(offset(x.shape, {n, c, y, z})) : -1);
    }
  }
}

NaiveTensor conv(const Node& node, const NaiveTensor& x, const NaiveTensor& w,
                 const NaiveTensor* bias) {
  const Window win = window(node, {w.shape[2], w.shape[3]});
  const std::int64_t groups = graph::attribute_int(node, "group", 1);
  const Shape shape = {x.shape[0], w.shape[0], win.output(0, x.shape[2]),
                       win.output(1, x.shape[3])};
  return make(shape, [&](const Shape& at) {
    double sum = bias ? bias->values[static_cast<std::size_t>(at[1])] : 0;
    const std::int64_t group = at[1] / (w.shape[0] / groups);
    for (std::int64_t c = 0; c < w.shape[1]; ++c) {
      for_each_tap(win, x, at[0], group * w.shape[1] + c, at[2], at[3],
                   [&](std::int64_t tap, std::int64_t from) {
                     if (from < 0) return;
                     const auto element =
                         offset(w.shape, {at[1], c, tap / w.shape[3], tap % w.shape[3]});
                     sum += w.values[element] * x.values[static_cast<std::size_t>(from)];
                   });
    }
    return sum;
  });
}

NaiveTensor pool(const Node& node, const NaiveTensor& x) {
  const Window win = window(node, {});
  const bool max = node.op_type == "MaxPool";
  const bool count_pads = graph::attribute_int(node, "count_include_pad", 0) != 0;
  const Shape shape = {x.shape[0], x.shape[1], win.output(0, x.shape[2]),
                       win.output(1, x.shape[3])};
  return make(shape, [&](const Shape& at) {
    double sum = 0, largest = -std::numeric_limits<double>::infinity();
    int taps = 0;
    for_each_tap(win, x, at[0], at[1], at[2], at[3], [&](std::int64_t, std::int64_t from) {
      if (from >= 0 || count_pads) ++taps;
      if (from < 0) return;
      sum += x.values[static_cast<std::size_t>(from)];
      largest = std::max(largest, x.values[static_cast<std::size_t>(from)]);
    });
    return max ? largest : sum / taps;
  });
}

NaiveTensor matrix_product(const NaiveTensor& a, const NaiveTensor& b, bool transpose_b) {
  Shape shape = a.shape;
  shape.back() = b.shape[b.shape.size() - (transpose_b ? 2 : 1)];
  return make(shape, [&](const Shape& at) {
    double sum = 0;
    for (std::int64_t k = 0; k < a.shape.back(); ++k) {
      Shape from = at;
      from.back() = k;
      // A batch of b goes with the same batch of a.
      Shape to(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(b.shape.size() - 2));
      to.insert(to.end(), {transpose_b ? at.back() : k, transpose_b ? k : at.back()});
      sum += a.values[offset(a.shape, from)] * b.values[offset(b.shape, to)];
    }
    return sum;
  });
}

NaiveTensor batch_norm(const Node& node, const std::vector<const NaiveTensor*>& in) {
  const double epsilon = graph::attribute_float(node, "epsilon", 1e-5F);
  return make(in[0]->shape, [&](const Shape& at) {
    const auto c = static_cast<std::size_t>(at[1]);
    return in[1]->values[c] * (in[0]->values[offset(in[0]->shape, at)] - in[3]->values[c]) /
               std::sqrt(in[4]->values[c] + epsilon) +
           in[2]->values[c];
  });
}

NaiveTensor pad(const Node& node, const std::vector<const NaiveTensor*>& in) {
  const std::string mode = graph::attribute_string(node, "mode", "constant");
  const std::size_t rank = in[0]->shape.size();
  Shape shape = in[0]->shape;
  for (std::size_t i = 0; i < rank; ++i) {
    shape[i] += static_cast<std::int64_t>(in[1]->values[i] + in[1]->values[rank + i]);
  }
  return make(shape, [&](const Shape& at) {
    Shape from = at;
    for (std::size_t i = 0; i < rank; ++i) {
      from[i] -= static_cast<std::int64_t>(in[1]->values[i]);
      const std::int64_t size = in[0]->shape[i];
      if (mode == "wrap") from[i] = (from[i] + size) % size;
      if (mode == "edge") from[i] = std::clamp<std::int64_t>(from[i], 0, size - 1);
      if (from[i] < 0 || from[i] >= size) return in.size() > 2 ? in[2]->values[0] : 0.0;
    }
    return in[0]->values[offset(in[0]->shape, from)];
  });
}

// Inputs as Slice has them since opset 10, all given.
NaiveTensor slice(const std::vector<const NaiveTensor*>& in) {
  Shape shape = in[0]->shape;
  Shape starts(shape.size(), 0), steps(shape.size(), 1);
  for (std::size_t i = 0; i < in[1]->values.size(); ++i) {
    const auto axis = static_cast<std::size_t>(in[3]->values[i]);
    starts[axis] = static_cast<std::int64_t>(in[1]->values[i]);
    steps[axis] = static_cast<std::int64_t>(in[4]->values[i]);
    const auto end = std::min<std::int64_t>(
        shape[axis], static_cast<std::int64_t>(std::min(in[2]->values[i], 1e9)));
    shape[axis] = (end - starts[axis] + steps[axis] - 1) / steps[axis];
  }
  return make(shape, [&](const Shape& at) {
    Shape from = at;
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = starts[i] + at[i] * steps[i];
    return in[0]->values[offset(in[0]->shape, from)];
  });
}

NaiveTensor channels_of(const NaiveTensor& x, std::int64_t begin, std::int64_t size) {
  Shape shape = x.shape;
  shape[1] = size;
  return make(shape, [&](const Shape& at) {
    Shape from = at;
    from[1] += begin;
    return x.values[offset(x.shape, from)];
  });
}

NaiveTensor concat(const std::vector<const NaiveTensor*>& in) {
  Shape shape = in[0]->shape;
  shape[1] = 0;
  for (const NaiveTensor* part : in) shape[1] += part->shape[1];
  return make(shape, [&](Shape at) {
    for (const NaiveTensor* part : in) {
      if (at[1] < part->shape[1]) return part->values[offset(part->shape, at)];
      at[1] -= part->shape[1];
    }
    return 0.0;
  });
}

// Over the axes behind the channels.
NaiveTensor mean_of_positions(const NaiveTensor& x, bool keep_axes) {
  Shape shape(keep_axes ? x.shape.size() : 2, 1);
  shape[0] = x.shape[0];
  shape[1] = x.shape[1];
  const std::size_t positions = x.values.size() / count({x.shape[0], x.shape[1]});
  return make(shape, [&](const Shape& at) {
    const auto first = static_cast<std::size_t>(at[0] * x.shape[1] + at[1]) * positions;
    double sum = 0;
    for (std::size_t i = 0; i < positions; ++i) sum += x.values[first + i];
    return sum / static_cast<double>(positions);
  });
}

NaiveTensor transpose(const Node& node, const NaiveTensor& x) {
  const std::vector<std::int64_t> order = graph::attribute_ints(node, "perm", {1, 0});
  Shape shape(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    shape[i] = x.shape[static_cast<std::size_t>(order[i])];
  }
  return make(shape, [&](const Shape& at) {
    Shape from(at.size());
    for (std::size_t i = 0; i < at.size(); ++i) from[static_cast<std::size_t>(order[i])] = at[i];
    return x.values[offset(x.shape, from)];
  });
}

NaiveTensor reshape(const NaiveTensor& x, const NaiveTensor& target) {
  Shape shape;
  std::int64_t rest = static_cast<std::int64_t>(x.values.size());
  for (const double size : target.values) {
    shape.push_back(size == 0 ? x.shape[shape.size()] : static_cast<std::int64_t>(size));
    if (shape.back() > 0) rest /= shape.back();
  }
  std::ranges::replace(shape, std::int64_t{-1}, rest);
  return {shape, x.values};
}

NaiveTensor softmax(const NaiveTensor& x) {
  const auto width = static_cast<std::size_t>(x.shape.back());
  NaiveTensor y = x;
  for (std::size_t row = 0; row < y.values.size(); row += width) {
    double sum = 0;
    for (std::size_t i = row; i < row + width; ++i) sum += y.values[i] = std::exp(x.values[i]);
    for (std::size_t i = row; i < row + width; ++i) y.values[i] /= sum;
  }
  return y;
}

NaiveTensor clip(const std::vector<const NaiveTensor*>& in) {
  NaiveTensor y = *in[0];
  for (double& value : y.values) {
    if (in.size() > 1 && in[1] != nullptr) value = std::max(value, in[1]->values[0]);
    if (in.size() > 2) value = std::min(value, in[2]->values[0]);
  }
  return y;
}

NaiveTensor quantize(const Node& node, const std::vector<const NaiveTensor*>& in) {
  const auto axis = static_cast<std::size_t>(graph::attribute_int(node, "axis", 1));
  const double low = in[2]->is_int8 ? -128 : 0;
  return make(in[0]->shape, [&](const Shape& at) {
    const std::size_t i = in[1]->shape.empty() ? 0 : static_cast<std::size_t>(at[axis]);
    const double value = in[0]->values[offset(in[0]->shape, at)] / in[1]->values[i];
    return std::min(std::max(std::nearbyint(value) + in[2]->values[i], low), low + 255);
  });
}

NaiveTensor dequantize(const Node& node, const std::vector<const NaiveTensor*>& in) {
  const auto axis = static_cast<std::size_t>(graph::attribute_int(node, "axis", 1));
  return make(in[0]->shape, [&](const Shape& at) {
    const std::size_t i = in[1]->shape.empty() ? 0 : static_cast<std::size_t>(at[axis]);
    return (in[0]->values[offset(in[0]->shape, at)] - in[2]->values[i]) * in[1]->values[i];
  });
}

using Unary = double (*)(double);
const std::map<std::string, Unary> kUnary = {
    {"Relu", [](double x) { return std::max(x, 0.0); }},
    {"Sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }},
    {"Tanh", [](double x) { return std::tanh(x); }},
    {"Identity", [](double x) { return x; }},
};
using Binary = double (*)(double, double);
const std::map<std::string, Binary> kBinary = {
    {"Add", [](double a, double b) { return a + b; }},
    {"Sub", [](double a, double b) { return a - b; }},
    {"Mul", [](double a, double b) { return a * b; }},
};

NaiveTensor run_node(const Node& node, const std::vector<const NaiveTensor*>& in) {
  const std::string& op = node.op_type;
  const NaiveTensor& x = *in[0];
  if (const auto unary = kUnary.find(op); unary != kUnary.end()) {
    NaiveTensor y = x;
    for (double& value : y.values) value = unary->second(value);
    return y;
  }
  if (const auto binary = kBinary.find(op); binary != kBinary.end()) {
    return elementwise(x, *in[1], binary->second);
  }
  if (op == "PRelu") {
    return elementwise(x, *in[1], [](double a, double b) { return a < 0 ? a * b : a; });
  }
  if (op == "Conv") return conv(node, x, *in[1], in.size() > 2 ? in[2] : nullptr);
  if (op == "MatMul") return matrix_product(x, *in[1], false);
  if (op == "Gemm") {
    const NaiveTensor y = matrix_product(x, *in[1], graph::attribute_int(node, "transB", 0) != 0);
    const double alpha = graph::attribute_float(node, "alpha", 1);
    const double beta = graph::attribute_float(node, "beta", 1);
    const NaiveTensor zero{{1}, {0}};
    return elementwise(y, in.size() > 2 ? *in[2] : zero,
                       [=](double a, double b) { return alpha * a + beta * b; });
  }
  if (op == "BatchNormalization") return batch_norm(node, in);
  if (op == "MaxPool" || op == "AveragePool") return pool(node, x);
  if (op == "GlobalAveragePool") return mean_of_positions(x, true);
  if (op == "ReduceMean") {
    return mean_of_positions(x, graph::attribute_int(node, "keepdims", 1) != 0);
  }
  if (op == "Reshape" && in[1]->values.size() > 2) return reshape(x, *in[1]);
  if (op == "Flatten" || op == "Reshape" || op == "Squeeze") {
    const std::int64_t rest = static_cast<std::int64_t>(x.values.size()) / x.shape[0];
    return {{x.shape[0], rest}, x.values};
  }
  if (op == "Transpose") return transpose(node, x);
  if (op == "Softmax") return softmax(x);
  if (op == "Clip") return clip(in);
  if (op == "QuantizeLinear") return quantize(node, in);
  if (op == "DequantizeLinear") return dequantize(node, in);
  if (op == "Pad") return pad(node, in);
  if (op == "Slice") return slice(in);
  if (op == "Concat") return concat(in);
  throw std::runtime_error("the naive runner does not know " + op);
}

NaiveTensor from_tensor(const Tensor& tensor) {
  NaiveTensor result{tensor.shape(), {}, tensor.dtype() == DataType::kInt8};
  if (is_floating(tensor.dtype())) {
    for (const float value : to_float32(tensor)) result.values.push_back(value);
  } else {
    for (const std::int64_t value : to_int64(tensor)) {
      result.values.push_back(static_cast<double>(value));
    }
  }
  return result;
}

}  // namespace

Values run_naively(const graph::Network& network, const Values& inputs) {
  Values values = inputs;
  for (const graph::Initializer& initializer : network.graph.initializers) {
    values[initializer.name] = from_tensor(initializer.value);
  }
  for (const Node& node : network.graph.nodes) {
    std::vector<const NaiveTensor*> in;
    for (const std::string& input : node.inputs) {
      in.push_back(input.empty() ? nullptr : &values.at(input));
    }
    if (node.op_type == "Split") {
      std::int64_t begin = 0;
      for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        const auto size = static_cast<std::int64_t>(in[1]->values[i]);
        values[node.outputs[i]] = channels_of(*in[0], begin, size);
        begin += size;
      }
      continue;
    }
    values[node.outputs[0]] = run_node(node, in);
  }
  return values;
}

}  // namespace gcompress::testing
