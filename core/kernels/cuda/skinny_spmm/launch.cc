#include "gcompress/core/kernels/cuda/skinny_spmm/launch.h"

#include <fmt/format.h>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/skinny_spmm/config.h"
#include "gcompress/core/kernels/cuda/skinny_spmm/kernels.h"

namespace gcompress::cuda::skinny_spmm {
namespace {

using Launch = void (*)(const DeviceMatrix&, const Linear&, Stream);

template <auto kKernel, int kSamples, class Stored>
void launch_entry(const DeviceMatrix& weight, const Linear& linear, Stream stream) {
  constexpr int kRows = Config<kSamples>::kRowsPerBlock;
  const auto blocks = static_cast<unsigned>((weight.rows + kRows - 1) / kRows);
  launch_kernel<kKernel>("skinny_spmm", {{blocks}, {kThreads}}, stream, weight.segment_begin.data(),
                         weight.indices.data(),
                         reinterpret_cast<const Stored*>(weight.values.data()), linear.bias,
                         linear.x, linear.y, weight.rows, weight.columns, linear.samples,
                         linear.x_stride, linear.y_stride, linear.low, linear.high);
}

struct Row {
  ValueType type;
  int samples;
  Launch launch;
};

constexpr ValueType kTypeOf_f32 = ValueType::kFloat;
constexpr ValueType kTypeOf_f16 = ValueType::kHalf;
constexpr ValueType kTypeOf_bf16 = ValueType::kBfloat16;

// Per type, by rising samples.
constexpr Row kRows[] = {
#define GCOMPRESS_ROW(suffix, Stored, Value, samples) \
  {kTypeOf_##suffix, samples, &launch_entry<&skinny_spmm_##suffix##_n##samples, samples, Stored>},
    GCOMPRESS_SKINNY_SPMM_ENTRIES(GCOMPRESS_ROW)
#undef GCOMPRESS_ROW
};

}  // namespace

DeviceMatrix::DeviceMatrix(const SlabMatrix& packed)
    : rows(packed.rows),
      columns(packed.columns),
      type(packed.type),
      segment_begin(packed.segment_begin),
      indices(packed.indices),
      values(packed.values) {}

void multiply(const DeviceMatrix& weight, const Linear& linear, Stream stream) {
  if (linear.samples > kMaxSamples) {
    throw Error(ErrorKind::kUnsupported,
                fmt::format("the skinny SpMM has room for {} samples, not {}", kMaxSamples,
                            linear.samples));
  }
  if (linear.samples <= 0 || weight.rows == 0) return;
  for (const Row& row : kRows) {
    if (row.type == weight.type && row.samples >= linear.samples) {
      return row.launch(weight, linear, stream);
    }
  }
}

}  // namespace gcompress::cuda::skinny_spmm
