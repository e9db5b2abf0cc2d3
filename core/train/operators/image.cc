// Images: sampling at places, regions, patches, boxes.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "gcompress/core/train/operators/operator.h"
#include "gcompress/core/train/operators/window.h"

namespace gcompress::train {
namespace {

Kernel grid_sample(const Binding& node) {
  const std::string mode = node.text("mode", "linear");
  const std::string padding = node.text("padding_mode", "zeros");
  const bool align = node.integer("align_corners", 0) != 0;
  const std::int64_t mode_number = mode == "nearest"                      ? 1
                                   : mode == "cubic" || mode == "bicubic" ? 2
                                                                          : 0;
  const std::int64_t padding_number = padding == "border" ? 1 : padding == "reflection" ? 2 : 0;
  return one([=](const Call& call) {
    return at::grid_sampler(call[0], call[1], mode_number, padding_number, align);
  });
}

Kernel affine_grid(const Binding& node) {
  const bool align = node.integer("align_corners", 0) != 0;
  const Ints size = node.ints("size", 1);
  return one(
      [=](const Call& call) { return at::affine_grid_generator(call[0], size(call), align); });
}

// Crops or pads, as evenly as it can, to the shape.
Kernel center_crop_pad(const Binding& node) {
  const Ints shape = node.ints("shape", 1);
  const std::vector<std::int64_t> axes = node.integers("axes");
  return one([=](const Call& call) {
    torch::Tensor x = call[0];
    const std::vector<std::int64_t> wanted = shape(call);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const std::int64_t axis =
          normalized_axis(axes.empty() ? static_cast<std::int64_t>(i) : axes.at(i), x.dim());
      const std::int64_t size = x.size(axis);
      if (wanted[i] < size) {
        x = x.slice(axis, (size - wanted[i]) / 2, (size - wanted[i]) / 2 + wanted[i]);
      } else if (wanted[i] > size) {
        std::vector<std::int64_t> pads(static_cast<std::size_t>(2 * x.dim()), 0);
        const std::int64_t begin = (wanted[i] - size) / 2;
        pads[static_cast<std::size_t>(axis)] = begin;
        pads[static_cast<std::size_t>(axis + x.dim())] = wanted[i] - size - begin;
        x = pad_spatial(x, pads, 0);
      }
    }
    return x;
  });
}

// Columns [batch, channels block, positions] added up to an image, for any number of axes.
Kernel columns_to_image(const Binding& node) {
  const Ints image = node.ints("image_shape", 1);
  const Ints blocks = node.ints("block_shape", 2);
  const std::vector<std::int64_t> dilations = node.integers("dilations");
  const std::vector<std::int64_t> pads = node.integers("pads");
  const std::vector<std::int64_t> strides = node.integers("strides");
  return one([=](const Call& call) {
    const std::vector<std::int64_t> size = image(call);
    const std::vector<std::int64_t> block = blocks(call);
    const std::size_t rank = size.size();
    const auto get = [](const std::vector<std::int64_t>& values, std::size_t i,
                        std::int64_t other) { return values.empty() ? other : values.at(i); };
    const std::int64_t block_size =
        std::accumulate(block.begin(), block.end(), std::int64_t{1}, std::multiplies<>());
    const std::int64_t channels = call[0].size(1) / block_size;
    // The place in the padded image of every (block element, position).
    torch::Tensor place = at::zeros({1, 1}, torch::kLong);
    std::vector<std::int64_t> padded{call[0].size(0), channels};
    for (std::size_t axis = 0; axis < rank; ++axis) {
      const std::int64_t whole = size[axis] + get(pads, axis, 0) + get(pads, axis + rank, 0);
      const std::int64_t stride = get(strides, axis, 1);
      const std::int64_t dilation = get(dilations, axis, 1);
      const std::int64_t windows = (whole - dilation * (block[axis] - 1) - 1) / stride + 1;
      const torch::Tensor elements =
          (at::arange(block[axis], torch::kLong) * dilation).reshape({1, -1, 1, 1});
      const torch::Tensor starts =
          (at::arange(windows, torch::kLong) * stride).reshape({1, 1, 1, -1});
      place = (place.reshape({place.size(0), 1, place.size(1), 1}) * whole + elements + starts)
                  .reshape({place.size(0) * block[axis], place.size(1) * windows});
      padded.push_back(whole);
    }
    const torch::Tensor values = call[0].reshape({call[0].size(0), channels, -1});
    torch::Tensor y = at::zeros(
        {padded[0], channels,
         std::accumulate(padded.begin() + 2, padded.end(), std::int64_t{1}, std::multiplies<>())},
        call[0].options());
    y = y.index_add(2, place.reshape({-1}).to(y.device()), values).reshape(padded);
    for (std::size_t axis = 0; axis < rank; ++axis) {
      const auto at = static_cast<std::int64_t>(axis) + 2;
      y = y.slice(at, get(pads, axis, 0), get(pads, axis, 0) + size[axis]);
    }
    return y;
  });
}

// Reads x [channels, height, width] at places [n] with linear weights. Beyond one pixel outside
// (RoiAlign's rule) it reads 0; closer, the edge.
torch::Tensor read_at(const torch::Tensor& x, torch::Tensor rows, torch::Tensor columns) {
  const std::int64_t height = x.size(1);
  const std::int64_t width = x.size(2);
  const torch::Tensor inside = (rows >= -1)
                                   .logical_and(rows <= height)
                                   .logical_and(columns >= -1)
                                   .logical_and(columns <= width);
  rows = at::clamp(rows, 0, height - 1);
  columns = at::clamp(columns, 0, width - 1);
  const torch::Tensor top = at::floor(rows).to(torch::kLong);
  const torch::Tensor left = at::floor(columns).to(torch::kLong);
  const torch::Tensor bottom = at::clamp_max(top + 1, height - 1);
  const torch::Tensor right = at::clamp_max(left + 1, width - 1);
  const torch::Tensor down = rows - top;
  const torch::Tensor across = columns - left;
  const torch::Tensor flat = x.reshape({x.size(0), -1});
  const auto at_corner = [&](const torch::Tensor& row, const torch::Tensor& column,
                             const torch::Tensor& weight) {
    return flat.index_select(1, row * width + column) * (weight * inside.to(weight.scalar_type()));
  };
  return at::stack({at_corner(top, left, (1 - down) * (1 - across)),
                    at_corner(top, right, (1 - down) * across),
                    at_corner(bottom, left, down * (1 - across)),
                    at_corner(bottom, right, down * across)});  // [4, channels, n]
}

Kernel roi_align(const Binding& node) {
  const bool maximum = node.text("mode", "avg") == "max";
  const std::int64_t height = node.integer("output_height", 1);
  const std::int64_t width = node.integer("output_width", 1);
  const std::int64_t ratio = node.integer("sampling_ratio", 0);
  const double scale = node.number("spatial_scale", 1);
  const std::string rule = node.text("coordinate_transformation_mode",
                                     node.opset >= 16 ? "half_pixel" : "output_half_pixel");
  return one([=](const Call& call) {
    const bool half_pixel = rule == "half_pixel";
    const std::vector<std::int64_t> batches = integers_of(call[2]);
    const torch::Tensor rois = call[1].to(torch::kCPU, torch::kDouble).contiguous();
    std::vector<torch::Tensor> results;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      const double* roi = rois.const_data_ptr<double>() + 4 * i;
      const double offset = half_pixel ? 0.5 : 0;
      const double x = roi[0] * scale - offset;
      const double y = roi[1] * scale - offset;
      double roi_width = roi[2] * scale - offset - x;
      double roi_height = roi[3] * scale - offset - y;
      if (!half_pixel) {
        roi_width = std::max(roi_width, 1.0);
        roi_height = std::max(roi_height, 1.0);
      }
      const double bin_height = roi_height / static_cast<double>(height);
      const double bin_width = roi_width / static_cast<double>(width);
      const auto samples = [&](double bin) {
        return ratio > 0 ? ratio
                         : std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(bin)));
      };
      const std::int64_t down = samples(bin_height);
      const std::int64_t across = samples(bin_width);
      const auto places = [&](double start, double bin, std::int64_t bins, std::int64_t each) {
        return (at::arange(bins * each, call[0].options()) + 0.5) *
                   (bin / static_cast<double>(each)) +
               start;
      };
      const torch::Tensor rows = places(y, bin_height, height, down);
      const torch::Tensor columns = places(x, bin_width, width, across);
      const auto grid = at::meshgrid({rows, columns}, "ij");
      const torch::Tensor corners =
          read_at(call[0][batches[i]], grid[0].reshape({-1}), grid[1].reshape({-1}));
      // The maximum is over the weighted corners, as the operator's definition has it.
      const torch::Tensor values = maximum ? at::amax(corners, {0}) : corners.sum(0);
      const torch::Tensor cells = values.reshape({call[0].size(1), height, down, width, across});
      results.push_back(maximum ? at::amax(cells, {2, 4}) : cells.mean({2, 4}));
    }
    if (results.empty()) return at::zeros({0, call[0].size(1), height, width}, call[0].options());
    return at::stack(results);
  });
}

struct Box {
  float low_y, low_x, high_y, high_x;
  float area() const { return (high_y - low_y) * (high_x - low_x); }
};

float overlap(const Box& a, const Box& b) {
  const float height = std::min(a.high_y, b.high_y) - std::max(a.low_y, b.low_y);
  const float width = std::min(a.high_x, b.high_x) - std::max(a.low_x, b.low_x);
  if (height <= 0 || width <= 0) return 0;
  const float common = height * width;
  return common / (a.area() + b.area() - common);
}

// boxes [batch, n, 4], scores [batch, classes, n] -> rows (batch, class, box) in falling score
Kernel non_max_suppression(const Binding& node) {
  const bool centers = node.integer("center_point_box", 0) != 0;
  return one([=](const Call& call) {
    const torch::Tensor boxes = call[0].to(torch::kCPU, torch::kFloat).contiguous();
    const torch::Tensor scores = call[1].to(torch::kCPU, torch::kFloat).contiguous();
    const std::int64_t most = call.has(2) ? integers_of(call[2]).at(0) : 0;
    const double overlap_limit = call.has(3) ? number_of(call[3]) : 0;
    const double least =
        call.has(4) ? number_of(call[4]) : -std::numeric_limits<double>::infinity();
    const auto corner = boxes.accessor<float, 3>();
    const auto score = scores.accessor<float, 3>();
    std::vector<std::int64_t> chosen;
    for (std::int64_t batch = 0; batch < scores.size(0); ++batch) {
      std::vector<Box> all;
      for (std::int64_t i = 0; i < boxes.size(1); ++i) {
        const auto c = corner[batch][i];
        if (centers) {
          all.push_back({c[1] - c[3] / 2, c[0] - c[2] / 2, c[1] + c[3] / 2, c[0] + c[2] / 2});
        } else {
          all.push_back({std::min(c[0], c[2]), std::min(c[1], c[3]), std::max(c[0], c[2]),
                         std::max(c[1], c[3])});
        }
      }
      for (std::int64_t label = 0; label < scores.size(1); ++label) {
        std::vector<std::int64_t> order;
        for (std::int64_t i = 0; i < scores.size(2); ++i) {
          if (score[batch][label][i] > least) order.push_back(i);
        }
        std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
          return score[batch][label][a] > score[batch][label][b];
        });
        std::vector<std::int64_t> kept;
        for (const std::int64_t candidate : order) {
          if (static_cast<std::int64_t>(kept.size()) >= most) break;
          const bool covered = std::any_of(kept.begin(), kept.end(), [&](std::int64_t other) {
            return overlap(all[static_cast<std::size_t>(candidate)],
                           all[static_cast<std::size_t>(other)]) > overlap_limit;
          });
          if (covered) continue;
          kept.push_back(candidate);
          chosen.insert(chosen.end(), {batch, label, candidate});
        }
      }
    }
    return torch::tensor(chosen, torch::kLong).reshape({-1, 3});
  });
}

constexpr Row kRows[] = {
    {"", "AffineGrid", 20, affine_grid},
    {"", "CenterCropPad", 18, center_crop_pad},
    {"", "Col2Im", 18, columns_to_image},
    {"", "GridSample", 16, grid_sample},
    {"", "NonMaxSuppression", 10, non_max_suppression},
    {"", "RoiAlign", 10, roi_align},
};

}  // namespace

std::span<const Row> image_rows() { return kRows; }

}  // namespace gcompress::train
