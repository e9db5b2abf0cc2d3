# The libraries of others, each under a short name that rooms.cmake uses: gcompress_external(NAME ...).
# A room that names one may include its headers; guarded ones (see rooms.cmake) nobody else may.

find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(Boost 1.74 REQUIRED) # headers only
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
pkg_check_modules(eigen REQUIRED IMPORTED_TARGET eigen3)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(turbojpeg REQUIRED IMPORTED_TARGET libturbojpeg)
pkg_check_modules(spng REQUIRED IMPORTED_TARGET spng)
pkg_check_modules(archive REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET libhwy)

# The ONNX messages, compiled from the pinned .proto. Programs link protobuf-lite statically. Debian's
# archive cannot go into a shared library (its thread-local storage is not position-independent), so
# libgcompress alone needs libprotobuf-lite.so.
set(Protobuf_USE_STATIC_LIBS ON)
find_package(Protobuf REQUIRED)
set(generated "${PROJECT_BINARY_DIR}/generated")
file(MAKE_DIRECTORY "${generated}/onnx")
add_custom_command(
  OUTPUT "${generated}/onnx/onnx-ml.pb.cc" "${generated}/onnx/onnx-ml.pb.h"
  COMMAND protobuf::protoc "--proto_path=${onnx_folder}" "--cpp_out=${generated}" onnx/onnx-ml.proto
  DEPENDS "${onnx_folder}/onnx/onnx-ml.proto"
  COMMENT "Compiling the ONNX messages"
  VERBATIM)
add_library(gcompress_onnx_proto STATIC "${generated}/onnx/onnx-ml.pb.cc" "${generated}/onnx/onnx-ml.pb.h")
target_include_directories(gcompress_onnx_proto SYSTEM INTERFACE "${generated}" "${generated}/onnx")
target_include_directories(gcompress_onnx_proto PRIVATE "${generated}")
target_compile_options(gcompress_onnx_proto PRIVATE -w)
find_library(PROTOBUF_LITE_SHARED NAMES libprotobuf-lite.so REQUIRED)
set(into_shared_library "$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>")
target_link_libraries(gcompress_onnx_proto PUBLIC
  "$<IF:${into_shared_library},${PROTOBUF_LITE_SHARED},protobuf::libprotobuf-lite>")

# oneDNN, dense kernels of the engine. Optional: only where its wheels are unpacked.
gcompress_pinned_folder(build onednn-cpu-gomp onednn_folder)
gcompress_pinned_folder(build onednn-devel-cpu-gomp onednn_devel_folder)
file(GLOB onednn_library "${onednn_folder}/*.data/data/lib/libdnnl.so.3")
file(GLOB onednn_headers "${onednn_devel_folder}/*.data/data/include")
if(onednn_library AND onednn_headers)
  add_library(onednn SHARED IMPORTED)
  set_target_properties(onednn PROPERTIES IMPORTED_LOCATION "${onednn_library}")
  target_include_directories(onednn SYSTEM INTERFACE "${onednn_headers}")
endif()

# Chart.js, embedded into every report.html.
find_file(chart_library chart.min.js
  PATHS /usr/share/javascript/chart.js /usr/share/nodejs/chart.js/dist NO_DEFAULT_PATH)
if(NOT chart_library)
  message(FATAL_ERROR "Chart.js is missing: install Debian's package libjs-chart.js, "
                      "or name its file by -Dchart_library=FOLDER/chart.min.js (version 3.9)")
endif()

function(gcompress_external NAME)
  set_property(GLOBAL PROPERTY GCOMPRESS_EXTERNAL_${NAME} "${ARGN}")
endfunction()

gcompress_external(threads Threads::Threads)
gcompress_external(openmp OpenMP::OpenMP_CXX)
add_library(omp_simd INTERFACE) # `#pragma omp simd` only: no threads, no runtime library
target_compile_options(omp_simd INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fopenmp-simd>)
gcompress_external(simd omp_simd)
gcompress_external(eigen PkgConfig::eigen)
gcompress_external(boost Boost::headers)
gcompress_external(fmt fmt::fmt)
gcompress_external(spdlog spdlog::spdlog)
gcompress_external(json nlohmann_json::nlohmann_json)
gcompress_external(cli CLI11::CLI11)
gcompress_external(yaml yaml-cpp)
gcompress_external(zlib ZLIB::ZLIB)
gcompress_external(zstd PkgConfig::zstd)
gcompress_external(png PNG::PNG)
gcompress_external(spng PkgConfig::spng)
gcompress_external(archive PkgConfig::archive)
gcompress_external(jpeg PkgConfig::turbojpeg)
gcompress_external(xxhash PkgConfig::xxhash)
gcompress_external(crypto OpenSSL::Crypto)
gcompress_external(highway PkgConfig::hwy)
gcompress_external(protobuf gcompress_onnx_proto)
gcompress_external(torch torch_cpu)
gcompress_external(onednn onednn)
gcompress_external(cuda "") # linked by the room that has .cu sources
