// The few functions of cuBLAS that we call, by their C interface (cuBLAS Library documentation,
// sections 2.4 and 2.8), found in the library when it is opened: no header of it is needed.
#include "gcompress/core/kernels/cuda/cublas/launch.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "gcompress/core/base/error.h"

namespace gcompress::cuda::cublas {
namespace {

using Handle = void*;
enum Operation : int { kAsItIs = 0, kTransposed = 1 };
constexpr int kSuccess = 0;

struct Functions {
  int (*create)(Handle*) = nullptr;
  int (*destroy)(Handle) = nullptr;
  int (*set_stream)(Handle, Stream) = nullptr;
  int (*version)(Handle, int*) = nullptr;
  int (*multiply)(Handle, int, int, int, int, int, const float*, const float*, int, long long,
                  const float*, int, long long, const float*, float*, int, long long,
                  int) = nullptr;
};

// A matrix as cuBLAS sees it: column-major, so ours are transposed to begin with.
struct Layout {
  Operation operation;
  int leading;
};

Layout layout_of(const dense_product::Matrices& m, int rows, int columns) {
  if (m.column_step == 1) {
    return {kAsItIs, static_cast<int>(rows == 1 ? columns : m.row_step)};
  }
  return {kTransposed, static_cast<int>(columns == 1 ? rows : m.column_step)};
}

class OpenedLibrary : public Library {
 public:
  OpenedLibrary(void* file, const Functions& functions, Handle handle)
      : file_(file), functions_(functions), handle_(handle) {}
  OpenedLibrary(const OpenedLibrary&) = delete;
  OpenedLibrary& operator=(const OpenedLibrary&) = delete;
  ~OpenedLibrary() override {
    functions_.destroy(handle_);
    dlclose(file_);
  }

  void multiply(const dense_product::Product& p) const override {
    GCOMPRESS_CHECK(takes(p) && p.row_bias == nullptr && p.column_bias == nullptr &&
                    p.residual == nullptr);
    if (p.m <= 0 || p.n <= 0 || p.batches <= 0) return;
    const Layout a = layout_of(p.a, p.m, p.k);
    const Layout b = layout_of(p.b, p.k, p.n);
    const float one = 1;
    const float zero = 0;
    // y^T = b^T a^T
    const int status =
        functions_.multiply(handle_, b.operation, a.operation, p.n, p.m, p.k, &one, p.b.values,
                            b.leading, p.b.batch, p.a.values, a.leading, p.a.batch, &zero, p.y, p.n,
                            static_cast<long long>(p.m) * p.n, p.batches);
    if (status != kSuccess) {
      throw Error(ErrorKind::kBug, fmt::format("cuBLAS refuses a product (status {})", status));
    }
  }

  std::string version() const override {
    int number = 0;
    if (functions_.version(handle_, &number) != kSuccess) return {};
    // 130002 is 13.0.2; until 11 a digit fewer stood for each part.
    return fmt::format("{}.{}.{}", number / 10000, number / 100 % 100, number % 100);
  }

 private:
  void* file_;
  Functions functions_;
  Handle handle_;
};

// Finds all functions; false if one is missing.
bool find(void* file, Functions& found) {
  const auto one = [file](const char* name, auto& function) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(file, name));
    return function != nullptr;
  };
  return one("cublasCreate_v2", found.create) && one("cublasDestroy_v2", found.destroy) &&
         one("cublasSetStream_v2", found.set_stream) && one("cublasGetVersion_v2", found.version) &&
         one("cublasSgemmStridedBatched", found.multiply);
}

Opened open_file(const char* name, Stream stream) {
  void* file = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (file == nullptr) return {.library = nullptr, .why_none = dlerror()};
  Functions functions;
  Handle handle = nullptr;
  std::string why;
  if (!find(file, functions)) {
    why = fmt::format("{} lacks functions of cuBLAS", name);
  } else if (functions.create(&handle) != kSuccess) {
    why = fmt::format("{} cannot be started on this device", name);
  } else if (functions.set_stream(handle, stream) != kSuccess) {
    functions.destroy(handle);
    why = fmt::format("{} does not take a stream", name);
  } else {
    return {.library = std::make_unique<OpenedLibrary>(file, functions, handle), .why_none = {}};
  }
  dlclose(file);
  return {.library = nullptr, .why_none = why};
}

}  // namespace

bool takes(const dense_product::Product& p) {
  const auto lies_in_order = [](const dense_product::Matrices& m) {
    return m.row_step == 1 || m.column_step == 1;
  };
  return p.k > 0 && lies_in_order(p.a) && lies_in_order(p.b);
}

Opened open(const std::string& file, Stream stream) {
  const char* variable = std::getenv(kVariable);
  const std::string named = !file.empty() ? file : variable != nullptr ? variable : "";
  if (!named.empty()) return open_file(named.c_str(), stream);
  Opened opened;
  for (const char* name : {"libcublas.so.13", "libcublas.so.12"}) {
    opened = open_file(name, stream);
    if (opened.library) return opened;
  }
  return opened;
}

}  // namespace gcompress::cuda::cublas
