// Padding and what fills: Pad, ConstantOfShape, Constant, Range, EyeLike.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "gcompress/core/train/operators/operator.h"
#include "gcompress/core/train/operators/placement.h"
#include "gcompress/core/train/operators/window.h"
#include "gcompress/core/train/program.h"

namespace gcompress::train {
namespace {

// Where position `at` (from -begin on) of an axis of `size` reads.
std::int64_t source(std::int64_t at, std::int64_t size, const std::string& mode) {
  if (mode == "edge") return std::clamp<std::int64_t>(at, 0, size - 1);
  if (mode == "wrap") return ((at % size) + size) % size;
  const std::int64_t period = std::max<std::int64_t>(1, 2 * (size - 1));  // reflect
  const std::int64_t folded = ((at % period) + period) % period;
  return folded < size ? folded : period - folded;
}

torch::Tensor pad_by_index(torch::Tensor x, const std::vector<std::int64_t>& pads,
                           const std::string& mode) {
  const std::size_t rank = pads.size() / 2;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t begin = pads[axis];
    const std::int64_t end = pads[axis + rank];
    if (begin == 0 && end == 0) continue;
    const auto dimension = static_cast<std::int64_t>(axis);
    const std::int64_t size = x.size(dimension);
    std::vector<std::int64_t> from;
    for (std::int64_t at = -begin; at < size + end; ++at) from.push_back(source(at, size, mode));
    x = at::index_select(x, dimension, torch::tensor(from, torch::kLong).to(x.device()));
  }
  return x;
}

Kernel pad(const Binding& node) {
  const std::string mode = node.text("mode", "constant");
  if (mode != "constant" && mode != "edge" && mode != "reflect" && mode != "wrap") {
    throw Unsupported{"Pad with mode='" + mode + "'"};
  }
  const Ints pads = node.ints("pads", 1);
  const Ints axes = node.ints("axes", 3);
  const double attribute = node.number("value", 0);
  return one([=](const Call& call) {
    const torch::Tensor& x = call[0];
    const auto rank = static_cast<std::size_t>(x.dim());
    std::vector<std::int64_t> amounts = pads(call);
    if (axes.given()) {
      const std::vector<std::int64_t> chosen = axes(call);
      std::vector<std::int64_t> all(2 * rank, 0);
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        const auto axis = static_cast<std::size_t>(normalized_axis(chosen[i], x.dim()));
        all[axis] = amounts.at(i);
        all[axis + rank] = amounts.at(i + chosen.size());
      }
      amounts = std::move(all);
    }
    if (amounts.size() != 2 * rank) {
      throw std::invalid_argument("pads has " + std::to_string(amounts.size()) + " numbers");
    }
    if (mode != "constant") return pad_by_index(x, amounts, mode);
    const at::Scalar value = call.has(2) ? call[2].reshape({}).item() : at::Scalar(attribute);
    if (!is_wide_unsigned(x.scalar_type())) return pad_spatial(x, amounts, value);
    return pad_spatial(widened(x), amounts, value).to(x.scalar_type());
  });
}

// The forms of Constant that are not a stored tensor.
Kernel constant(const Binding& node) {
  torch::Tensor value;
  if (const graph::Attribute* whole = node.node.attribute("value")) {
    if (const auto* tensor = std::get_if<Tensor>(&whole->data)) {
      if (!scalar_type_of(tensor->dtype())) {
        throw Unsupported{"Constant of type " + name_of(tensor->dtype())};
      }
      value = to_torch(*tensor);
    }
  } else if (node.has_attribute("value_float")) {
    value = torch::tensor(static_cast<float>(node.number("value_float", 0)), torch::kFloat);
  } else if (node.has_attribute("value_floats")) {
    value = torch::tensor(graph::attribute_floats(node.node, "value_floats", {}), torch::kFloat);
  } else if (node.has_attribute("value_int")) {
    value = torch::tensor(node.integer("value_int", 0), torch::kLong);
  } else if (node.has_attribute("value_ints")) {
    value = torch::tensor(node.integers("value_ints"), torch::kLong);
  }
  if (!value.defined()) throw Unsupported{"Constant of strings or a sparse tensor"};
  value = placed(value, node.device);
  return one([=](const Call&) { return value; });
}

Kernel constant_of_shape(const Binding& node) {
  torch::Tensor value = torch::zeros({}, torch::kFloat);
  if (const graph::Attribute* attribute = node.node.attribute("value")) {
    const auto* tensor = std::get_if<Tensor>(&attribute->data);
    if (tensor == nullptr || !scalar_type_of(tensor->dtype())) {
      throw Unsupported{"ConstantOfShape of that type"};
    }
    value = to_torch(*tensor).reshape({});
  }
  const Ints shape = node.ints("shape", 0);
  value = value.to(node.device);
  return one([=](const Call& call) { return value.expand(shape(call)).contiguous(); });
}

Kernel range(const Binding&) {
  return one([](const Call& call) {
    const torch::ScalarType type = call[0].scalar_type();
    const double start = number_of(call[0]);
    const double limit = number_of(call[1]);
    const double step = number_of(call[2]);
    const auto count = static_cast<std::int64_t>(std::max(0.0, std::ceil((limit - start) / step)));
    const torch::ScalarType inner = call[0].is_floating_point() ? torch::kDouble : torch::kLong;
    const torch::Tensor steps = at::arange(count, torch::TensorOptions().dtype(inner));
    const torch::Tensor values =
        call[0].is_floating_point()
            ? steps * step + start
            : steps * static_cast<std::int64_t>(step) + static_cast<std::int64_t>(start);
    return values.to(type).to(call[0].device());
  });
}

Kernel eye_like(const Binding& node) {
  const std::int64_t diagonal = node.integer("k", 0);
  const bool typed = node.has_attribute("dtype");
  const torch::ScalarType type = scalar_type_attribute(node, "dtype", DataType::kFloat32);
  return one([=](const Call& call) {
    const torch::ScalarType wanted = typed ? type : call[0].scalar_type();
    const torch::Tensor all = at::ones(call[0].sizes(), call[0].options().dtype(torch::kInt));
    return at::triu(at::tril(all, diagonal), diagonal).to(wanted);
  });
}

constexpr Row kRows[] = {
    {"", "Constant", 1, constant}, {"", "ConstantOfShape", 9, constant_of_shape},
    {"", "EyeLike", 9, eye_like},  {"", "Pad", 2, pad},
    {"", "Range", 11, range},
};

}  // namespace

std::span<const Row> pad_rows() { return kRows; }

}  // namespace gcompress::train
