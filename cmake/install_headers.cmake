# The headers that other programs may include: everything else is internal. None of them includes torch,
# protobuf, CUDA or json, nor a header that is not in this list (the layering test sees to it).
set(GCOMPRESS_INSTALL_HEADERS
  core/base/data_type.h
  core/base/error.h
  core/base/file.h
  core/base/hash.h
  core/base/random.h
  core/base/run_context.h
  core/base/tensor.h
  core/data/dataset.h
  core/data/life.h
  core/data/loader.h
  core/data/npz.h
  core/execute/evaluate.h
  core/execute/executor.h
  core/execute/life.h
  core/execute/task.h
  core/graph/batch_norm.h
  core/graph/costs.h
  core/graph/dead_channels.h
  core/graph/masks.h
  core/graph/network.h
  core/graph/shapes.h
  core/graph/weights.h
  core/networks/networks.h
  core/onnx/onnx.h
)
