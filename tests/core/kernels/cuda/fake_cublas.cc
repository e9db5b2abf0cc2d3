// A stand-in for cuBLAS on machines without a GPU: the functions that we call, in plain loops,
// where device memory is the process's own. Column-major, as cuBLAS's documentation has it.
#include <cstddef>
#include <new>

namespace {
struct Handle {
  void* stream = nullptr;
};
constexpr int kSuccess = 0;
constexpr int kInvalidValue = 7;
constexpr int kVersion = 130002;
}  // namespace

extern "C" {

int cublasCreate_v2(void** handle) {
  *handle = new (std::nothrow) Handle;
  return *handle == nullptr ? 3 : kSuccess;
}

int cublasDestroy_v2(void* handle) {
  delete static_cast<Handle*>(handle);
  return kSuccess;
}

int cublasSetStream_v2(void* handle, void* stream) {
  static_cast<Handle*>(handle)->stream = stream;
  return kSuccess;
}

int cublasGetVersion_v2(void*, int* version) {
  *version = kVersion;
  return kSuccess;
}

// c [m][n] = alpha op(a) op(b) + beta c, column-major, leading dimensions from column to column.
int cublasSgemmStridedBatched(void*, int operation_a, int operation_b, int m, int n, int k,
                              const float* alpha, const float* a, int lda, long long stride_a,
                              const float* b, int ldb, long long stride_b, const float* beta,
                              float* c, int ldc, long long stride_c, int batches) {
  const int a_rows = operation_a == 0 ? m : k;
  const int b_rows = operation_b == 0 ? k : n;
  if (m < 0 || n < 0 || k < 0 || lda < a_rows || ldb < b_rows || ldc < m || batches < 0) {
    return kInvalidValue;
  }
  for (long long i = 0; i < batches; ++i) {
    for (std::ptrdiff_t column = 0; column < n; ++column) {
      for (std::ptrdiff_t row = 0; row < m; ++row) {
        double sum = 0;
        for (std::ptrdiff_t p = 0; p < k; ++p) {
          const float left =
              operation_a == 0 ? a[i * stride_a + p * lda + row] : a[i * stride_a + row * lda + p];
          const float right = operation_b == 0 ? b[i * stride_b + column * ldb + p]
                                               : b[i * stride_b + p * ldb + column];
          sum += double{left} * right;
        }
        float& to = c[i * stride_c + column * ldc + row];
        to = static_cast<float>(*alpha * sum) + (*beta == 0 ? 0 : *beta * to);
      }
    }
  }
  return kSuccess;
}

}  // extern "C"
