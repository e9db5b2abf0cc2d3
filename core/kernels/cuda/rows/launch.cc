#include "gcompress/core/kernels/cuda/rows/launch.h"

#include "gcompress/core/kernels/cuda/rows/kernels.h"

namespace gcompress::cuda::rows {
namespace {

LaunchShape shape_of(int rows) {
  constexpr unsigned kThreads = 256;
  constexpr unsigned kWarps = kThreads / 32;
  return {{(static_cast<unsigned>(rows) + kWarps - 1) / kWarps}, {kThreads}};
}

template <auto kKernel>
void launch_reduction(const Reduction& c, Stream stream) {
  if (c.count <= 0) return;
  launch_kernel<kKernel>("rows", shape_of(c.count), stream, c.x, c.first, c.places, c.y, c.count,
                         c.terms);
}

struct Row {
  std::string_view name;
  Reduce launch;
};
constexpr Row kRows[] = {
#define GCOMPRESS_ROW(name, start, add, finish) {#name, &launch_reduction<&rows_##name>},
    GCOMPRESS_ROWS_REDUCTIONS(GCOMPRESS_ROW)
#undef GCOMPRESS_ROW
};

}  // namespace

void softmax(const float* x, float* y, int rows, int length, Stream stream) {
  if (rows <= 0 || length <= 0) return;
  launch_kernel<&rows_softmax>("rows_softmax", shape_of(rows), stream, x, y, rows, length);
}

void layer_norm(const LayerNorm& c, Stream stream) {
  if (c.rows <= 0 || c.length <= 0) return;
  launch_kernel<&rows_layer_norm>("rows_layer_norm", shape_of(c.rows), stream, c.x, c.scale,
                                  c.shift, c.y, c.rows, c.length, c.epsilon);
}

Reduce reduce(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.launch;
  }
  return nullptr;
}

}  // namespace gcompress::cuda::rows
