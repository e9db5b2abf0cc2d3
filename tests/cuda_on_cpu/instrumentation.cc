// Every load and store of a kernel passes here. The kernels' sources are compiled with
// -fsanitize=thread, which puts a call in front of each access to memory; these are the functions
// that it calls, instead of those of the sanitizer's library, which is not linked.
#include <cstddef>
#include <cstdint>

#include "tests/cuda_on_cpu/memory.h"

namespace {

void check(const void* address, std::size_t bytes, bool is_write, bool aligned = true) {
  gcompress::cuda_on_cpu::check_access(reinterpret_cast<std::uintptr_t>(address), bytes, is_write,
                                       aligned);
}

}  // namespace

extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}

#define GCOMPRESS_ACCESS(bytes)                                                 \
  void __tsan_read##bytes(void* p) { check(p, bytes, false); }                  \
  void __tsan_write##bytes(void* p) { check(p, bytes, true); }                  \
  void __tsan_unaligned_read##bytes(void* p) { check(p, bytes, false, false); } \
  void __tsan_unaligned_write##bytes(void* p) { check(p, bytes, true, false); }
GCOMPRESS_ACCESS(1)
GCOMPRESS_ACCESS(2)
GCOMPRESS_ACCESS(4)
GCOMPRESS_ACCESS(8)
GCOMPRESS_ACCESS(16)
#undef GCOMPRESS_ACCESS

void __tsan_read_range(void* p, std::size_t bytes) { check(p, bytes, false, false); }
void __tsan_write_range(void* p, std::size_t bytes) { check(p, bytes, true, false); }

}  // extern "C"
