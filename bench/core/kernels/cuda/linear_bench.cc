// The CUDA kernels for sparse matrices beside cuBLAS on the dense matrix and cuSPARSE on the sparse
// one, in fp16 and fp32: cold and hot L2, a random tenth of the weights. Each kernel's result is
// compared with cuBLAS before it is timed. Arguments: rows, columns, samples, cold.
#include <cublas_v2.h>
#include <cusparse.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/core/kernels/cuda/gpu.h"
#include "gcompress/core/base/random.h"
#include "gcompress/core/kernels/cuda/bitmap_spmm/launch.h"
#include "gcompress/core/kernels/cuda/skinny_spmm/launch.h"
#include "gcompress/core/kernels/cuda/tensor_launch.h"
#include "gcompress/core/kernels/cuda/two_four_spmm/launch.h"

namespace gcompress::cuda {
namespace {

// One problem, on both sides.
struct Problem {
  int rows, columns, samples;
  std::vector<float> weight;
  Array<std::uint16_t> dense;  // [rows][columns] in fp16
  Array<float> dense_float;
  Array<std::uint16_t> x;  // [samples][columns]
  Array<float> x_float;
  Array<float> y;
  double nonzeros = 0;

  explicit Problem(const benchmark::State& state)
      : rows(static_cast<int>(state.range(0))),
        columns(static_cast<int>(state.range(1))),
        samples(static_cast<int>(state.range(2))) {
    RandomStream random(1, "bench.cuda");
    std::vector<std::uint16_t> bits, x_bits;
    for (std::int64_t i = 0; i < state.range(0) * state.range(1); ++i) {
      weight.push_back(random.uniform() < 0.1F ? rounded(random.uniform() - 0.5F, ValueType::kHalf)
                                               : 0.0F);
      nonzeros += weight.back() != 0;
      bits.push_back(bits_of(weight.back(), ValueType::kHalf));
    }
    std::vector<float> x_values;
    for (std::int64_t i = 0; i < state.range(1) * state.range(2); ++i) {
      x_values.push_back(rounded(random.uniform() - 0.5F, ValueType::kHalf));
      x_bits.push_back(bits_of(x_values.back(), ValueType::kHalf));
    }
    dense = Array<std::uint16_t>(bits);
    dense_float = Array<float>(weight);
    x = Array<std::uint16_t>(x_bits);
    x_float = Array<float>(x_values);
    y = Array<float>(static_cast<std::size_t>(rows) * static_cast<std::size_t>(samples));
  }
  DenseMatrix view() const { return {weight, rows, columns}; }
  double flops(double elements) const { return 2 * elements * samples; }
};

// y = x w^T in cuBLAS's order of columns: y is [rows][samples] there, w is [columns][rows].
void multiply_dense(cublasHandle_t handle, const Problem& p, cudaDataType_t type) {
  const float one = 1, zero = 0;
  const bool half = type == CUDA_R_16F;
  const void* w = half ? static_cast<const void*>(p.dense.data()) : p.dense_float.data();
  const void* x = half ? static_cast<const void*>(p.x.data()) : p.x_float.data();
  check(cublasGemmEx(handle, CUBLAS_OP_T, CUBLAS_OP_N, p.rows, p.samples, p.columns, &one, w, type,
                     p.columns, x, type, p.columns, &zero, p.y.data(), CUDA_R_32F, p.rows,
                     CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT) == CUBLAS_STATUS_SUCCESS,
        "cublasGemmEx");
}

cublasHandle_t cublas() {
  static cublasHandle_t handle = [] {
    cublasHandle_t made = nullptr;
    check(cublasCreate(&made) == CUBLAS_STATUS_SUCCESS, "cublasCreate");
    return made;
  }();
  return handle;
}

void dense(benchmark::State& state, cudaDataType_t type) {
  const Problem p(state);
  const double elements = static_cast<double>(p.rows) * p.columns;
  time_on_gpu(state, state.range(3) != 0, elements * (type == CUDA_R_16F ? 2 : 4),
              p.flops(elements), [&] { multiply_dense(cublas(), p, type); });
}

// Times one of our kernels behind a comparison; `bytes` of its weight.
void sparse(benchmark::State& state, const Problem& p, std::size_t bytes,
            const std::function<void()>& multiply) {
  multiply_dense(cublas(), p, CUDA_R_32F);
  const std::vector<float> expected = p.y.to_host();
  multiply();
  synchronize(nullptr);
  const std::vector<float> got = p.y.to_host();
  const float bound = 1e-5F * static_cast<float>(p.columns);  // of sums of products below 1/4
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (!(std::abs(got[i] - expected[i]) <= bound))
      return state.SkipWithError("the result is wrong");
  }
  time_on_gpu(state, state.range(3) != 0, static_cast<double>(bytes), p.flops(p.nonzeros),
              multiply);
}

void check_sparse(cusparseStatus_t status, const char* what) {
  check(status == CUSPARSE_STATUS_SUCCESS, what);
}

// The weight as cuSPARSE wants it, with its plan for this product.
class CsrProduct {
 public:
  CsrProduct(const Problem& p, cudaDataType_t type) {
    std::vector<int> begin = {0}, columns;
    std::vector<float> values;
    for (int r = 0; r < p.rows; ++r) {
      for (int c = 0; c < p.columns; ++c) {
        if (p.view().at(r, c) == 0) continue;
        columns.push_back(c);
        values.push_back(p.view().at(r, c));
      }
      begin.push_back(static_cast<int>(columns.size()));
    }
    const bool half = type == CUDA_R_16F;
    begin_ = Array<int>(begin);
    columns_ = Array<int>(columns);
    values_ = Array<std::byte>(encode(values, half ? ValueType::kHalf : ValueType::kFloat));
    check_sparse(cusparseCreate(&handle_), "cusparseCreate");
    check_sparse(
        cusparseCreateCsr(&weight_, p.rows, p.columns, static_cast<std::int64_t>(columns.size()),
                          begin_.data(), columns_.data(), values_.data(), CUSPARSE_INDEX_32I,
                          CUSPARSE_INDEX_32I, CUSPARSE_INDEX_BASE_ZERO, type),
        "cusparseCreateCsr");
    void* x = half ? static_cast<void*>(p.x.data()) : p.x_float.data();
    check_sparse(
        cusparseCreateDnMat(&x_, p.columns, p.samples, p.columns, x, type, CUSPARSE_ORDER_COL),
        "cusparseCreateDnMat");
    check_sparse(cusparseCreateDnMat(&y_, p.rows, p.samples, p.rows, p.y.data(), CUDA_R_32F,
                                     CUSPARSE_ORDER_COL),
                 "cusparseCreateDnMat");
    std::size_t bytes = 0;
    check_sparse(cusparseSpMM_bufferSize(handle_, kAsItIs, kAsItIs, &one_, weight_, x_, &zero_, y_,
                                         CUDA_R_32F, CUSPARSE_SPMM_ALG_DEFAULT, &bytes),
                 "cusparseSpMM_bufferSize");
    buffer_ = Memory(bytes);
  }
  CsrProduct(const CsrProduct&) = delete;
  CsrProduct& operator=(const CsrProduct&) = delete;
  ~CsrProduct() {
    cusparseDestroySpMat(weight_);
    cusparseDestroyDnMat(x_);
    cusparseDestroyDnMat(y_);
    cusparseDestroy(handle_);
  }

  std::size_t bytes() const {
    return (begin_.size() + columns_.size()) * sizeof(int) + values_.size();
  }
  void multiply() const {
    check_sparse(cusparseSpMM(handle_, kAsItIs, kAsItIs, &one_, weight_, x_, &zero_, y_, CUDA_R_32F,
                              CUSPARSE_SPMM_ALG_DEFAULT, buffer_.address()),
                 "cusparseSpMM");
  }

 private:
  static constexpr cusparseOperation_t kAsItIs = CUSPARSE_OPERATION_NON_TRANSPOSE;
  float one_ = 1, zero_ = 0;
  Array<int> begin_, columns_;
  Array<std::byte> values_;
  Memory buffer_;
  cusparseHandle_t handle_ = nullptr;
  cusparseSpMatDescr_t weight_ = nullptr;
  cusparseDnMatDescr_t x_ = nullptr, y_ = nullptr;
};

void csr(benchmark::State& state, cudaDataType_t type) {
  const Problem p(state);
  const CsrProduct product(p, type);
  sparse(state, p, product.bytes(), [&] { product.multiply(); });
}

void skinny(benchmark::State& state, ValueType type) {
  const Problem p(state);
  const skinny_spmm::SlabMatrix packed = skinny_spmm::pack(p.view(), type);
  const skinny_spmm::DeviceMatrix weight(packed);
  sparse(state, p, packed.bytes(), [&] {
    skinny_spmm::multiply(weight,
                          {.x = p.x_float.data(),
                           .y = p.y.data(),
                           .samples = p.samples,
                           .x_stride = p.columns,
                           .y_stride = p.rows},
                          nullptr);
  });
}

// For both kernels of tensor cores.
template <class Device, class Packed, class Multiply>
void on_tensor_cores(benchmark::State& state, const Problem& p, const Packed& packed,
                     Multiply multiply) {
  cudaDeviceProp device{};
  check(cudaGetDeviceProperties(&device, 0) == cudaSuccess, "cudaGetDeviceProperties");
  const Device weight(packed);
  const int count =
      tensor_tile::suggested_parts(p.rows, p.columns, p.samples, device.multiProcessorCount);
  const Array<float> sums(count > 1 ? p.y.size() * static_cast<std::size_t>(count) : 0);
  sparse(state, p, packed.bytes(), [&] {
    multiply(weight,
             {.x = p.x.data(),
              .y = p.y.data(),
              .samples = p.samples,
              .x_stride = p.columns,
              .y_stride = p.rows},
             {count, sums.data()}, nullptr);
  });
}

void bitmap(benchmark::State& state) {
  const Problem p(state);
  on_tensor_cores<bitmap_spmm::DeviceMatrix>(
      state, p, bitmap_spmm::pack(p.view(), ValueType::kHalf), bitmap_spmm::multiply);
}

void two_four(benchmark::State& state) {
  const Problem p(state);
  on_tensor_cores<two_four_spmm::DeviceMatrix>(state, p, two_four_spmm::pack(p.view()),
                                               two_four_spmm::multiply);
}

void sizes(benchmark::internal::Benchmark* b, const std::vector<std::int64_t>& samples) {
  for (const auto& [rows, columns] : {std::pair{4096, 4096}, {11008, 4096}, {12288, 12288}}) {
    for (const std::int64_t n : samples) {
      for (const int cold : {1, 0}) b->Args({rows, columns, n, cold});
    }
  }
  b->ArgNames({"rows", "columns", "samples", "cold"})
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
}
void all_samples(benchmark::internal::Benchmark* b) { sizes(b, {1, 4, 8, 16, 32, 64, 128}); }
void few_samples(benchmark::internal::Benchmark* b) { sizes(b, {1, 4, 8, 16}); }
void many_samples(benchmark::internal::Benchmark* b) { sizes(b, {16, 32, 64, 128}); }

BENCHMARK_CAPTURE(dense, cublas_f16, CUDA_R_16F)->Apply(all_samples);
BENCHMARK_CAPTURE(dense, cublas_f32, CUDA_R_32F)->Apply(all_samples);
BENCHMARK_CAPTURE(csr, cusparse_f16, CUDA_R_16F)->Apply(all_samples);
BENCHMARK_CAPTURE(csr, cusparse_f32, CUDA_R_32F)->Apply(all_samples);
BENCHMARK_CAPTURE(skinny, f16, ValueType::kHalf)->Apply(few_samples);
BENCHMARK_CAPTURE(skinny, f32, ValueType::kFloat)->Apply(few_samples);
BENCHMARK(bitmap)->Apply(many_samples);
BENCHMARK(two_four)->Apply(many_samples);

}  // namespace
}  // namespace gcompress::cuda
