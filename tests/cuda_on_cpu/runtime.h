// What tests may set about the CPU execution of kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace gcompress::cuda_on_cpu {

// The order of blocks, and of threads between barriers, follows this seed (0 at first).
void set_order_seed(std::uint64_t seed);

// How many launches have run so far, so that a test can see that its kernel was called at all.
std::uint64_t launches();

// Bytes of the pretended device; an allocation that finds no room throws as on a device.
void set_room(std::size_t bytes);

// What time_of (core/kernels/cuda/streams.h) is to say; empty: nothing.
void set_clock(std::function<std::optional<double>(const std::function<void()>& launches)> told);

}  // namespace gcompress::cuda_on_cpu
