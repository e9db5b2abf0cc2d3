// How fast the processor multiplies and adds when nothing but registers is involved: what shares of
// the limit are shares of.
#pragma once

#include <string>

namespace gcompress::bench {

struct FmaLimit {
  double gigaflops = 0;         // the best of some runs, all threads together
  std::string instruction_set;  // "AVX3_ZEN4": Highway's name for what kernels run with here
};

FmaLimit fma_limit(int threads);

}  // namespace gcompress::bench
