# Language, warnings, sanitizers and ccache: what holds for every target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()

# No -march=native: kernels choose their instruction set at run time.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
# Enough optimisation to bear a sanitizer, enough debug information for its stack traces.
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1 -fno-omit-frame-pointer")

# Without -Wconversion: code that computes with indices and floats would drown in casts.
set(warnings -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi
             -Wimplicit-fallthrough
             -Wno-missing-field-initializers) # designated initializers name what they set
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND warnings -Wno-restrict) # false alarms on std::string + "..." (GCC bug 105651)
endif()
if(GCOMPRESS_WERROR)
  list(APPEND warnings -Werror)
  # These depend on what the optimiser happens to inline; worth reading, not worth a broken build.
  list(APPEND warnings -Wno-error=maybe-uninitialized -Wno-error=array-bounds
                       -Wno-error=stringop-overflow -Wno-error=free-nonheap-object)
endif()
# For C++ only: nvcc has options of its own.
add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:${warnings}>")

# No absolute path of the build machine in the binaries, and clones can share compiler caches.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.>)
add_link_options(-Wl,--as-needed)

if(GCOMPRESS_SANITIZE)
  add_compile_options(
    "$<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${GCOMPRESS_SANITIZE};-fno-sanitize-recover=all>")
  add_link_options(-fsanitize=${GCOMPRESS_SANITIZE})
endif()
if(GCOMPRESS_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "GCOMPRESS_FUZZ needs clang: configure with -DCMAKE_CXX_COMPILER=clang++")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link,address)
  add_link_options(-fsanitize=address)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Sloppy about what a precompiled header brings; paths relative to the tree, so that clones share.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      ${CCACHE_PROGRAM})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
