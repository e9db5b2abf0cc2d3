# libtorch by hand-made targets: find_package(Torch) insists on CUDA, and libtorch.so would pull in
# libtorch_cuda.so. TORCH_DIR (environment or cache variable) overrides the pinned wheel.

gcompress_pinned_folder(build torch pinned_torch)
if(DEFINED ENV{TORCH_DIR})
  set(default_torch "$ENV{TORCH_DIR}")
else()
  set(default_torch "${pinned_torch}/torch")
endif()
set(TORCH_DIR "${default_torch}" CACHE PATH "Folder with include/ and lib/ of PyTorch")

if(EXISTS "${TORCH_DIR}/lib/libtorch_cpu.so" AND NOT GCOMPRESS_SANITIZE AND NOT GCOMPRESS_FUZZ)
  set(TORCH_FOUND ON)
  message(STATUS "libtorch: ${TORCH_DIR}")
else()
  set(TORCH_FOUND OFF)
  message(STATUS "libtorch: not used; building without the rooms that train")
endif()

if(TORCH_FOUND)
  add_library(torch_c10 SHARED IMPORTED)
  set_target_properties(torch_c10 PROPERTIES IMPORTED_LOCATION "${TORCH_DIR}/lib/libc10.so")
  add_library(torch_cpu SHARED IMPORTED)
  set_target_properties(torch_cpu PROPERTIES IMPORTED_LOCATION "${TORCH_DIR}/lib/libtorch_cpu.so")
  target_include_directories(torch_cpu SYSTEM INTERFACE
    "${TORCH_DIR}/include" "${TORCH_DIR}/include/torch/csrc/api/include")
  target_compile_definitions(torch_cpu INTERFACE USE_DISTRIBUTED USE_C10D_GLOO)
  target_link_libraries(torch_cpu INTERFACE torch_c10)
  # libcudart and libcupti, which libtorch_cpu.so needs, are found through its own run path.
  target_link_options(torch_cpu INTERFACE -Wl,--allow-shlib-undefined)
endif()
