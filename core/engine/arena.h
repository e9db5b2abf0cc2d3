// Places in one block of memory for values that do not live at the same time.
#pragma once

#include <cstdint>
#include <vector>

namespace gcompress::engine {

// A value of so many elements, alive from one step to another, both included.
struct Lifetime {
  std::int64_t elements = 0;
  std::size_t first = 0;
  std::size_t last = 0;
};

struct Arena {
  std::vector<std::int64_t> offsets;  // of each value, in elements, at multiples of 16
  std::int64_t elements = 0;          // of the block
};

// Values that are alive together do not overlap. Large ones are placed first, each as low as it
// fits.
Arena lay_out(const std::vector<Lifetime>& values);

// Memory of so many elements on a cache line, and where it begins. 64 elements behind the end may
// be read.
std::vector<float> make_memory(std::int64_t elements);
float* aligned(std::vector<float>& memory);

}  // namespace gcompress::engine
