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
// What a sparse way has to save: estimates are off by so much.
constexpr double kMargin = 0.85;

LinearWork work_of(const LinearLayer& layer) {
  return {.samples = layer.samples,
          .inputs = layer.inputs,
          .outputs = layer.outputs,
          .taps = layer.taps.taps()};
}

double dense_of(const LinearWork& work) {
  return dense_rows_nanoseconds(work.outputs, work.inputs, (work.samples + kLine - 1) / kLine);
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
    return parallel(layer.threads, layer.threads, [&](std::int64_t share, int) {
      kernels::multiply_sliced_rows(
          way.slices, kernels::slices_of(way.slices, share, layer.threads), x, y, epilogue);
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

struct PanelWay {
  LinearLayer layer;  // without taps
  kernels::PanelRows rows;

  std::int64_t panels() const { return (layer.samples + rows.width - 1) / rows.width; }
  // A place of each thread: a panel of inputs, [inputs][width]; sums of a part of the rows, and
  // what is added to them, likewise.
  std::int64_t x_panel() const { return layer.inputs * rows.width; }
  std::int64_t y_part() const { return rows.part_rows * rows.width; }
  std::int64_t own() const {
    return (x_panel() + y_part() * (layer.fused.add ? 2 : 1) + kLine - 1) / kLine * kLine;
  }
};

// Samples of a panel.
std::int64_t samples_of(const PanelWay& way, std::int64_t panel) {
  return std::min(way.rows.width, way.layer.samples - panel * way.rows.width);
}

// A part of the rows for a panel's samples, and their outputs. `own`: the thread's place, with the
// panel.
void run_part(const PanelWay& way, std::int64_t panel, std::int64_t part, const Call& call,
              float* own) {
  const LinearLayer& layer = way.layer;
  const std::int64_t width = way.rows.width;
  const std::int64_t samples = samples_of(way, panel);
  const std::int64_t row = part * way.rows.part_rows;
  const std::int64_t rows = std::min(way.rows.part_rows, layer.outputs - row);
  const std::int64_t outputs = panel * width * layer.outputs + row;
  float* y = own + way.x_panel();
  float* add = layer.fused.add ? y + way.y_part() : nullptr;
  if (add != nullptr) {
    kernels::transpose(call.inputs.back() + outputs, layer.outputs, samples, rows, add, width);
  }
  // Pointers of row 0, of which the part's rows are there.
  kernels::multiply_panel_rows(way.rows, {part, part + 1}, width, own, y - row * width, width,
                               {.bias = layer.bias.data(),
                                .add = add == nullptr ? nullptr : add - row * width,
                                .add_stride = width,
                                .low = layer.fused.low,
                                .high = layer.fused.high});
  kernels::transpose_back(y, width, samples, rows, call.outputs[0] + outputs, layer.outputs);
}

// Each thread makes the panels it needs: lines that another one has just written take longer to
// come than to make. And each has the same share in every run.
void run_panels(const PanelWay& way, const Call& call) {
  const std::int64_t threads = way.layer.threads;
  const std::int64_t parts = way.rows.parts();
  const std::int64_t units = way.panels() * parts;
  parallel(threads, way.layer.threads, [&](std::int64_t task, int) {
    float* own = call.scratch + task * way.own();
    std::int64_t there = -1;  // the panel
    for (std::int64_t unit = units * task / threads; unit < units * (task + 1) / threads; ++unit) {
      const std::int64_t panel = unit / parts;
      if (panel != there) {
        kernels::transpose(call.inputs[0] + panel * way.rows.width * way.layer.inputs,
                           way.layer.inputs, samples_of(way, panel), way.layer.inputs, own,
                           way.rows.width);
        there = panel;
      }
      run_part(way, panel, unit % parts, call, own);
    }
  });
}

Kernel panel_kernel(LinearLayer layer, KernelFacts facts) {
  auto way = std::make_shared<PanelWay>();
  const std::int64_t width = panel_width(layer.samples, layer.threads);
  // Where there are fewer panels than threads, these share rows: whole parts, no larger than sums
  // may be.
  const std::int64_t panels = (layer.samples + width - 1) / width;
  const std::int64_t sharing = panels >= layer.threads ? 1 : layer.threads;
  const std::int64_t most = kernels::kMostPartFloats / width;
  const std::int64_t share = (layer.outputs + sharing - 1) / sharing;
  const std::int64_t parts = std::max<std::int64_t>(1, (share + most - 1) / most);
  way->rows = kernels::panel_rows_of_matrix(
      layer.taps,
      {.width = width, .part_rows = std::max<std::int64_t>(1, (share + parts - 1) / parts)});
  layer.taps = {};
  way->layer = std::move(layer);
  facts.name = "sparse rows, panels";
  const std::int64_t scratch = way->layer.threads * way->own();
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
  const WeightRows::Kind kind =
      choice.kind == WeightRows::Kind::kCode ? WeightRows::Kind::kCode : WeightRows::Kind::kDense;
  way->rows.emplace(std::move(taps), way->layer.bias, setting, kind);
  facts.name = way->rows->name() + ", transposed input";
  const std::int64_t scratch = way->scratch();
  return {[way](const Call& call) { run_rows(*way, call); }, scratch, facts};
}

LinearWay choose(const LinearLayer& layer) {
  const LinearWork work = work_of(layer);
  if (layer.samples == 1 && layer.inputs <= kernels::kMostSlicedColumns) {
    return sliced_rows_nanoseconds(work) < kMargin * matrix_by_vectors_nanoseconds(work)
               ? LinearWay::kSlices
               : LinearWay::kMatrix;
  }
  const double panels = panel_rows_nanoseconds(work);
  if (layer.samples <= kFewSamples) {
    return panels < kMargin * matrix_by_vectors_nanoseconds(work) ? LinearWay::kPanels
                                                                  : LinearWay::kMatrix;
  }
  const auto [taps, setting] = rows_of(layer);
  const WeightRows::Choice rows = WeightRows::choose(taps, setting);
  if (rows.kind == WeightRows::Kind::kCode && rows.nanoseconds < panels) return LinearWay::kRows;
  return panels < kMargin * dense_of(work) ? LinearWay::kPanels : LinearWay::kRows;
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
      return dense_of(work);
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
