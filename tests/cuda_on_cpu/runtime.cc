// core/kernels/cuda/runtime.h on the CPU: a launch runs the whole grid before it returns.
#include "gcompress/core/kernels/cuda/runtime.h"

#include <cstring>
#include <string>

#include "gcompress/core/base/error.h"
#include "tests/cuda_on_cpu/block.h"
#include "tests/cuda_on_cpu/memory.h"
#include "tests/cuda_on_cpu/runtime.h"

namespace gcompress::cuda_on_cpu {
namespace {
std::uint64_t order_seed = 0;
std::uint64_t launch_count = 0;
}  // namespace

void set_order_seed(std::uint64_t seed) { order_seed = seed; }
std::uint64_t launches() { return launch_count; }

}  // namespace gcompress::cuda_on_cpu

namespace gcompress::cuda {

void launch(const KernelCall& call, const LaunchShape& shape, Stream) {
  using namespace cuda_on_cpu;
  run_grid(
      call.name, [&] { call.invoke(call.arguments); },
      {shape.blocks.x, shape.blocks.y, shape.blocks.z},
      {shape.threads.x, shape.threads.y, shape.threads.z}, shape.shared_bytes,
      order_seed + launch_count);
  ++launch_count;
}

void synchronize(Stream) {}

Memory::Memory(std::size_t bytes) : bytes_(bytes) {
  if (bytes + cuda_on_cpu::global::used() > cuda_on_cpu::global::room()) {
    throw_usage("the GPU has no room for " + std::to_string(bytes) + " more bytes",
                "use a smaller batch or another GPU");
  }
  address_ = cuda_on_cpu::global::allocate(bytes);
}

Memory::~Memory() { cuda_on_cpu::global::release(address_); }

void Memory::copy_in(const void* from, std::size_t bytes) {
  GCOMPRESS_CHECK(bytes <= bytes_);
  if (bytes > 0) std::memcpy(address_, from, bytes);
}

void Memory::copy_out(void* to, std::size_t bytes) const {
  GCOMPRESS_CHECK(bytes <= bytes_);
  if (bytes > 0) std::memcpy(to, address_, bytes);
}

}  // namespace gcompress::cuda
