#include "gcompress/core/kernels/cuda/bitmap_spmm/launch.h"

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/bitmap_spmm/kernels.h"
#include "gcompress/core/kernels/cuda/tensor_launch.h"

namespace gcompress::cuda::bitmap_spmm {
namespace {

template <auto kKernel>
void launch_entry(const DeviceMatrix& w, const HalfLinear& linear, const Parts& parts,
                  Stream stream) {
  launch_kernel<kKernel>("bitmap_spmm", tensor_tile::launch_shape(w.rows, linear.samples, parts),
                         stream, w.value_begin.data(), w.bitmaps.data(), w.values.data(),
                         linear.bias, linear.x, linear.y, parts.sums, w.rows, w.columns,
                         linear.samples, linear.x_stride, linear.y_stride, linear.low, linear.high);
}

struct Row {
  ValueType type;
  int samples;
  void (*launch)(const DeviceMatrix&, const HalfLinear&, const Parts&, Stream);
};

constexpr ValueType kTypeOf_f16 = ValueType::kHalf;
constexpr ValueType kTypeOf_bf16 = ValueType::kBfloat16;

constexpr Row kRows[] = {
#define GCOMPRESS_ROW(suffix, mma, samples) \
  {kTypeOf_##suffix, samples, &launch_entry<&bitmap_spmm_##suffix##_n##samples>},
    GCOMPRESS_BITMAP_SPMM_ENTRIES(GCOMPRESS_ROW)
#undef GCOMPRESS_ROW
};

}  // namespace

DeviceMatrix::DeviceMatrix(const BitmapMatrix& packed)
    : rows(packed.rows),
      columns(packed.columns),
      type(packed.type),
      value_begin(packed.value_begin),
      bitmaps(packed.bitmaps),
      values(packed.values) {}

void multiply(const DeviceMatrix& weight, const HalfLinear& linear, const Parts& parts,
              Stream stream) {
  tensor_tile::check("the bitmap SpMM", linear, parts);
  if (linear.samples <= 0 || weight.rows == 0) return;
  for (const Row& row : kRows) {
    if (row.type == weight.type && row.samples == tensor_tile::samples_of_block(linear.samples)) {
      row.launch(weight, linear, parts, stream);
    }
  }
  tensor_tile::add_parts<&bitmap_spmm_add_parts>("bitmap_spmm_add_parts", weight.rows, linear,
                                                 parts, stream);
}

}  // namespace gcompress::cuda::bitmap_spmm
