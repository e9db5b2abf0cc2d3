// Memory and launches on a CUDA device (../runtime.h). Compiled where the CUDA toolkit is.
#include "gcompress/core/kernels/cuda/runtime.h"

#include <cuda_runtime.h>
#include <fmt/format.h>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/device/check.h"

namespace gcompress::cuda {

void check(int status, const char* what) {
  if (status != cudaSuccess) {
    const auto error = static_cast<cudaError_t>(status);
    throw Error(ErrorKind::kBug, fmt::format("{} failed: {}", what, cudaGetErrorString(error)));
  }
}

namespace {

constexpr std::size_t kSharedWithoutAsking = 48 * 1024;

}  // namespace

void launch(const KernelCall& call, const LaunchShape& shape, Stream stream) {
  if (shape.shared_bytes > kSharedWithoutAsking) {
    check(cudaFuncSetAttribute(call.kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                               static_cast<int>(shape.shared_bytes)),
          call.name);
  }
  check(cudaLaunchKernel(call.kernel, dim3(shape.blocks.x, shape.blocks.y, shape.blocks.z),
                         dim3(shape.threads.x, shape.threads.y, shape.threads.z), call.arguments,
                         shape.shared_bytes, stream),
        call.name);
}

void synchronize(Stream stream) { check(cudaStreamSynchronize(stream), "work on the GPU"); }

Memory::Memory(std::size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  const cudaError_t status = cudaMalloc(&address_, bytes);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();  // or the next launch would report it again
    throw_usage(fmt::format("the GPU has no room for {} more bytes", bytes),
                "use a smaller batch or another GPU");
  }
  check(status, "cudaMalloc");
}

Memory::~Memory() { cudaFree(address_); }

void Memory::copy_in(const void* from, std::size_t bytes) {
  GCOMPRESS_CHECK(bytes <= bytes_);
  check(cudaMemcpy(address_, from, bytes, cudaMemcpyHostToDevice), "a copy to the GPU");
}

void Memory::copy_out(void* to, std::size_t bytes) const {
  GCOMPRESS_CHECK(bytes <= bytes_);
  check(cudaMemcpy(to, address_, bytes, cudaMemcpyDeviceToHost), "a copy from the GPU");
}

}  // namespace gcompress::cuda
