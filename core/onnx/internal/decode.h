// From a parsed message to a Network. Internal to core/onnx.
#pragma once

#include "gcompress/core/graph/network.h"
#include "gcompress/core/onnx/internal/external_files.h"
#include "gcompress/core/onnx/internal/message.h"

namespace gcompress::onnx::internal {

// Takes the message apart: tensor bytes move without a copy, and what is not understood stays as
// opaque bytes. Throws Error(kInput) naming node and value. Does not look at how nodes and values
// hang together: graph::check_and_sort() does.
graph::Network decode(::onnx::ModelProto& message, ExternalFiles& external);

// A tensor on its own.
Tensor decode_tensor(::onnx::TensorProto& message, ExternalFiles& external);

}  // namespace gcompress::onnx::internal
