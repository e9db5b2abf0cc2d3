// Conv, Gemm and MatMul on codes, by rows of quads, tiles of them or a vector along rows.
#include <algorithm>
#include <memory>

#include "gcompress/core/engine/integer/cut_planes.h"
#include "gcompress/core/engine/integer/depthwise.h"
#include "gcompress/core/engine/integer/filters.h"
#include "gcompress/core/engine/integer/numbers.h"
#include "gcompress/core/engine/integer/step.h"
#include "gcompress/core/engine/integer/taps.h"
#include "gcompress/core/engine/integer/ways.h"
#include "gcompress/core/engine/threads.h"
#include "gcompress/core/graph/operators/linear.h"
#include "gcompress/core/kernels/cpu/quad_rows.h"
#include "gcompress/core/kernels/cpu/quad_vector.h"
#include "gcompress/core/kernels/cpu/table_vector.h"

namespace gcompress::engine::integer {
namespace {

constexpr std::int64_t kVectorRows = 16;                        // that finish together
constexpr std::int64_t kMostPositions = std::int64_t{1} << 28;  // of a value; no layer comes near

struct Layer : Geometry {
  std::size_t cut_place = 0;
  const kernels::QuadKernel* kernel = nullptr;
  kernels::QuadRows rows;
  std::optional<kernels::QuadTiles> tiles;                   // instead of rows
  const kernels::QuadVectorKernel* vector_kernel = nullptr;  // of one vector, or null
  kernels::MaskedQuads masked;
  const kernels::TableVectorKernel* table_kernel = nullptr;  // instead
  kernels::TableRows tables;
  std::vector<Run> runs;
  std::unique_ptr<const LayerNumbers> numbers;
  bool gives_codes = true;
  bool shares = false;   // enough work for several threads
  std::size_t sums = 0;  // place of [filters][positions] floats
  std::size_t external = 0;
  std::int64_t sums_stride = 0;
};

// Calls work(first, last) for pieces of [0, count), a few a thread.
template <typename Function>
void share(std::int64_t count, int threads, const Function& work) {
  const std::int64_t pieces = threads == 1 ? 1 : std::min<std::int64_t>(count, 4 * threads);
  if (pieces == 1) return work(std::int64_t{0}, count);
  parallel(pieces, threads, [&](std::int64_t piece, int) {
    work(count * piece / pieces, count * (piece + 1) / pieces);
  });
}

const std::uint8_t* inputs_of(const Layer& layer, const Batch& batch) {
  return batch.at(layer.cut.copies ? layer.cut_place : layer.in.place);
}

// Codes of quads [first, last) of the outputs, of one run.
void run_codes(const Layer& layer, std::int64_t first, std::int64_t last, const Run& run,
               const Batch& batch) {
  const kernels::RowRange range{.begin = 4 * first,
                                .end = std::min(4 * last, layer.filters.filters)};
  const std::uint8_t* x = inputs_of(layer, batch) + 4 * run.x;
  const std::int64_t stride = layer.out.stride();
  std::uint8_t* y = batch.at(layer.out.place) + 4 * (first * stride + run.y);
  kernels::Requantization finish = layer.numbers->finish;
  if (layer.numbers->other) {
    finish.other = batch.at(layer.numbers->other->place) + 4 * run.y;
  }
  if (layer.tiles) {
    kernels::quad_tile_kernel()->multiply(*layer.tiles, range, x, run.n, y, stride, finish);
  } else {
    layer.kernel->multiply(layer.rows, range, x, run.n, y, stride, finish);
  }
}

// Quads [first, last) of the outputs.
void run_quads(const Layer& layer, std::int64_t first, std::int64_t last, const Batch& batch) {
  for (const Run& run : layer.runs) run_codes(layer, first, last, run, batch);
  fill_frame(layer.out, first, last, batch.at(layer.out.place));
}

// By tiles, of which few rows make too few pieces for several threads: those share positions.
void run_tiles(const Layer& layer, int threads, const Batch& batch) {
  constexpr std::int64_t kQuads = 8, kPositions = 64;  // that tiles take at once
  const std::int64_t blocks = (layer.out.quads() + kQuads - 1) / kQuads;
  if (threads == 1 || blocks >= 4 * threads) {
    return share(blocks, threads, [&](std::int64_t first, std::int64_t last) {
      run_quads(layer, kQuads * first, std::min(kQuads * last, layer.out.quads()), batch);
    });
  }
  // A run of a row each, or one of all.
  const auto runs = static_cast<std::int64_t>(layer.runs.size());
  const std::int64_t pieces = (layer.runs.front().n + kPositions - 1) / kPositions;
  share(runs * pieces, threads, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t piece = first; piece < last; ++piece) {
      const Run& run = layer.runs[static_cast<std::size_t>(piece / pieces)];
      const std::int64_t begin = kPositions * (piece % pieces);
      run_codes(layer, 0, layer.out.quads(),
                {.x = run.x + begin, .y = run.y + begin, .n = std::min(kPositions, run.n - begin)},
                batch);
    }
  });
  fill_frame(layer.out, 0, layer.out.quads(), batch.at(layer.out.place));
}

// Rows [first, last) as numbers, [filters][positions of all runs].
void run_rows(const Layer& layer, std::int64_t first, std::int64_t last, const Batch& batch) {
  const std::uint8_t* x = inputs_of(layer, batch);
  float* sums = batch.at<float>(layer.sums) + first * layer.sums_stride;
  for (const Run& run : layer.runs) {
    layer.kernel->multiply_to_floats(
        layer.rows, {first, last}, x + 4 * run.x, run.n, sums + run.y - layer.out.position(0, 0),
        layer.sums_stride,
        {.bias = layer.numbers->bias.data(), .scale = layer.numbers->scale.data()});
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
        const float* row = sums + f * layer.sums_stride + y * out.frame.row * out.lanes + image;
        for (std::int64_t x = 0; x < out.width; ++x) *to++ = row[x * out.lanes];
      }
    }
  }
}

template <typename Kernel, typename Weight>
void multiply_vector(const Kernel& kernel, const Weight& weight, const Layer& layer,
                     kernels::RowRange range, const Batch& batch) {
  const std::uint8_t* x = batch.at(layer.in.place);
  if (layer.gives_codes) {
    kernel.multiply(weight, range, x, batch.at(layer.out.place) + range.begin,
                    layer.numbers->finish);
  } else {
    kernel.multiply_to_floats(
        weight, range, x, batch.outputs[layer.external] + range.begin,
        {.bias = layer.numbers->bias.data(), .scale = layer.numbers->scale.data()});
  }
}

// Rows [16 first, 16 last) of a product with one vector, whose codes lie one after another.
void run_vector(const Layer& layer, std::int64_t first, std::int64_t last, const Batch& batch) {
  const kernels::RowRange range{.begin = kVectorRows * first,
                                .end = std::min(kVectorRows * last, layer.filters.filters)};
  if (layer.table_kernel != nullptr) {
    multiply_vector(*layer.table_kernel, layer.tables, layer, range, batch);
  } else {
    multiply_vector(*layer.vector_kernel, layer.masked, layer, range, batch);
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
  if (layer.tiles) return run_tiles(layer, threads, batch);
  if (layer.gives_codes) {
    share(layer.out.quads(), threads,
          [&](std::int64_t first, std::int64_t last) { run_quads(layer, first, last, batch); });
    return;
  }
  share(layer.filters.filters, threads,
        [&](std::int64_t first, std::int64_t last) { run_rows(layer, first, last, batch); });
  give(layer, batch);
}

// The kernel, and weights as it wants them.
void set_weights(const Binding& binding, Layer& layer) {
  kernels::QuadRows rows = rows_of(layer);
  const bool vectors = layer.in.lanes == 1 && layer.in.stride() == 1 && layer.out.stride() == 1 &&
                       !layer.cut.copies && !binding.addition;
  layer.kernel = &kernels::best_quad_kernel();
  if (vectors && kernels::fast_quad_vector_kernel() != nullptr) {
    layer.vector_kernel = kernels::fast_quad_vector_kernel();
    layer.masked = kernels::masked_quads(rows, layer.in.quads());
    layer.tables = worthwhile_tables(rows, layer.masked);
    if (layer.tables.rows > 0) {
      layer.table_kernel = kernels::table_vector_kernel();
      layer.masked = {};
    }
    return;
  }
  if (layer.gives_codes) {
    const kernels::TapPlaces places = places_of(layer);
    kernels::QuadRows sharing = with_shared_taps(rows, places);
    layer.tiles = worthwhile_tiles(rows, sharing, places);
    if (layer.tiles) return;
    rows = std::move(sharing);
  }
  layer.rows = kernels::laid_out_for(*layer.kernel, std::move(rows));
}

std::string name_of_kernel(const Layer& layer) {
  const std::string name = layer.table_kernel != nullptr    ? "tables in registers"
                           : layer.vector_kernel != nullptr ? "sparse quads by a vector"
                           : layer.tiles                    ? "AMX tiles"
                           : layer.rows.shared.empty()      ? "rows of quads"
                                                            : "rows of shared quads";
  return name + (layer.cut.copies ? ", cut input" : "");
}

Work make_layer(const Binding& binding, Filters filters) {
  if (filters.channels * filters.groups != binding.inputs[0].channels) {
    binding.unsupported("a filter that does not fit its input");
  }
  if (Work work = make_depthwise(binding, filters)) return work;
  auto layer = std::make_shared<Layer>();
  layer->in = binding.inputs[0];
  layer->out = binding.output;
  layer->filters = std::move(filters);
  layer->gives_codes = binding.step.gives_codes;
  layer->cut = cut_of(layer->in, layer->out, layer->filters);
  if (layer->cut.copies) layer->cut_place = binding.reserve(cut_bytes(layer->cut, layer->in));
  const std::int64_t positions =
      std::max(layer->in.bytes(), layer->cut.plane() * layer->in.quads() * layer->in.lanes * 4) / 4;
  if (positions > kMostPositions) binding.unsupported("values beyond 1 GiB");
  layer->numbers = layer_numbers(binding, layer->filters);
  set_weights(binding, *layer);
  layer->runs = runs_of(*layer);
  layer->external = binding.external;
  const std::int64_t places = layer->out.height * layer->out.frame.row * layer->out.lanes;
  // In taps that take as long: eight words of weights in tiles are one, a step of tables some more.
  const std::size_t taps = layer->rows.taps.size() + layer->masked.weights.size() +
                           (layer->tiles ? layer->tiles->weights.size() / 8 : 0) +
                           128 * layer->tables.block.size();
  layer->shares = 4 * static_cast<std::int64_t>(taps) * places / 8 > kWorthSharing;
  if (!layer->gives_codes) {
    layer->sums_stride = places;
    layer->sums = binding.reserve(4 * layer->filters.filters * places);
  }
  return {[layer](const Batch& batch) { run_layer(*layer, batch); }, name_of_kernel(*layer)};
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
