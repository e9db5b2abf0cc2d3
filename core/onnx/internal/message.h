// The ONNX messages, and the way from a message to opaque bytes and back. Internal to core/onnx.
#pragma once

#include <onnx/onnx-ml.pb.h>

#include <string>

#include "gcompress/core/base/error.h"

namespace gcompress::onnx::internal {

// Messages within messages. A subgraph costs three levels (graph, node, attribute), so a model may
// nest 66 subgraphs; no stack grows with what a file says beyond that.
inline constexpr int kMaxMessageDepth = 200;

// protobuf refuses messages from 2 GB on.
inline constexpr std::size_t kMaxMessageBytes = (std::size_t{1} << 31) - 1;

// Parses without trusting any length; false if the bytes are no such message.
bool parse(google::protobuf::io::ZeroCopyInputStream& stream,
           google::protobuf::MessageLite& message);

// What is left of a message when the decoded fields are cleared; empty if that is nothing.
std::string to_opaque(const google::protobuf::MessageLite& message);

// Fills a message from opaque bytes. Throws Error(kInput) if they are no such message (they may
// come from a damaged packed file).
void from_opaque(const std::string& opaque, google::protobuf::MessageLite& message);

template <typename Message>
Message message_from(const std::string& opaque) {
  Message message;
  if (!opaque.empty()) from_opaque(opaque, message);
  return message;
}

}  // namespace gcompress::onnx::internal
