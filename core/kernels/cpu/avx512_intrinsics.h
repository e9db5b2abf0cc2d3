// The compiler's intrinsics, for files that use those of AVX-512; x86-64 only.
#pragma once

#include <hwy/base.h>

// GCC 12's header of AVX-512 begins with values that it leaves undefined on purpose, and warns.
#if HWY_COMPILER_GCC && !HWY_COMPILER_CLANG
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif
