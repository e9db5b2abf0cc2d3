// Linear layers: three ways with a kernel each, and the choice among them.
#include "gcompress/core/engine/linear_layer.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "gcompress/core/engine/linear_rates.h"
#include "gcompress/core/engine/threads.h"
#include "gcompress/core/engine/weight_rows.h"
#include "gcompress/core/kernels/cpu/panel_rows.h"
#include "gcompress/core/kernels/cpu/sliced_rows.h"
#include "gcompress/core/kernels/cpu/sparse_columns.h"
#include "gcompress/core/kernels/cpu/transpose.h"

namespace gcompress::engine {
namespace {

constexpr std::int64_t kFewSamples = 8;
// Nanoseconds of work that are worth sharing.
constexpr double kWorthSharingTime = 8'000;
// Shares of the work that each thread gets, so that they even out.
constexpr std::int64_t kShares = 4;
// What a sparse way has to save: estimates are off by so much.
constexpr double kMargin = 0.9;

LinearWork work_of(const LinearLayer& layer) {
  return {.samples = layer.samples,
          .inputs = layer.inputs,
          .outputs = layer.outputs,
          .taps = layer.taps.taps()};
}

kernels::Epilogue epilogue_of(const LinearLayer& layer, const Call& call) {
  return {.bias = layer.bias.data(),
          .add = layer.fused.add ? call.inputs.back() : nullptr,
          .add_stride = 1,
          .low = layer.fused.low,
          .high = layer.fused.high};
}

// --- One sample or a few, by rows of W

struct VectorWay {
  LinearLayer layer;                // without taps
  kernels::SlicedRows slices;       // one sample; or
  std::vector<float> matrix;        // [outputs, inputs]
  kernels::SparseColumns by_input;  // one: for inputs of which many are zero
  double nanoseconds = 0;           // that rows take
};

// True if so many inputs are zero (images' margins, what ReLUs cut off) that one thread going
// through the others' weights is faster than all going through all outputs'.
bool skips_zeros(const VectorWay& way, const float* x) {
  if (way.by_input.begin.empty()) return false;
  const auto zeros = static_cast<double>(std::count(x, x + way.layer.inputs, 0.0F));
  const double left = static_cast<double>(way.by_input.values.size()) *
                      (1 - zeros / static_cast<double>(way.layer.inputs));
  return linear_rates().scattered * left * way.layer.threads < way.nanoseconds;
}

void run_vectors(const VectorWay& way, const Call& call) {
  const LinearLayer& layer = way.layer;
  const kernels::Epilogue epilogue = epilogue_of(layer, call);
  const float* x = call.inputs[0];
  float* y = call.outputs[0];
  if (skips_zeros(way, x)) return kernels::multiply_columns_by_vector(way.by_input, x, y, epilogue);
  if (way.matrix.empty()) {
    const std::int64_t shares = layer.threads == 1 ? 1 : kShares * layer.threads;
    return parallel(shares, layer.threads, [&](std::int64_t share, int) {
      kernels::multiply_sliced_rows(way.slices, kernels::slices_of(way.slices, share, shares), x, y,
                                    epilogue);
    });
  }
  parallel_ranges(layer.outputs, layer.threads, [&](std::int64_t begin, std::int64_t end) {
    kernels::multiply_matrix_by_vectors(way.matrix.data(), layer.inputs, {begin, end},
                                        layer.samples, x, y, layer.outputs, epilogue);
  });
}

std::vector<float> matrix_of(const LinearLayer& layer) {
  std::vector<float> matrix(static_cast<std::size_t>(layer.outputs * layer.inputs));
  for (std::int64_t o = 0; o < layer.outputs; ++o) {
    for (std::int64_t t = layer.taps.begin[static_cast<std::size_t>(o)];
         t < layer.taps.begin[static_cast<std::size_t>(o) + 1]; ++t) {
      const auto at = static_cast<std::size_t>(t);
      matrix[static_cast<std::size_t>(o * layer.inputs + layer.taps.offsets[at])] =
          layer.taps.values[at];
    }
  }
  return matrix;
}

Kernel vector_kernel(LinearLayer layer, bool by_slices, KernelFacts facts) {
  const LinearWork work = work_of(layer);
  auto way = std::make_shared<VectorWay>();
  way->nanoseconds =
      by_slices ? sliced_rows_nanoseconds(work) : matrix_by_vectors_nanoseconds(work);
  if (by_slices) {
    way->slices = kernels::slice_rows(layer.taps);
  } else {
    way->matrix = matrix_of(layer);
  }
  // Where half of the inputs are zero.
  const double scattered = linear_rates().scattered * static_cast<double>(work.taps) / 2;
  if (layer.samples == 1 && scattered < way->nanoseconds) {
    way->by_input = kernels::columns_of(layer.taps, layer.inputs);
  }
  layer.taps = {};
  way->layer = std::move(layer);
  facts.name = by_slices ? "sparse rows by a vector" : "matrix by a vector";
  return {[way](const Call& call) { run_vectors(*way, call); }, 0, facts};
}

// --- A column a sample

// Samples as columns of panels, and sums likewise: [panels][inputs or outputs][width].
struct PanelWay {
  LinearLayer layer;  // without taps
  kernels::PanelRows rows;

  std::int64_t panels() const { return (layer.samples + rows.width - 1) / rows.width; }
  std::int64_t x_panel() const { return layer.inputs * rows.width; }
  std::int64_t y_panel() const { return layer.outputs * rows.width; }
  std::int64_t scratch() const {
    return panels() * (x_panel() + y_panel() * (layer.fused.add ? 2 : 1));
  }
};

// Samples of a panel.
std::int64_t samples_of(const PanelWay& way, std::int64_t panel) {
  return std::min(way.rows.width, way.layer.samples - panel * way.rows.width);
}

// Inputs [begin, end) of a panel's samples.
void fill_panel(const PanelWay& way, std::int64_t panel, std::int64_t begin, std::int64_t end,
                const float* x, float* panels) {
  const std::int64_t width = way.rows.width;
  kernels::transpose(x + panel * width * way.layer.inputs + begin, way.layer.inputs,
                     samples_of(way, panel), end - begin,
                     panels + panel * way.x_panel() + begin * width, width);
}

// A part of the rows for a panel's samples, and their outputs.
void run_part(const PanelWay& way, std::int64_t panel, std::int64_t part, const Call& call) {
  const LinearLayer& layer = way.layer;
  const std::int64_t width = way.rows.width;
  const std::int64_t samples = samples_of(way, panel);
  const std::int64_t row = part * way.rows.part_rows;
  const std::int64_t rows = std::min(way.rows.part_rows, layer.outputs - row);
  const std::int64_t outputs = panel * width * layer.outputs + row;
  const float* x = call.scratch + panel * way.x_panel();
  float* y = call.scratch + way.panels() * way.x_panel() + panel * way.y_panel();
  float* add = layer.fused.add ? y + way.panels() * way.y_panel() : nullptr;
  if (add != nullptr) {
    kernels::transpose(call.inputs.back() + outputs, layer.outputs, samples, rows,
                       add + row * width, width);
  }
  kernels::multiply_panel_rows(way.rows, {part, part + 1}, width, x, y, width,
                               {.bias = layer.bias.data(),
                                .add = add,
                                .add_stride = width,
                                .low = layer.fused.low,
                                .high = layer.fused.high});
  kernels::transpose_back(y + row * width, width, samples, rows, call.outputs[0] + outputs,
                          layer.outputs);
}

void run_panels(const PanelWay& way, const Call& call) {
  const int threads = way.layer.threads;
  const std::int64_t panels = way.panels();
  const std::int64_t parts = way.rows.parts();
  const std::int64_t pieces = threads;  // of a panel's inputs
  const std::int64_t inputs = way.layer.inputs;
  parallel(panels * pieces, threads, [&](std::int64_t task, int) {
    const std::int64_t piece = task % pieces;
    fill_panel(way, task / pieces, inputs * piece / pieces, inputs * (piece + 1) / pieces,
               call.inputs[0], call.scratch);
  });
  parallel(panels * parts, threads,
           [&](std::int64_t task, int) { run_part(way, task / parts, task % parts, call); });
}

Kernel panel_kernel(LinearLayer layer, KernelFacts facts) {
  constexpr std::int64_t kFewestRows = 64, kMostRows = 4'096;  // of a part
  auto way = std::make_shared<PanelWay>();
  const std::int64_t shares = layer.threads == 1 ? 1 : kShares * layer.threads;
  way->rows = kernels::panel_rows_of_matrix(
      layer.taps,
      {.width = panel_width(layer.samples),
       .part_rows = std::clamp((layer.outputs + shares - 1) / shares, kFewestRows, kMostRows)});
  layer.taps = {};
  way->layer = std::move(layer);
  facts.name = "sparse rows, panels";
  const std::int64_t scratch = way->scratch();
  return {[way](const Call& call) { run_panels(*way, call); }, scratch, facts};
}

// --- By the rows that convolutions have, too

struct RowsWay {
  LinearLayer layer;  // without taps
  std::optional<WeightRows> rows;

  std::int64_t columns() const { return (layer.samples + kLine - 1) / kLine * kLine; }
  // Inputs, outputs and what is added, a column a sample.
  std::int64_t scratch() const {
    return columns() * (layer.inputs + layer.outputs * (layer.fused.add ? 2 : 1));
  }
};

void run_rows(const RowsWay& way, const Call& call) {
  const LinearLayer& layer = way.layer;
  const std::int64_t columns = way.columns();
  float* x = call.scratch;
  float* y = x + columns * layer.inputs;
  float* add = layer.fused.add ? y + columns * layer.outputs : nullptr;
  kernels::transpose(call.inputs[0], layer.inputs, layer.samples, layer.inputs, x, columns);
  if (add != nullptr) {
    kernels::transpose(call.inputs.back(), layer.outputs, layer.samples, layer.outputs, add,
                       columns);
  }
  parallel_ranges(way.rows->units(), layer.threads, [&](std::int64_t begin, std::int64_t end) {
    way.rows->run(begin, end, {.x = x, .y = y, .add = add});
  });
  kernels::transpose_back(y, columns, layer.samples, layer.outputs, call.outputs[0], layer.outputs);
}

// Taps over columns of samples, and their setting.
std::pair<kernels::TapRows, WeightRows::Setting> rows_of(const LinearLayer& layer) {
  const std::int64_t columns = (layer.samples + kLine - 1) / kLine * kLine;
  kernels::TapRows taps = layer.taps;
  for (std::int32_t& offset : taps.offsets) offset *= static_cast<std::int32_t>(columns);
  return {std::move(taps),
          {.lines = columns / kLine,
           .y_stride = columns,
           .add = layer.fused.add,
           .low = layer.fused.low,
           .high = layer.fused.high,
           .network_taps = layer.network_taps}};
}

Kernel rows_kernel(LinearLayer layer, KernelFacts facts) {
  auto way = std::make_shared<RowsWay>();
  auto [taps, setting] = rows_of(layer);
  layer.taps = {};
  way->layer = std::move(layer);
  // Panels without a copy are a way of their own.
  const WeightRows::Choice choice = WeightRows::choose(taps, setting);
  const WeightRows::Kind kind = choice.kind == WeightRows::Kind::kCode ? WeightRows::Kind::kCode
                                                                       : WeightRows::Kind::kDense;
  way->rows.emplace(std::move(taps), way->layer.bias, setting, kind);
  facts.name = way->rows->name() + ", transposed input";
  const std::int64_t scratch = way->scratch();
  return {[way](const Call& call) { run_rows(*way, call); }, scratch, facts};
}

LinearWay choose(const LinearLayer& layer) {
  const LinearWork work = work_of(layer);
  if (layer.samples == 1) {
    const bool sliced =
        layer.inputs <= kernels::kMostSlicedColumns &&
        sliced_rows_nanoseconds(work) < kMargin * matrix_by_vectors_nanoseconds(work);
    return sliced ? LinearWay::kSlices : LinearWay::kMatrix;
  }
  const double panels = panel_rows_nanoseconds(work);
  if (layer.samples <= kFewSamples) {
    return panels < kMargin * matrix_by_vectors_nanoseconds(work) ? LinearWay::kPanels
                                                                  : LinearWay::kMatrix;
  }
  const auto [taps, setting] = rows_of(layer);
  const WeightRows::Choice rows = WeightRows::choose(taps, setting);
  if (rows.kind == WeightRows::Kind::kCode && rows.nanoseconds < panels) return LinearWay::kRows;
  return panels < kMargin * dense_rows_nanoseconds(work) ? LinearWay::kPanels : LinearWay::kRows;
}

double nanoseconds_of(LinearWay way, const LinearWork& work) {
  switch (way) {
    case LinearWay::kSlices:
      return sliced_rows_nanoseconds(work);
    case LinearWay::kMatrix:
      return matrix_by_vectors_nanoseconds(work);
    case LinearWay::kPanels:
      return panel_rows_nanoseconds(work);
    case LinearWay::kRows:
      return dense_rows_nanoseconds(work);
  }
  return 0;
}

}  // namespace

Kernel linear_kernel(LinearLayer layer, std::optional<LinearWay> way) {
  const LinearWay chosen = way ? *way : choose(layer);
  const KernelFacts facts{.name = {},
                          .multiplications = layer.inputs * layer.outputs * layer.samples,
                          .taps = layer.taps.taps()};
  if (nanoseconds_of(chosen, work_of(layer)) < kWorthSharingTime) layer.threads = 1;
  switch (chosen) {
    case LinearWay::kSlices:
    case LinearWay::kMatrix:
      return vector_kernel(std::move(layer), chosen == LinearWay::kSlices, facts);
    case LinearWay::kPanels:
      return panel_kernel(std::move(layer), facts);
    case LinearWay::kRows:
      return rows_kernel(std::move(layer), facts);
  }
  return {};
}

}  // namespace gcompress::engine
