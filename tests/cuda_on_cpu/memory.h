// What a kernel may touch, and when: device buffers with exact sizes, the block's shared memory
// with a shadow for every byte, asynchronous copies that have not arrived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace gcompress::cuda_on_cpu {

// Checks one access of the running thread; calls fail() if it is wrong. Accesses of 1, 2, 4, 8 or
// 16 bytes must be aligned to their size if `aligned`. Outside of a kernel nothing is checked.
void check_access(std::uintptr_t address, std::size_t bytes, bool is_write, bool aligned = true);

// An atomic operation: bounds and alignment only.
void check_atomic_access(std::uintptr_t address, std::size_t bytes);

namespace global {
void* allocate(std::size_t bytes);
void release(void* address);
std::size_t room();  // bytes of the pretended device
std::size_t used();
}  // namespace global

namespace shared {
// A new block: everything becomes unwritten.
void begin_block(const std::string& kernel, std::size_t dynamic_bytes);
void* dynamic_memory();
// The static variable of this declaration; the first thread that asks makes it.
void* variable(const void* declaration, std::size_t bytes, std::size_t alignment);
}  // namespace shared

// cp.async of the running thread; see core/kernels/cuda/ptx.h.
void begin_copy(void* to, const void* from, int bytes, int valid);
void close_copy_group();
void wait_for_copies(int pending_groups);

}  // namespace gcompress::cuda_on_cpu
