// Inside of memory.h: where shared memory lies and the check of accesses to it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gcompress::cuda_on_cpu::shared {

bool contains(std::uintptr_t address);
void check(std::uintptr_t address, std::size_t bytes, bool is_write);
void check_bounds(std::uintptr_t address, std::size_t bytes, const char* verb);

}  // namespace gcompress::cuda_on_cpu::shared
