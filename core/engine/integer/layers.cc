// Conv, Gemm and MatMul on codes, by sparse rows of quads.
#include <algorithm>
#include <memory>

#include "gcompress/core/engine/integer/cut_planes.h"
#include "gcompress/core/engine/integer/filters.h"
#include "gcompress/core/engine/integer/step.h"
#include "gcompress/core/engine/threads.h"
#include "gcompress/core/graph/operators/linear.h"
#include "gcompress/core/kernels/cpu/quad_rows.h"
#include "gcompress/core/kernels/cpu/quad_vector.h"

namespace gcompress::engine::integer {
namespace {

// Share of quads kept from which on rows share taps: a third are where every tenth weight is kept
// at random (1.1 to 1.4 times faster), a tenth where blocks of four are (not faster).
constexpr double kWorthSharingTaps = 0.2;
constexpr std::int64_t kVectorRows = 16;                        // that finish together
constexpr std::int64_t kMostPositions = std::int64_t{1} << 28;  // of a value; no layer comes near

// A piece that the kernel computes at once: positions of the input and of the output.
struct Run {
  std::int64_t x = 0, y = 0, n = 0;
};

struct Layer {
  CodeValue in, out;
  Filters filters;
  Cut cut;
  std::size_t cut_place = 0;
  const kernels::QuadKernel* kernel = nullptr;
  kernels::QuadRows rows;
  const kernels::QuadVectorKernel* vector_kernel = nullptr;  // of one vector, or null
  kernels::MaskedQuads masked;
  std::vector<Run> runs;
  std::vector<std::int32_t> bias;
  std::vector<float> scale;
  kernels::Requantization finish;
  std::optional<CodeValue> other;
  bool shares = false;   // enough work for several threads
  std::size_t sums = 0;  // place of [filters][positions] floats
  std::size_t external = 0;
  std::int64_t sums_stride = 0;
};

// A tap's position in a plane of the input, as kernels count.
std::int64_t offset_of(const Layer& layer, std::int64_t quad, std::int64_t ky, std::int64_t kx) {
  const Filters& filters = layer.filters;
  const std::int64_t y = ky * filters.dilation_y;
  const std::int64_t x = kx * filters.dilation_x;
  const Cut& cut = layer.cut;
  if (!cut.copies) {
    return quad * layer.in.stride() + layer.in.position(y - filters.pad_y, x - filters.pad_x);
  }
  const std::int64_t phase = y % filters.stride_y * cut.phases_x + x % filters.stride_x;
  return (quad * cut.plane() + phase * cut.phase() + y / filters.stride_y * cut.pitch +
          x / filters.stride_x) *
         layer.in.lanes;
}

kernels::QuadRows rows_of(const Layer& layer) {
  const Filters& filters = layer.filters;
  kernels::QuadRows rows;
  const std::int64_t of_group = filters.filters / filters.groups;
  const std::int64_t taps = filters.height * filters.width;
  for (std::int64_t f = 0; f < filters.filters; ++f) {
    const std::int8_t* values = filters.values.data() + f * filters.channels * taps;
    const std::int64_t first = f / of_group * filters.channels;  // channel of the input
    const std::int64_t end = first + filters.channels;
    for (std::int64_t quad = first / 4; 4 * quad < end; ++quad) {
      for (std::int64_t t = 0; t < taps; ++t) {
        kernels::QuadWeights weights{};
        for (std::int64_t c = std::max(first, 4 * quad); c < std::min(end, 4 * quad + 4); ++c) {
          weights[static_cast<std::size_t>(c % 4)] = values[(c - first) * taps + t];
        }
        const std::int64_t offset = offset_of(layer, quad, t / filters.width, t % filters.width);
        rows.add_tap(static_cast<std::int32_t>(offset), weights);
      }
    }
    rows.end_row();
  }
  rows.planes = (filters.channels + 3) / 4 * (layer.in.lanes > 1 ? filters.height : 1);
  return rows;
}

// One run over all rows where junk between rows costs less than many short runs, else one a row.
std::vector<Run> runs_of(const Layer& layer) {
  const CodeValue& out = layer.out;
  const std::int64_t lanes = out.lanes;
  const std::int64_t pitch = layer.cut.copies ? layer.cut.pitch : layer.in.frame.pitch;
  const std::int64_t first = out.position(0, 0);
  const bool flat = pitch == out.frame.pitch && (lanes == 1 || pitch == out.width);
  if (flat) {
    return {{.x = 0, .y = first, .n = ((out.height - 1) * pitch + out.width) * lanes}};
  }
  std::vector<Run> runs;
  for (std::int64_t y = 0; y < out.height; ++y) {
    runs.push_back({.x = y * pitch * lanes, .y = out.position(y, 0), .n = out.width * lanes});
  }
  return runs;
}

// Quads [first, last) of the outputs.
void run_quads(const Layer& layer, std::int64_t first, std::int64_t last, const Batch& batch) {
  const kernels::RowRange range{.begin = 4 * first,
                                .end = std::min(4 * last, layer.filters.filters)};
  const std::uint8_t* x = batch.at(layer.cut.copies ? layer.cut_place : layer.in.place);
  std::uint8_t* y = batch.at(layer.out.place);
  kernels::Requantization finish = layer.finish;
  for (const Run& run : layer.runs) {
    if (layer.other) finish.other = batch.at(layer.other->place) + 4 * run.y;
    layer.kernel->multiply(layer.rows, range, x + 4 * run.x, run.n,
                           y + 4 * (first * layer.out.stride() + run.y), layer.out.stride(),
                           finish);
  }
  fill_frame(layer.out, first, last, y);
}

// Rows [first, last) as numbers, [filters][positions of all runs].
void run_rows(const Layer& layer, std::int64_t first, std::int64_t last, const Batch& batch) {
  const std::uint8_t* x = batch.at(layer.cut.copies ? layer.cut_place : layer.in.place);
  float* sums = batch.at<float>(layer.sums) + first * layer.sums_stride;
  for (const Run& run : layer.runs) {
    layer.kernel->multiply_to_floats(layer.rows, {first, last}, x + 4 * run.x, run.n,
                                     sums + run.y - layer.out.position(0, 0), layer.sums_stride,
                                     {.bias = layer.bias.data(), .scale = layer.scale.data()});
  }
}

// From [filters][rows of positions][lanes] to [images][filters][height][width].
void give(const Layer& layer, const Batch& batch) {
  const CodeValue& out = layer.out;
  const float* sums = batch.at<float>(layer.sums);
  float* to = batch.outputs[layer.external];
  for (std::int64_t image = 0; image < batch.images; ++image) {
    for (std::int64_t f = 0; f < layer.filters.filters; ++f) {
      for (std::int64_t y = 0; y < out.height; ++y) {
        const float* row = sums + f * layer.sums_stride + y * out.frame.pitch * out.lanes + image;
        for (std::int64_t x = 0; x < out.width; ++x) *to++ = row[x * out.lanes];
      }
    }
  }
}

// Calls work(first, last) for pieces of [0, count), a few a thread.
template <typename Function>
void share(std::int64_t count, int threads, const Function& work) {
  const std::int64_t pieces = threads == 1 ? 1 : std::min<std::int64_t>(count, 4 * threads);
  if (pieces == 1) return work(std::int64_t{0}, count);
  parallel(pieces, threads, [&](std::int64_t piece, int) {
    work(count * piece / pieces, count * (piece + 1) / pieces);
  });
}

// Rows [16 first, 16 last) of a product with one vector, whose codes lie one after another.
void run_vector(const Layer& layer, std::int64_t first, std::int64_t last, const Batch& batch) {
  const kernels::RowRange range{.begin = kVectorRows * first,
                                .end = std::min(kVectorRows * last, layer.filters.filters)};
  const std::uint8_t* x = batch.at(layer.in.place);
  if (layer.finish.scale != nullptr) {
    layer.vector_kernel->multiply(layer.masked, range, x, batch.at(layer.out.place) + range.begin,
                                  layer.finish);
  } else {
    layer.vector_kernel->multiply_to_floats(
        layer.masked, range, x, batch.outputs[layer.external] + range.begin,
        {.bias = layer.bias.data(), .scale = layer.scale.data()});
  }
}

void run_layer(const Layer& layer, const Batch& batch) {
  const int threads = layer.shares ? batch.threads : 1;
  if (layer.vector_kernel != nullptr) {
    return share(
        (layer.filters.filters + kVectorRows - 1) / kVectorRows, threads,
        [&](std::int64_t first, std::int64_t last) { run_vector(layer, first, last, batch); });
  }
  if (layer.cut.copies) {
    share(layer.in.quads(), threads, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t quad = first; quad < last; ++quad) {
        cut_plane(layer.cut, layer.filters, layer.in, quad, batch.at(layer.in.place),
                  batch.at(layer.cut_place));
      }
    });
  }
  if (layer.finish.scale != nullptr) {
    share(layer.out.quads(), threads,
          [&](std::int64_t first, std::int64_t last) { run_quads(layer, first, last, batch); });
    return;
  }
  share(layer.filters.filters, threads,
        [&](std::int64_t first, std::int64_t last) { run_rows(layer, first, last, batch); });
  give(layer, batch);
}

// Zero points into biases, scales into one factor. As ONNX Runtime: (input x weight) / output.
void set_numbers(const Binding& binding, Layer& layer) {
  const Filters& filters = layer.filters;
  const graph::StoredIntegers& weight = *binding.step.weight;
  const std::int64_t size = filters.channels * filters.height * filters.width;
  std::vector<std::int64_t> bias(static_cast<std::size_t>(filters.filters));
  if (binding.step.bias) {
    const std::vector<std::int64_t> given = to_int64(binding.step.bias->values);
    if (given.size() != bias.size()) binding.unsupported("a bias that is not one a channel");
    bias = given;
  }
  for (std::int64_t f = 0; f < filters.filters; ++f) {
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < size; ++i) {
      sum += filters.values[static_cast<std::size_t>(f * size + i)];
    }
    const std::int64_t folded = bias[static_cast<std::size_t>(f)] - sum * layer.in.type.zero_point;
    if (folded != static_cast<std::int32_t>(folded)) binding.unsupported("sums beyond 32 bits");
    layer.bias.push_back(static_cast<std::int32_t>(folded));
    const float scale = weight.scales[weight.scales.size() == 1 ? 0 : static_cast<std::size_t>(f)];
    const float sums = layer.in.type.scale * scale;
    layer.scale.push_back(
        binding.step.gives_codes
            ? sums / (binding.addition ? binding.addition->own.scale : layer.out.type.scale)
            : sums);
  }
}

Work make_layer(const Binding& binding, Filters filters) {
  auto layer = std::make_shared<Layer>();
  layer->in = binding.inputs[0];
  layer->out = binding.output;
  layer->filters = std::move(filters);
  if (layer->filters.channels * layer->filters.groups != layer->in.channels) {
    binding.unsupported("a filter that does not fit its input");
  }
  layer->cut = cut_of(layer->in, layer->out, layer->filters);
  if (layer->cut.copies) layer->cut_place = binding.reserve(cut_bytes(layer->cut, layer->in));
  const std::int64_t positions =
      std::max(layer->in.bytes(), layer->cut.plane() * layer->in.quads() * layer->in.lanes * 4) / 4;
  if (positions > kMostPositions) binding.unsupported("values beyond 1 GiB");
  layer->kernel = &kernels::best_quad_kernel();
  kernels::QuadRows rows = rows_of(*layer);
  const auto places_of_taps =
      static_cast<double>(layer->filters.filters * layer->filters.height * layer->filters.width) *
      static_cast<double>((layer->filters.channels + 3) / 4);
  const bool vectors = layer->in.lanes == 1 && layer->in.stride() == 1 &&
                       layer->out.stride() == 1 && !layer->cut.copies && !binding.addition;
  if (vectors && kernels::fast_quad_vector_kernel() != nullptr) {
    layer->vector_kernel = kernels::fast_quad_vector_kernel();
    layer->masked = kernels::masked_quads(rows, layer->in.quads());
  } else if (binding.step.gives_codes &&
             static_cast<double>(rows.taps.size()) > kWorthSharingTaps * places_of_taps) {
    rows = kernels::share_taps(rows, 2);
  }
  layer->rows = kernels::laid_out_for(*layer->kernel, std::move(rows));
  layer->runs = runs_of(*layer);
  layer->external = binding.external;
  set_numbers(binding, *layer);
  const std::int64_t places = layer->out.height * layer->out.frame.pitch * layer->out.lanes;
  layer->shares =
      4 * static_cast<std::int64_t>(layer->rows.taps.size()) * places / 8 > kWorthSharing;
  if (!binding.step.gives_codes) {
    layer->sums_stride = places;
    layer->sums = binding.reserve(4 * layer->filters.filters * places);
    return [layer](const Batch& batch) { run_layer(*layer, batch); };
  }
  layer->finish = {.bias = layer->bias.data(),
                   .scale = layer->scale.data(),
                   .zero_point = layer->out.type.zero_point,
                   .low = binding.step.low,
                   .high = binding.step.high};
  if (binding.addition) {
    const Addition& addition = *binding.addition;
    layer->other = addition.other;
    kernels::Requantization& finish = layer->finish;
    finish.zero_point = addition.own.zero_point;
    finish.other_stride = addition.other.stride();
    finish.own_scale = addition.own.scale / addition.sum.scale;
    finish.other_scale = addition.other.type.scale / addition.sum.scale;
    finish.fixed = static_cast<float>(addition.sum.zero_point) -
                   (finish.own_scale * static_cast<float>(addition.own.zero_point) +
                    finish.other_scale * static_cast<float>(addition.other.type.zero_point));
    finish.add_low = addition.low;
    finish.add_high = addition.high;
  }
  return [layer](const Batch& batch) { run_layer(*layer, batch); };
}

Work conv(const Binding& binding) { return make_layer(binding, conv_filters(binding)); }

Work gemm(const Binding& binding) {
  const graph::GemmAttributes attributes = graph::gemm_attributes(binding.node);
  if (attributes.alpha != 1 || attributes.beta != 1 || attributes.transpose_a) {
    binding.unsupported("alpha, beta or transA");
  }
  return make_layer(binding, matrix_filters(binding, attributes.transpose_b));
}

Work matmul(const Binding& binding) { return make_layer(binding, matrix_filters(binding, false)); }

constexpr StepRow kRows[] = {{"Conv", conv, true}, {"Gemm", gemm, true}, {"MatMul", matmul, true}};

}  // namespace

std::span<const StepRow> layer_rows() { return kRows; }

}  // namespace gcompress::engine::integer
