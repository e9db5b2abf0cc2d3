// A fixed set of fibers on stacks of their own, by Boost.Context, with what AddressSanitizer wants
// to know of switches.
#pragma once

#include <cstdint>

namespace gcompress::cuda_on_cpu::fibers {

// Prepares fiber `number` (0 .. kMaxThreads - 1) to run `main` at its first enter().
void start(int number, void (*main)());
// Runs the fiber until it leaves or ends. Called from outside of fibers.
void enter(int number);
// Called inside a fiber: back to whoever entered it.
void leave();
// Forgets fibers 0 .. count - 1 where they stand. Nothing on their stacks is destroyed.
void abandon(int count);

// Whether the address lies on a stack of a fiber: what CUDA calls local memory.
bool on_a_stack(std::uintptr_t address);

}  // namespace gcompress::cuda_on_cpu::fibers
