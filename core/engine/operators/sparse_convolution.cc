// Sparse convolutions; groups are shared out among the threads, or filters where there is one
// group.
#include "gcompress/core/engine/operators/sparse_convolution.h"

#include <algorithm>
#include <memory>

#include "gcompress/core/engine/convolution.h"
#include "gcompress/core/engine/threads.h"
#include "gcompress/core/kernels/cpu/compiled_rows.h"

namespace gcompress::engine {
namespace {

// Columns that fit 32 bits with room to spare; no real layer comes near.
constexpr std::int64_t kMostElements = std::int64_t{1} << 30;
// Taps beyond which the loop over them is faster than code for them, which no longer stays in the
// caches; lines of columns that compiled rows take at a time. Both by trial on Zen 5.
constexpr std::int64_t kMostCompiledTaps = 8192;
constexpr std::int64_t kLinesAtOnce = 4;
constexpr std::int64_t kRowsAtOnce = 16;  // whose results are near, before they are compacted

struct Layer {
  ConvolutionPlan plan;
  // Filters that read the same planes: of a group, or all of them where nothing is cut.
  std::vector<kernels::TapRows> parts;
  std::vector<std::unique_ptr<const kernels::CompiledRows>> compiled;  // of each part, or null
  std::int64_t part_filters = 0, part_channels = 0;
  std::vector<float> bias;  // [filters]
  std::int64_t images = 0;
  std::int64_t in_image = 0, out_image = 0;  // floats
  // How the output lies.
  std::int64_t out_row = 0, out_plane = 0, out_first = 0;
  std::optional<PlaneLayout> out_layout;
  std::vector<std::uint32_t> keep;
  Fused fused;
  int threads = 1;

  bool compacts() const { return plan.row != out_row; }
  std::int64_t columns() const { return out_layout ? out_layout->columns() : plan.columns(); }
  // Scratch: cut planes for each part at work, then rows for each thread.
  bool parts_at_once() const { return parts.size() > 1; }
  std::int64_t rows_elements() const {
    return compacts() ? (kRowsAtOnce * plan.columns() + kLine - 1) / kLine * kLine : 0;
  }
  std::int64_t cut_elements() const { return (plan.cut_elements() + kLine - 1) / kLine * kLine; }
  std::int64_t scratch() const {
    return (parts_at_once() ? threads : 1) * cut_elements() + threads * rows_elements();
  }
  float* cut_of(float* scratch, int thread) const {
    return scratch + (parts_at_once() ? thread : 0) * cut_elements();
  }
  float* rows_of(float* scratch, int thread) const {
    return scratch + (parts_at_once() ? threads : 1) * cut_elements() + thread * rows_elements();
  }
};

// A row of sums as wide as the planes, to rows of the output, finished.
void compact(const Layer& layer, const float* from, const float* add, float* to) {
  const std::int64_t width = layer.plan.out_width;
  const float low = layer.fused.low;
  const float high = layer.fused.high;
  for (std::int64_t y = 0; y < layer.plan.out_height; ++y, to += layer.out_row) {
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
    std::fill(to + width, to + layer.out_row, 0.0F);
  }
}

// Compiled rows, of which all groups and lines of columns make so many units, group by group.
std::int64_t units(const Layer& layer, const kernels::CompiledRows& code) {
  return code.groups() * (layer.columns() / kLine);
}

// Units [begin, end).
void run_units(const Layer& layer, std::int64_t part, std::int64_t begin, std::int64_t end,
               const float* x, const float* add, float* y) {
  const kernels::CompiledRows& code = *layer.compiled[static_cast<std::size_t>(part)];
  const std::int64_t lines = layer.columns() / kLine;
  const kernels::CompiledRows::Operands operands{
      .x = x,
      .y = y + layer.out_first,
      .add = add == nullptr ? nullptr : add + layer.out_first,
      .keep = layer.keep.empty() ? nullptr : layer.keep.data()};
  const std::int64_t pieces = (lines + code.lines() - 1) / code.lines();
  for (std::int64_t piece = 0; piece < pieces; ++piece) {
    for (std::int64_t block = 0; block < code.blocks(); ++block) {
      for (std::int64_t g = begin / lines; g * lines < end; ++g) {
        const std::int64_t from = std::max(lines * piece / pieces, begin - g * lines);
        const std::int64_t to = std::min(lines * (piece + 1) / pieces, end - g * lines);
        if (from < to) code.run(block, g, operands, from, to);
      }
    }
  }
}

// Filters of a part. `add` and `y` lie at the part's first plane.
void run_filters(const Layer& layer, std::int64_t part, kernels::RowRange range, const float* x,
                 const float* add, float* y, float* rows) {
  const kernels::TapRows& taps = layer.parts[static_cast<std::size_t>(part)];
  kernels::Epilogue epilogue{.bias = layer.bias.data() + part * layer.part_filters};
  const std::int64_t plane = layer.out_plane;
  const std::int64_t first = layer.out_first;
  if (!layer.compacts()) {
    epilogue.add = add == nullptr ? nullptr : add + first;
    epilogue.add_stride = plane;
    epilogue.low = layer.fused.low;
    epilogue.high = layer.fused.high;
    epilogue.keep = layer.keep.empty() ? nullptr : layer.keep.data();
    kernels::multiply_tap_rows(taps, range, x, layer.columns(), y + range.begin * plane + first,
                               plane, epilogue);
  } else {
    const std::int64_t columns = layer.plan.columns();
    for (std::int64_t begin = range.begin; begin < range.end; begin += kRowsAtOnce) {
      const std::int64_t end = std::min(range.end, begin + kRowsAtOnce);
      kernels::multiply_tap_rows(taps, {begin, end}, x, columns, rows, columns, epilogue);
      for (std::int64_t r = begin; r < end; ++r) {
        compact(layer, rows + (r - begin) * columns,
                add == nullptr ? nullptr : add + r * plane + first, y + r * plane + first);
      }
    }
  }
  if (layer.out_layout) clear_frames(*layer.out_layout, y, range.begin, range.end);
}

struct Image {
  const float* x;
  const float* add;
  float* y;
  float* scratch;
};

// A part by one thread.
void run_part(const Layer& layer, std::int64_t part, int thread, const Image& image) {
  const ConvolutionPlan& plan = layer.plan;
  const float* x = image.x + part * layer.part_channels * plan.in_plane;
  if (plan.cuts) {
    float* planes = layer.cut_of(image.scratch, thread);
    for (std::int64_t c = 0; c < layer.part_channels; ++c) {
      cut_channel(plan, x + c * plan.in_plane,
                  planes + c * plan.phases_y * plan.phases_x * plan.plane);
    }
    x = planes;
  }
  const std::int64_t out = part * layer.part_filters * layer.out_plane;
  if (const auto& code = layer.compiled[static_cast<std::size_t>(part)]) {
    run_units(layer, part, 0, units(layer, *code), x,
              image.add == nullptr ? nullptr : image.add + out, image.y + out);
    return clear_frames(*layer.out_layout, image.y + out, 0, layer.part_filters);
  }
  run_filters(layer, part, {0, layer.part_filters}, x,
              image.add == nullptr ? nullptr : image.add + out, image.y + out,
              layer.rows_of(image.scratch, thread));
}

// The only part, by all threads.
void share_part(const Layer& layer, const Image& image) {
  const ConvolutionPlan& plan = layer.plan;
  const float* x = image.x;
  if (plan.cuts) {
    float* planes = layer.cut_of(image.scratch, 0);
    parallel(layer.part_channels, layer.threads, [&](std::int64_t c, int) {
      cut_channel(plan, image.x + c * plan.in_plane,
                  planes + c * plan.phases_y * plan.phases_x * plan.plane);
    });
    x = planes;
  }
  if (const auto& code = layer.compiled[0]) {
    const std::int64_t all = units(layer, *code);
    const auto share = [&](std::int64_t of, std::int64_t piece) {
      return of * piece / layer.threads;
    };
    return parallel(layer.threads, layer.threads, [&](std::int64_t piece, int) {
      run_units(layer, 0, share(all, piece), share(all, piece + 1), x, image.add, image.y);
      clear_frames(*layer.out_layout, image.y, share(layer.part_filters, piece),
                   share(layer.part_filters, piece + 1));
    });
  }
  // A few pieces a thread, so that rows of unlike length even out.
  const std::int64_t pieces = std::min<std::int64_t>(layer.part_filters, 4 * layer.threads);
  parallel(pieces, layer.threads, [&](std::int64_t piece, int thread) {
    const kernels::RowRange range{.begin = layer.part_filters * piece / pieces,
                                  .end = layer.part_filters * (piece + 1) / pieces};
    run_filters(layer, 0, range, x, image.add, image.y, layer.rows_of(image.scratch, thread));
  });
}

void run(const Layer& layer, const Call& call) {
  const auto parts = static_cast<std::int64_t>(layer.parts.size());
  for (std::int64_t i = 0; i < layer.images; ++i) {
    const Image image{.x = call.inputs[0] + i * layer.in_image,
                      .add = layer.fused.add ? call.inputs.back() + i * layer.out_image : nullptr,
                      .y = call.outputs[0] + i * layer.out_image,
                      .scratch = call.scratch};
    if (parts == 1 && layer.threads > 1) {
      share_part(layer, image);
    } else {
      parallel(parts, layer.threads,
               [&](std::int64_t part, int thread) { run_part(layer, part, thread, image); });
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
    layer.keep = element_mask(*binding.output_layout);
  }
  layer.out_image = out[1] * layer.out_plane;
}

void lay_taps_out(Layer& layer, const Binding& binding, const graph::ConvAttributes& attributes) {
  const Shape& kernel = binding.constants[1].shape();
  const std::int64_t groups = layer.plan.cuts ? attributes.group : 1;
  layer.part_filters = kernel[0] / groups;
  layer.part_channels = binding.inputs[0][1] / groups;
  const std::vector<float> weight = binding.floats(1);
  for (std::int64_t g = 0; g < groups; ++g) {
    layer.parts.push_back(taps_of(layer.plan, attributes, kernel, weight.data(),
                                  {.begin = g * layer.part_filters,
                                   .end = (g + 1) * layer.part_filters,
                                   .group_filters = kernel[0] / attributes.group}));
  }
}

void compile(Layer& layer) {
  if (layer.compacts() || !layer.out_layout) {
    layer.compiled.resize(layer.parts.size());
    return;
  }
  const auto filters = static_cast<std::size_t>(layer.part_filters);
  for (std::size_t part = 0; part < layer.parts.size(); ++part) {
    layer.compiled.push_back(kernels::CompiledRows::compile(
        layer.parts[part], std::span(layer.bias).subspan(part * filters, filters),
        {.y_stride = layer.out_plane,
         .add = layer.fused.add,
         .keep = true,
         .lines = kLinesAtOnce,
         .low = layer.fused.low,
         .high = layer.fused.high},
        kMostCompiledTaps));
  }
}

}  // namespace

Kernel sparse_conv(const Binding& binding, const graph::ConvAttributes& attributes) {
  const Shape& kernel = binding.constants[1].shape();
  auto layer = std::make_shared<Layer>();
  layer->plan = plan_convolution(attributes, binding.inputs[0], binding.layouts[0],
                                 binding.outputs[0], binding.output_layout);
  layer->images = binding.inputs[0][0];
  layer->in_image = binding.inputs[0][1] * layer->plan.in_plane;
  if (std::max(layer->in_image, layer->plan.cut_elements()) > kMostElements) {
    binding.unsupported("planes beyond 4 GiB");
  }
  layer->fused = binding.fused;
  place_output(*layer, binding);
  lay_taps_out(*layer, binding, attributes);
  layer->bias = binding.is_constant(2) ? binding.floats(2)
                                       : std::vector<float>(static_cast<std::size_t>(kernel[0]));
  compile(*layer);
  std::int64_t taps = 0;
  for (const kernels::TapRows& part : layer->parts) taps += part.taps();
  layer->threads = taps * layer->columns() * layer->images < kWorthSharing ? 1 : binding.threads;
  const bool compiled = layer->compiled.front() != nullptr;
  KernelFacts facts{.name = std::string(compiled ? "compiled rows" : "sparse rows") +
                            (layer->plan.cuts ? ", cut input" : ""),
                    .multiplications = element_count(kernel) * layer->plan.out_height *
                                       layer->plan.out_width * layer->images,
                    .taps = taps};
  const std::int64_t scratch = layer->scratch();
  return {[layer](const Call& call) { run(*layer, call); }, scratch, facts};
}

}  // namespace gcompress::engine
