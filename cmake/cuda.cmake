# CUDA is asked for only once there are .cu sources; without nvcc the build says so and goes on.
# Sets GCOMPRESS_HAS_CUDA.

set(GCOMPRESS_HAS_CUDA OFF)
file(GLOB_RECURSE cuda_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/core/kernels/cuda/*.cu")
if(GCOMPRESS_CUDA STREQUAL "OFF")
  message(STATUS "CUDA: switched off")
elseif(NOT cuda_sources)
  message(STATUS "CUDA: there are no CUDA kernels in this version")
else()
  find_program(NVCC_PROGRAM nvcc HINTS /usr/local/cuda/bin)
  if(NVCC_PROGRAM)
    set(CMAKE_CUDA_COMPILER "${NVCC_PROGRAM}")
    set(CMAKE_CUDA_RUNTIME_LIBRARY Static) # runs where no CUDA is installed, and finds no device
    if(NOT CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES 80-real 90) # machine code for both, PTX of sm_90 for what comes after
    endif()
    # CMake 3.25 does not know this nvcc's flag for C++20.
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
    enable_language(CUDA)
    set(CMAKE_CUDA_STANDARD 20)
    set(GCOMPRESS_HAS_CUDA ON)
    message(STATUS "CUDA: ${NVCC_PROGRAM}, architectures ${CMAKE_CUDA_ARCHITECTURES}")
  elseif(GCOMPRESS_CUDA STREQUAL "ON")
    message(FATAL_ERROR "CUDA: asked for, but there is no nvcc on PATH or in /usr/local/cuda/bin")
  else()
    message(STATUS "CUDA: no nvcc found; building without the CUDA kernels")
  endif()
endif()
