# The rooms of the house, from the ground up: where each lies, which rooms it may include, and which
# outside libraries it uses. The link lines and the layering test are both made from this list.
#
# A room may only name rooms declared above it, so nothing can reach upward. Every room but base may
# include base. Sources are found by themselves: ROOM/**/*.cc, tests in tests/ROOM/*_test.cc.
#   INCLUDES  rooms        USES  outside libraries (cmake/dependencies.cmake)
#   TRAINS    the room needs libtorch, directly or below it, and belongs to gcompress-train only
#   TESTS_ALSO  rooms that only the room's tests may include besides

# Headers of outside libraries that not everyone may include. Rooms that USE the library may, in .cc files
# and in headers that no other room includes; NEVER_IN_HEADERS forbids even that.
gcompress_guard(protobuf HEADERS "(google/protobuf/|.*\\.pb\\.h$)")
gcompress_guard(torch HEADERS "(torch|ATen|c10|caffe2)/")
gcompress_guard(cuda HEADERS "(cuda|cublas|cusparse|cudnn|nvml|curand|nccl)[a-zA-Z_]*\\.h$" NEVER_IN_HEADERS)
gcompress_guard(json HEADERS "nlohmann/json\\.hpp$" NEVER_IN_HEADERS)
gcompress_guard(boost HEADERS "boost/" NEVER_IN_HEADERS)
gcompress_guard(cli HEADERS "CLI/")
gcompress_guard(yaml HEADERS "yaml-cpp/")

# Ground floor
gcompress_room(base PATH core/base USES threads fmt eigen crypto xxhash)
gcompress_room(graph PATH core/graph USES simd)
gcompress_room(kernels PATH core/kernels USES eigen highway cuda)
gcompress_cuda_library()
gcompress_room(data PATH core/data USES threads jpeg spng zlib archive)
gcompress_room(onnx PATH core/onnx INCLUDES graph USES protobuf)
gcompress_room(packed PATH core/packed INCLUDES graph USES zstd TESTS_ALSO onnx)
gcompress_room(networks PATH core/networks INCLUDES graph)
gcompress_room(execute PATH core/execute INCLUDES graph data)
gcompress_room(train PATH core/train INCLUDES execute graph data USES torch TRAINS TESTS_ALSO onnx)
gcompress_room(engine PATH core/engine INCLUDES execute packed kernels graph USES threads eigen highway
  TESTS_ALSO networks data onnx)
gcompress_room(engine_cuda PATH core/engine/cuda INCLUDES engine execute kernels graph USES cuda_kernels
  TESTS_ALSO networks data onnx packed prune)

# Four siblings
gcompress_room(prune PATH prune INCLUDES execute graph data)
gcompress_room(quantize PATH quantize INCLUDES execute graph data)
gcompress_room(measure PATH measure INCLUDES execute graph data USES json boost)
gcompress_room(distill PATH distill INCLUDES train execute graph data USES torch TRAINS)

# Where the stages meet
set(below_compress graph kernels data onnx packed networks execute engine engine_cuda prune quantize measure)
gcompress_room(compress PATH compress INCLUDES ${below_compress} USES json yaml)
gcompress_room(compress_training PATH compress/training
  INCLUDES compress ${below_compress} train distill USES json yaml TRAINS)

# The programs. tools/training and tools/no_training define the same names: longer and shorter tables.
gcompress_room(tools PATH tools INCLUDES compress ${below_compress} USES cli json yaml spdlog)
gcompress_room(tools_no_training PATH tools/no_training
  INCLUDES tools compress ${below_compress} USES cli json yaml spdlog)
gcompress_room(tools_training PATH tools/training
  INCLUDES tools compress compress_training ${below_compress} train distill
  USES cli json yaml spdlog TRAINS)
