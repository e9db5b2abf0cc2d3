// Moving planes.
#include "gcompress/core/engine/operators/moved_planes.h"

#include <algorithm>
#include <utility>

#include "gcompress/core/kernels/cpu/row_copy.h"

namespace gcompress::engine {
namespace {

// How a value of four axes lies.
struct Rows {
  std::int64_t row = 0, plane = 0, image = 0, first = 0;
};

Rows rows_of(const Shape& shape, const std::optional<PlaneLayout>& layout) {
  if (layout) {
    return {.row = layout->row,
            .plane = layout->plane,
            .image = layout->elements(),
            .first = layout->first};
  }
  const std::int64_t plane = shape[2] * shape[3];
  return {.row = shape[3], .plane = plane, .image = shape[1] * plane, .first = 0};
}

// Of an axis: sources[begin + i] = start + i step for begin + i < end, and none elsewhere.
struct Run {
  std::int64_t begin = 0, end = 0, start = 0, step = 1;
  bool fits = true;  // false: the sources are no such run

  std::int64_t count() const { return end - begin; }
};

Run run_of(const std::vector<std::int64_t>& sources) {
  const auto size = static_cast<std::int64_t>(sources.size());
  const auto at = [&](std::int64_t i) { return sources[static_cast<std::size_t>(i)]; };
  Run run;
  while (run.begin < size && at(run.begin) < 0) ++run.begin;
  run.end = run.begin;
  while (run.end < size && at(run.end) >= 0) ++run.end;
  if (run.begin < run.end) run.start = at(run.begin);
  if (run.count() > 1) run.step = at(run.begin + 1) - run.start;
  for (std::int64_t i = 0; i < size; ++i) {
    const bool inside = i >= run.begin && i < run.end;
    run.fits &= at(i) == (inside ? run.start + (i - run.begin) * run.step : -1);
  }
  run.fits &= run.step >= 1;
  return run;
}

// A plane of an output whose sources along rows and columns are runs.
struct PlaneMove {
  Rows from, to;
  Run rows, columns;
  std::int64_t height = 0, width = 0;
};

void move_plane(const PlaneMove& move, const float* x, float* y, float otherwise) {
  if (x == nullptr || move.rows.count() < move.height || move.columns.count() < move.width) {
    for (std::int64_t i = 0; i < move.height; ++i) {
      std::fill_n(y + i * move.to.row, move.width, otherwise);
    }
  }
  if (x == nullptr) return;
  kernels::copy_rows({.from = x + move.rows.start * move.from.row + move.columns.start,
                      .from_row = move.rows.step * move.from.row,
                      .step = move.columns.step,
                      .to = y + move.rows.begin * move.to.row + move.columns.begin,
                      .to_row = move.to.row,
                      .rows = move.rows.count(),
                      .count = move.columns.count()});
}

// Plane by plane, from and to any layout; rows and columns must be runs.
Kernel move_runs(const Binding& binding, const AxisSources& sources, float otherwise) {
  const Shape& out = binding.outputs[0];
  const PlaneMove move{.from = rows_of(binding.inputs[0], binding.layouts[0]),
                       .to = rows_of(out, binding.output_layout),
                       .rows = run_of(sources[2]),
                       .columns = run_of(sources[3]),
                       .height = out[2],
                       .width = out[3]};
  const std::vector<std::int64_t> images = sources[0];
  const std::vector<std::int64_t> channels = sources[1];
  return [=, layout = binding.output_layout](const Call& call) {
    if (layout) std::fill_n(call.outputs[0], layout->elements(), 0.0F);
    for (std::size_t n = 0; n < images.size(); ++n) {
      for (std::size_t c = 0; c < channels.size(); ++c) {
        const bool none = images[n] < 0 || channels[c] < 0;
        const float* x = none ? nullptr
                              : call.inputs[0] + images[n] * move.from.image +
                                    channels[c] * move.from.plane + move.from.first;
        move_plane(move, x,
                   call.outputs[0] + static_cast<std::int64_t>(n) * move.to.image +
                       static_cast<std::int64_t>(c) * move.to.plane + move.to.first,
                   otherwise);
      }
    }
  };
}

// Element by element, from and to any layout.
Kernel move_elements(const Binding& binding, AxisSources sources, float otherwise) {
  const Rows from = rows_of(binding.inputs[0], binding.layouts[0]);
  const Rows to = rows_of(binding.outputs[0], binding.output_layout);
  return [=, sources = std::move(sources), layout = binding.output_layout](const Call& call) {
    if (layout) std::fill_n(call.outputs[0], layout->elements(), 0.0F);
    std::int64_t image = to.first;
    for (const std::int64_t n : sources[0]) {
      std::int64_t plane = image;
      for (const std::int64_t c : sources[1]) {
        float* y = call.outputs[0] + plane;
        for (const std::int64_t line : sources[2]) {
          const bool none = n < 0 || c < 0 || line < 0;
          const float* x = none ? nullptr
                                : call.inputs[0] + n * from.image + c * from.plane + from.first +
                                      line * from.row;
          for (std::size_t i = 0; i < sources[3].size(); ++i) {
            y[i] = none || sources[3][i] < 0 ? otherwise : x[sources[3][i]];
          }
          y += to.row;
        }
        plane += to.plane;
      }
      image += to.image;
    }
  };
}

}  // namespace

Kernel move_planes(const Binding& binding, AxisSources sources, float otherwise) {
  const bool runs = run_of(sources[2]).fits && run_of(sources[3]).fits;
  return runs ? move_runs(binding, sources, otherwise)
              : move_elements(binding, std::move(sources), otherwise);
}

}  // namespace gcompress::engine
