// Memory of a CUDA device and launching kernels there, as far as this room needs it. Two
// definitions exist and a program links one: device/runtime.cc (CUDA, where nvcc is) and
// tests/cuda_on_cpu/runtime.cc (the same kernels run on the CPU, with checks).
//
// Nothing here waits or allocates unless its name says so. A call that fails throws Error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

struct CUstream_st;

namespace gcompress::cuda {

// A queue of work on the device; nullptr is the default one. The same as cudaStream_t.
using Stream = CUstream_st*;

struct Grid {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;
};

// How many blocks, how many threads in each, and bytes of dynamic shared memory.
struct LaunchShape {
  Grid blocks;
  Grid threads;
  std::size_t shared_bytes = 0;
};

// A kernel and its arguments with their types forgotten.
struct KernelCall {
  const char* name;                  // for messages
  const void* kernel;                // the __global__ function
  void** arguments;                  // one address each
  void (*invoke)(void** arguments);  // calls it as an ordinary function: one thread's work
};

// Puts one launch into the stream. Checks the launch itself; errors inside the kernel appear at
// synchronize(), or, run on the CPU, at once.
void launch(const KernelCall& call, const LaunchShape& shape, Stream stream);

// Waits for all work of the stream; throws what went wrong in it.
void synchronize(Stream stream);

// launch_kernel<kernel>("kernel", shape, stream, arguments...): arguments are converted as in a
// call.
template <auto kKernel, class... Arguments>
void launch_kernel(const char* name, const LaunchShape& shape, Stream stream, Arguments... given) {
  [&]<class... Parameters>(void (*kernel)(Parameters...)) {
    static_assert(sizeof...(Parameters) == sizeof...(Arguments));
    [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>, Parameters... values) {
      void* addresses[] = {&values...};
      const auto invoke = [](void** from) { kKernel(*static_cast<Parameters*>(from[kIndex])...); };
      launch({name, reinterpret_cast<const void*>(kernel), addresses, invoke}, shape, stream);
    }(std::index_sequence_for<Arguments...>{}, static_cast<Parameters>(given)...);
  }(kKernel);
}

// Device memory, owned. Movable, not copyable. Addresses are multiples of 256.
class Memory {
 public:
  Memory() = default;
  explicit Memory(std::size_t bytes);  // contents unknown; ErrorKind::kUsage names the bytes if
                                       // there is no room
  Memory(Memory&& other) noexcept { *this = std::move(other); }
  Memory& operator=(Memory&& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Memory();

  void* address() const { return address_; }
  std::size_t bytes() const { return bytes_; }
  // These two wait until the copy is done.
  void copy_in(const void* from, std::size_t bytes);
  void copy_out(void* to, std::size_t bytes) const;

 private:
  void* address_ = nullptr;
  std::size_t bytes_ = 0;
};

// An array of device memory.
template <class T>
class Array {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Array() = default;
  explicit Array(std::size_t size) : memory_(size * sizeof(T)), size_(size) {}
  explicit Array(std::span<const T> from) : Array(from.size()) {
    memory_.copy_in(from.data(), from.size_bytes());
  }
  explicit Array(const std::vector<T>& from) : Array(std::span<const T>(from)) {}

  T* data() const { return static_cast<T*>(memory_.address()); }
  std::size_t size() const { return size_; }
  std::vector<T> to_host() const {
    std::vector<T> values(size_);
    memory_.copy_out(values.data(), size_ * sizeof(T));
    return values;
  }

 private:
  Memory memory_;
  std::size_t size_ = 0;
};

}  // namespace gcompress::cuda
