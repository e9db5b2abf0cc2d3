// Resize and Upsample: one axis after another, each a selection or a product with a matrix of
// interpolation weights, which is kept for the next call of the same size.
#include "gcompress/core/graph/operators/resize.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "gcompress/core/train/operators/operator.h"
#include "gcompress/core/train/program.h"

namespace gcompress::train {
namespace {

using graph::ResizeAxis;

double linear_weight(double distance) { return std::max(0.0, 1 - std::abs(distance)); }

double cubic_weight(double distance, double a) {
  const double d = std::abs(distance);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}

// [output, input]: row r holds the weights of output r. Taps beyond the edge count for the edge, or
// are left out and the rest scaled to a sum of 1 (exclude_outside). Antialiasing widens the kernel
// when sizes shrink.
torch::Tensor weights_of(const graph::ResizeParameters& parameters, const ResizeAxis& axis) {
  const bool cubic = parameters.mode == graph::ResizeMode::kCubic;
  const double stretch = parameters.antialias && axis.scale < 1 ? axis.scale : 1;
  const double reach = (cubic ? 2 : 1) / stretch;
  torch::Tensor weights = torch::zeros({axis.output, axis.input}, torch::kDouble);
  auto rows = weights.accessor<double, 2>();
  for (std::int64_t at = 0; at < axis.output; ++at) {
    const double center = graph::resize_coordinate(parameters.coordinates, axis, at);
    double sum = 0;
    const auto from = static_cast<std::int64_t>(std::floor(center - reach));
    const auto to = static_cast<std::int64_t>(std::ceil(center + reach));
    for (std::int64_t tap = from; tap <= to; ++tap) {
      const double distance = (static_cast<double>(tap) - center) * stretch;
      const double weight =
          cubic ? cubic_weight(distance, parameters.cubic_coefficient) : linear_weight(distance);
      const bool outside = tap < 0 || tap >= axis.input;
      if (weight == 0 || (outside && parameters.exclude_outside)) continue;
      rows[at][std::clamp<std::int64_t>(tap, 0, axis.input - 1)] += weight;
      sum += weight;
    }
    if (sum != 0) {
      for (std::int64_t tap = 0; tap < axis.input; ++tap) rows[at][tap] /= sum;
    }
  }
  return weights;
}

torch::Tensor nearest_indices(const graph::ResizeParameters& parameters, const ResizeAxis& axis) {
  std::vector<std::int64_t> from;
  for (std::int64_t at = 0; at < axis.output; ++at) {
    from.push_back(graph::nearest_source(parameters, axis, at));
  }
  return torch::tensor(from, torch::kLong);
}

// Outputs whose place lies outside the input, for tf_crop_and_resize.
torch::Tensor outside_of(const graph::ResizeParameters& parameters, const ResizeAxis& axis) {
  torch::Tensor outside = torch::zeros({axis.output}, torch::kBool);
  for (std::int64_t at = 0; at < axis.output; ++at) {
    const double x = graph::resize_coordinate(parameters.coordinates, axis, at);
    if (x < 0 || x > static_cast<double>(axis.input - 1)) outside[at] = true;
  }
  return outside;
}

// The tables of the axes at their last sizes.
struct Memory {
  std::vector<ResizeAxis> axes;
  std::vector<torch::Tensor> tables;
};

// The node with its parameters as constants, for inputs that the network computes.
graph::ResizeParameters parameters_at(const graph::Node& node, std::int64_t opset,
                                      const Call& call) {
  std::vector<Tensor> kept(node.inputs.size());
  const graph::ConstantLookup lookup = [&](const std::string& name) -> const Tensor* {
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != name || !call.has(i)) continue;
      kept[i] = from_torch(call[i]);
      return &kept[i];
    }
    return nullptr;
  };
  return graph::resize_parameters(node, opset, lookup);
}

Kernel resize(const Binding& binding) {
  const auto memory = std::make_shared<Memory>();
  const graph::Node node = binding.node;
  const std::int64_t opset = binding.opset;
  std::map<std::string, Tensor> constants;
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    const torch::Tensor value = binding.constant(i);
    if (value.defined()) constants[node.inputs[i]] = from_torch(value);
  }
  const graph::ResizeParameters known =
      graph::resize_parameters(node, opset, [&](const std::string& name) -> const Tensor* {
        const auto found = constants.find(name);
        return found == constants.end() ? nullptr : &found->second;
      });
  return one([=](const Call& call) {
    const torch::Tensor& x = call[0];
    const graph::ResizeParameters parameters =
        known.known() ? known : parameters_at(node, opset, call);
    const graph::ResizeGeometry geometry =
        graph::resize_geometry(node, parameters, x.sizes().vec());
    const auto rank = static_cast<std::size_t>(x.dim());
    std::vector<ResizeAxis> axes(rank);
    const bool crops = parameters.coordinates == "tf_crop_and_resize";
    std::vector<double> region;
    if (crops) {
      const torch::Tensor values = call[1].to(torch::kCPU, torch::kDouble).contiguous();
      region.assign(values.const_data_ptr<double>(),
                    values.const_data_ptr<double>() + values.numel());
    }
    for (std::size_t i = 0; i < rank; ++i) {
      axes[i] = {.input = x.size(static_cast<std::int64_t>(i)),
                 .output = geometry.output[i],
                 .scale = geometry.scales[i]};
    }
    if (crops) {
      for (std::size_t i = 0; i < region.size() / 2; ++i) {
        const auto axis =
            parameters.axes.empty()
                ? i
                : static_cast<std::size_t>(normalized_axis(parameters.axes[i], x.dim()));
        axes[axis].crop_begin = region[i];
        axes[axis].crop_end = region[i + region.size() / 2];
      }
    }
    const bool picks = parameters.mode == graph::ResizeMode::kNearest;
    if (memory->axes != axes) {
      memory->axes = axes;
      memory->tables.assign(rank, {});
      for (std::size_t i = 0; i < rank; ++i) {
        if (axes[i].input == axes[i].output && axes[i].scale == 1 && !crops) continue;
        memory->tables[i] =
            (picks ? nearest_indices(parameters, axes[i]) : weights_of(parameters, axes[i]))
                .to(x.device());
      }
    }
    const bool computes = picks || x.is_floating_point();
    torch::Tensor y = computes ? x : x.to(torch::kFloat);
    for (std::size_t i = 0; i < rank; ++i) {
      const torch::Tensor& table = memory->tables[i];
      if (!table.defined()) continue;
      const auto axis = static_cast<std::int64_t>(i);
      if (picks) {
        y = at::index_select(y, axis, table);
      } else {
        y = at::linear(y.movedim(axis, -1), table.to(y.scalar_type())).movedim(-1, axis);
      }
    }
    if (crops) {
      for (std::size_t i = 0; i < rank; ++i) {
        std::vector<std::int64_t> shape(rank, 1);
        shape[i] = -1;
        const torch::Tensor outside = outside_of(parameters, axes[i]).to(x.device()).reshape(shape);
        y = at::where(outside, at::full({}, parameters.extrapolation_value, y.options()), y);
      }
    }
    return computes ? y : at::round(y).to(x.scalar_type());
  });
}

constexpr Row kRows[] = {
    {"", "Resize", 10, resize},
    {"", "Upsample", 7, resize},
};

}  // namespace

std::span<const Row> resize_rows() { return kRows; }

}  // namespace gcompress::train
