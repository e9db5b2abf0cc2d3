// cuBLAS for dense products, opened at run time: a machine without it runs our own kernels.
#pragma once

#include <memory>
#include <string>

#include "gcompress/core/kernels/cuda/dense_product/launch.h"

namespace gcompress::cuda::cublas {

// The environment variable that names the library's file.
inline constexpr const char* kVariable = "GCOMPRESS_CUBLAS";

// A handle on one device and stream. Not thread-safe.
class Library {
 public:
  virtual ~Library() = default;
  // y = a b in strict float32, without biases, residual and bounds, which must not be set. Of each
  // of a and b one step is 1. Asynchronous. Throws Error(kBug) where cuBLAS refuses.
  virtual void multiply(const dense_product::Product& product) const = 0;
  virtual std::string version() const = 0;  // "13.0.0"
};

// What opening gave: a library, or a sentence why there is none.
struct Opened {
  std::unique_ptr<Library> library;
  std::string why_none;
};

// Opens `file`, or, if that is empty, what GCOMPRESS_CUBLAS names, else libcublas.so.13 or .12 as
// the system finds it. Never throws.
Opened open(const std::string& file, Stream stream);

// Whether the product lies as cuBLAS wants it.
bool takes(const dense_product::Product& product);

}  // namespace gcompress::cuda::cublas
