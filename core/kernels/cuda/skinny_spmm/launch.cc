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
  constexpr int kRows = Config<kSamples, sizeof(float)>::kRowsPerBlock;
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

template <auto kKernel, int kSamples>
void launch_int8(const DeviceMatrix& weight, const float* scale, const Int8Linear& linear,
                 Stream stream) {
  constexpr int kRowsOfBlock = Config<kSamples, 1>::kRowsPerBlock;
  const auto blocks = static_cast<unsigned>((weight.rows + kRowsOfBlock - 1) / kRowsOfBlock);
  launch_kernel<kKernel>("skinny_spmm_s8", {{blocks}, {kThreads}}, stream,
                         weight.segment_begin.data(), weight.indices.data(),
                         reinterpret_cast<const std::int8_t*>(weight.values.data()), scale,
                         linear.bias, linear.x, linear.y, weight.rows, weight.columns,
                         linear.samples, linear.x_stride, linear.y_stride, linear.low, linear.high);
}

struct Int8Row {
  int samples;
  void (*launch)(const DeviceMatrix&, const float*, const Int8Linear&, Stream);
};

constexpr Int8Row kInt8Rows[] = {
#define GCOMPRESS_ROW(samples) {samples, &launch_int8<&skinny_spmm_s8_n##samples, samples>},
    GCOMPRESS_SKINNY_SPMM_INT8_ENTRIES(GCOMPRESS_ROW)
#undef GCOMPRESS_ROW
};

void check_samples(int samples) {
  if (samples > kMaxSamples) {
    throw Error(
        ErrorKind::kUnsupported,
        fmt::format("the skinny SpMM has room for {} samples, not {}", kMaxSamples, samples));
  }
}

}  // namespace

DeviceMatrix::DeviceMatrix(const SlabMatrix& packed)
    : rows(packed.rows),
      columns(packed.columns),
      type(packed.type),
      segment_begin(packed.segment_begin),
      indices(packed.indices),
      values(packed.values) {}

void multiply(const DeviceMatrix& weight, const Linear& linear, Stream stream) {
  GCOMPRESS_CHECK(weight.type != ValueType::kInt8);
  check_samples(linear.samples);
  if (linear.samples <= 0 || weight.rows == 0) return;
  for (const Row& row : kRows) {
    if (row.type == weight.type && row.samples >= linear.samples) {
      return row.launch(weight, linear, stream);
    }
  }
}

void multiply_int8(const DeviceMatrix& weight, const float* scale, const Int8Linear& linear,
                   Stream stream) {
  GCOMPRESS_CHECK(weight.type == ValueType::kInt8);
  check_samples(linear.samples);
  if (linear.samples <= 0 || weight.rows == 0) return;
  for (const Int8Row& row : kInt8Rows) {
    if (row.samples >= linear.samples) return row.launch(weight, scale, linear, stream);
  }
}

}  // namespace gcompress::cuda::skinny_spmm
