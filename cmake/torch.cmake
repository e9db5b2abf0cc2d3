# libtorch by hand-made targets: find_package(Torch) insists on CUDA, and libtorch.so would pull in
# libtorch_cuda.so. TORCH_DIR (environment or cache variable) overrides the pinned wheel.
# Sets TORCH_FOUND, and GCOMPRESS_TRAIN unless the user or the preset did.

gcompress_pinned_folder(build torch pinned_torch)
if(DEFINED ENV{TORCH_DIR})
  set(default_torch "$ENV{TORCH_DIR}")
else()
  set(default_torch "${pinned_torch}/torch")
endif()
set(TORCH_DIR "${default_torch}" CACHE PATH "Folder with include/ and lib/ of PyTorch")

if(EXISTS "${TORCH_DIR}/lib/libtorch_cpu.so")
  set(TORCH_FOUND ON)
  message(STATUS "libtorch: ${TORCH_DIR}")
else()
  set(TORCH_FOUND OFF)
  message(STATUS "libtorch: not in ${TORCH_DIR}")
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

set(train_default ${TORCH_FOUND})
if(GCOMPRESS_SANITIZE OR GCOMPRESS_FUZZ) # works, but takes minutes to compile
  set(train_default OFF)
endif()
option(GCOMPRESS_TRAIN "Build the rooms that train, and libexec/gcompress-train" ${train_default})
if(GCOMPRESS_TRAIN AND NOT TORCH_FOUND)
  message(FATAL_ERROR "GCOMPRESS_TRAIN is on, but there is no libtorch: run `make deps` or set TORCH_DIR")
elseif(NOT GCOMPRESS_TRAIN)
  message(STATUS "Building without the rooms that train")
endif()

# For `gcompress doctor`: "2.11.0", or nothing where the headers do not say.
file(GLOB torch_version_header "${TORCH_DIR}/include/torch/headeronly/version.h")
if(GCOMPRESS_TRAIN AND torch_version_header)
  file(STRINGS "${torch_version_header}" lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  list(TRANSFORM lines REPLACE ".* " "")
  list(JOIN lines "." GCOMPRESS_TORCH_VERSION)
endif()
