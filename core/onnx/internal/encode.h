// From a Network to messages. Internal to core/onnx.
#pragma once

#include "gcompress/core/graph/network.h"
#include "gcompress/core/onnx/internal/external_plan.h"
#include "gcompress/core/onnx/internal/message.h"

namespace gcompress::onnx::internal {

// The model as a message, without the initializers of its main graph: they are the bulk, and are
// written one by one.
::onnx::ModelProto encode_without_initializers(const graph::Network& network, ExternalPlan& plan);

// One initializer. If its elements belong into raw_data, they are left out of the message and
// `raw` is set instead.
::onnx::TensorProto encode_initializer(const graph::Initializer& initializer, ExternalPlan& plan,
                                       bool& raw);

}  // namespace gcompress::onnx::internal
