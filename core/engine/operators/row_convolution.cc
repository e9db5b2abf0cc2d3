// Convolutions by rows; groups are shared out among the threads, or their work where there is one
// group.
#include "gcompress/core/engine/operators/row_convolution.h"

#include <algorithm>
#include <memory>

#include "gcompress/core/engine/convolution.h"
#include "gcompress/core/engine/linear_rates.h"
#include "gcompress/core/engine/threads.h"
#include "gcompress/core/engine/weight_rows.h"

namespace gcompress::engine {
namespace {

// Columns that fit 32 bits with room to spare; no real layer comes near.
constexpr std::int64_t kMostElements = std::int64_t{1} << 28;

// Code for so many taps costs less to bring in for every thread than what threads would exchange.
constexpr std::int64_t kFewTaps = 8'192;

std::int64_t whole_lines(std::int64_t floats) { return (floats + kLine - 1) / kLine * kLine; }

struct Layer {
  ConvolutionPlan plan;
  // Filters that read the same planes: of a group, or all of them where nothing is cut.
  std::vector<WeightRows> parts;
  std::int64_t part_filters = 0, part_channels = 0;
  std::int64_t images = 0;
  std::int64_t in_image = 0, out_image = 0;  // floats
  // How the output lies.
  std::int64_t out_row = 0, out_plane = 0, out_first = 0;
  std::optional<PlaneLayout> out_layout;
  std::vector<std::uint32_t> keep;
  // Of a band: the map's rows; none where a call computes all of them.
  std::int64_t band_rows = 0, map_height = 0;
  Fused fused;
  int threads = 1;

  // Rows of the planes are wider than those of the output, or end within a line: what is computed
  // goes to scratch and from there to the output.
  bool compacts() const { return !out_layout || plan.row != out_row; }
  std::int64_t columns() const {
    if (compacts()) return whole_lines(plan.columns());
    return band_rows > 0 ? whole_lines(band_rows * out_row) : out_layout->columns();
  }
  // Scratch: cut planes and sums of each part at work.
  std::int64_t cut_elements() const { return whole_lines(plan.cut_elements()); }
  std::int64_t sum_elements() const { return compacts() ? part_filters * columns() : 0; }
  std::int64_t parts_at_work() const { return parts.size() > 1 ? threads : 1; }
  std::int64_t scratch() const { return parts_at_work() * (cut_elements() + sum_elements()); }
};

// Rows of those that a call computes that the map has.
kernels::RowRange rows_inside(const Layer& layer, std::int64_t first_row) {
  if (layer.band_rows == 0) return {.begin = 0, .end = layer.plan.out_height};
  const std::int64_t begin = std::clamp<std::int64_t>(-first_row, 0, layer.band_rows);
  return {.begin = begin,
          .end = std::clamp<std::int64_t>(layer.map_height - first_row, begin, layer.band_rows)};
}

// A row of sums as wide as the planes, to rows of the output, finished; zeros outside the map.
void compact(const Layer& layer, kernels::RowRange inside, const float* from, const float* add,
             float* to) {
  const std::int64_t width = layer.plan.out_width;
  const float low = layer.fused.low;
  const float high = layer.fused.high;
  for (std::int64_t y = 0; y < layer.plan.out_height; ++y, to += layer.out_row) {
    if (y < inside.begin || y >= inside.end) {
      std::fill_n(to, layer.out_row, 0.0F);
      if (add != nullptr) add += layer.out_row;
      continue;
    }
    const float* row = from + y * layer.plan.row;
    // Two loops without a condition inside, so that the compiler makes vectors of them.
    if (add == nullptr) {
      for (std::int64_t x = 0; x < width; ++x) to[x] = std::min(std::max(row[x], low), high);
    } else {
      for (std::int64_t x = 0; x < width; ++x) {
        to[x] = std::min(std::max(row[x] + add[x], low), high);
      }
      add += layer.out_row;
    }
    for (std::int64_t x = width; x < layer.out_row; ++x) to[x] = 0;
  }
}

// A part of an image and where it goes: at the part's first plane.
struct Job {
  std::int64_t part = 0;
  const float* x = nullptr;
  const float* add = nullptr;
  float* y = nullptr;
  float* cut = nullptr;
  float* sums = nullptr;
  std::int64_t row = 0;  // of the output, the first
};

void cut(const Layer& layer, const Job& job, std::int64_t channel) {
  const ConvolutionPlan& plan = layer.plan;
  cut_channel(plan, job.x + channel * plan.in_plane,
              job.cut + channel * plan.phases_y * plan.phases_x * plan.plane, job.row);
}

// Units [begin, end) of the part's weight.
void multiply(const Layer& layer, const Job& job, std::int64_t begin, std::int64_t end) {
  const float* x = layer.plan.cuts ? job.cut : job.x + job.row * layer.plan.row;
  const WeightRows& weight = layer.parts[static_cast<std::size_t>(job.part)];
  if (layer.compacts()) return weight.run(begin, end, {.x = x, .y = job.sums});
  const std::int64_t at = layer.out_first + job.row * layer.out_row;
  weight.run(begin, end,
             {.x = x,
              .y = job.y + at,
              .add = job.add == nullptr ? nullptr : job.add + at,
              .keep = layer.keep.data() + (job.row + layer.band_rows) * layer.out_row});
}

// What is left to do for filters [begin, end) when their sums are there.
void finish(const Layer& layer, const Job& job, std::int64_t begin, std::int64_t end) {
  for (std::int64_t r = begin; layer.compacts() && r < end; ++r) {
    const std::int64_t at = r * layer.out_plane + layer.out_first + job.row * layer.out_row;
    compact(layer, rows_inside(layer, job.row), job.sums + r * layer.columns(),
            job.add == nullptr ? nullptr : job.add + at, job.y + at);
  }
  if (layer.out_layout && layer.band_rows == 0) clear_frames(*layer.out_layout, job.y, begin, end);
}

// By one thread.
void run_alone(const Layer& layer, const Job& job) {
  for (std::int64_t c = 0; layer.plan.cuts && c < layer.part_channels; ++c) cut(layer, job, c);
  multiply(layer, job, 0, layer.parts[static_cast<std::size_t>(job.part)].units());
  finish(layer, job, 0, layer.part_filters);
}

// A thread's share of lines of all filters, so that it reads in the next layer what it wrote in
// this one, but for the borders.
void share_lines(const Layer& layer, const Job& job, std::int64_t piece, std::int64_t pieces) {
  constexpr std::int64_t kLinesAtOnce = 8;  // their inputs stay near while all filters pass
  const std::int64_t lines = layer.columns() / kLine;
  const std::int64_t units = layer.parts.front().units();
  const std::int64_t end = lines * (piece + 1) / pieces;
  for (std::int64_t at = lines * piece / pieces; at < end; at += kLinesAtOnce) {
    const std::int64_t to = std::min(end, at + kLinesAtOnce);
    for (std::int64_t group = 0; group < units; group += lines) {
      multiply(layer, job, group + at, group + to);
    }
  }
  if (layer.compacts() || !layer.out_layout) return;
  clear_frames(*layer.out_layout, job.y, 0, layer.part_filters,
               {.before = piece == 0, .behind = piece + 1 == pieces});
}

// By all threads.
void run_shared(const Layer& layer, const Job& job) {
  if (layer.plan.cuts) {
    parallel(layer.part_channels, layer.threads, [&](std::int64_t c, int) { cut(layer, job, c); });
  }
  const std::int64_t units = layer.parts.front().units();
  // Rows of a loop are of unlike length: a few pieces a thread even out.
  const bool loop = layer.parts.front().kind() == WeightRows::Kind::kLoop;
  const std::int64_t pieces = std::min<std::int64_t>(units, (loop ? 4 : 1) * layer.threads);
  const auto share = [pieces](std::int64_t of, std::int64_t piece) { return of * piece / pieces; };
  const bool by_lines = layer.parts.front().kind() == WeightRows::Kind::kCode &&
                        layer.parts.front().taps() <= kFewTaps && layer.columns() / kLine >= pieces;
  parallel(pieces, layer.threads, [&](std::int64_t piece, int) {
    if (by_lines) return share_lines(layer, job, piece, pieces);
    multiply(layer, job, share(units, piece), share(units, piece + 1));
    if (!layer.compacts()) {
      finish(layer, job, share(layer.part_filters, piece), share(layer.part_filters, piece + 1));
    }
  });
  if (layer.compacts()) {
    parallel(layer.part_filters, layer.threads,
             [&](std::int64_t r, int) { finish(layer, job, r, r + 1); });
  }
}

void run(const Layer& layer, const Call& call) {
  const auto parts = static_cast<std::int64_t>(layer.parts.size());
  const std::int64_t scratch = layer.cut_elements() + layer.sum_elements();
  for (std::int64_t i = 0; i < layer.images; ++i) {
    const auto job = [&](std::int64_t part, int thread) {
      const std::int64_t out = i * layer.out_image + part * layer.part_filters * layer.out_plane;
      float* own = call.scratch + thread * scratch;
      return Job{.part = part,
                 .x = call.inputs[0] + i * layer.in_image +
                      part * layer.part_channels * layer.plan.in_plane,
                 .add = layer.fused.add ? call.inputs.back() + out : nullptr,
                 .y = call.outputs[0] + out,
                 .cut = own,
                 .sums = own + layer.cut_elements(),
                 .row = call.row};
    };
    if (parts == 1 && layer.threads > 1) {
      run_shared(layer, job(0, 0));
    } else {
      parallel(parts, layer.threads,
               [&](std::int64_t part, int thread) { run_alone(layer, job(part, thread)); });
    }
  }
}

void place_output(Layer& layer, const Binding& binding) {
  const Shape& out = binding.outputs[0];
  layer.out_layout = binding.output_layout;
  layer.out_row = out[3];
  layer.out_plane = out[2] * out[3];
  if (binding.output_layout) {
    layer.out_row = binding.output_layout->row;
    layer.out_plane = binding.output_layout->plane;
    layer.out_first = binding.output_layout->first;
    layer.keep = element_mask(*binding.output_layout, binding.band_rows);
  }
  layer.out_image = out[1] * layer.out_plane;
}

void lay_weight_out(Layer& layer, const Binding& binding, const graph::ConvAttributes& attributes) {
  const Shape& kernel = binding.constants[1].shape();
  const std::int64_t groups = layer.plan.cuts ? attributes.group : 1;
  layer.part_filters = kernel[0] / groups;
  layer.part_channels = binding.inputs[0][1] / groups;
  const std::vector<float> weight = binding.floats(1);
  const std::vector<float> bias = binding.is_constant(2)
                                      ? binding.floats(2)
                                      : std::vector<float>(static_cast<std::size_t>(kernel[0]));
  WeightRows::Setting setting{.lines = layer.columns() / kLine,
                              .y_stride = layer.compacts() ? layer.columns() : layer.out_plane,
                              .network_taps = binding.network_taps};
  if (!layer.compacts()) {
    setting.add = layer.fused.add;
    setting.keep = true;
    setting.low = layer.fused.low;
    setting.high = layer.fused.high;
  }
  const auto filters = static_cast<std::size_t>(layer.part_filters);
  for (std::int64_t g = 0; g < groups; ++g) {
    layer.parts.emplace_back(
        taps_of(layer.plan, attributes, kernel, weight.data(),
                {.begin = g * layer.part_filters,
                 .end = (g + 1) * layer.part_filters,
                 .group_filters = kernel[0] / attributes.group}),
        std::span(bias).subspan(static_cast<std::size_t>(g) * filters, filters), setting);
  }
}

}  // namespace

Kernel row_conv(const Binding& binding, const graph::ConvAttributes& attributes) {
  auto layer = std::make_shared<Layer>();
  layer->plan = plan_convolution(attributes, binding.inputs[0], binding.layouts[0],
                                 binding.outputs[0], binding.output_layout, binding.band_rows);
  layer->band_rows = binding.band_rows;
  layer->map_height = binding.outputs[0][2];
  layer->images = binding.inputs[0][0];
  layer->in_image = binding.inputs[0][1] * layer->plan.in_plane;
  if (std::max(layer->in_image, layer->plan.cut_elements()) > kMostElements) {
    binding.unsupported("planes beyond 1 GiB");
  }
  layer->fused = binding.fused;
  place_output(*layer, binding);
  lay_weight_out(*layer, binding, attributes);
  std::int64_t taps = 0;
  for (const WeightRows& part : layer->parts) taps += part.taps();
  const std::int64_t work = taps * layer->columns() * layer->images;
  layer->threads = work < linear_rates().worth_sharing ? 1 : binding.threads;
  const std::int64_t out_height = binding.outputs[0][2];
  KernelFacts facts{.name = layer->parts.front().name() + (layer->plan.cuts ? ", cut input" : ""),
                    .multiplications = element_count(binding.constants[1].shape()) * out_height *
                                       layer->plan.out_width * layer->images,
                    .taps = taps};
  const std::int64_t scratch = layer->scratch();
  return {[layer](const Call& call) { run(*layer, call); }, scratch, facts};
}

}  // namespace gcompress::engine
