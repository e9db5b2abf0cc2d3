// Parsing with a bounded depth, and opaque bytes.
#include "gcompress/core/onnx/internal/message.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace gcompress::onnx::internal {

bool parse(google::protobuf::io::ZeroCopyInputStream& stream,
           google::protobuf::MessageLite& message) {
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetRecursionLimit(kMaxMessageDepth);
  return message.ParsePartialFromCodedStream(&coded) && coded.ConsumedEntireMessage();
}

std::string to_opaque(const google::protobuf::MessageLite& message) {
  return message.SerializePartialAsString();
}

void from_opaque(const std::string& opaque, google::protobuf::MessageLite& message) {
  google::protobuf::io::ArrayInputStream stream(opaque.data(), static_cast<int>(opaque.size()));
  if (opaque.size() > kMaxMessageBytes || !parse(stream, message)) {
    throw_input("the part that gcompress only keeps is damaged");
  }
}

}  // namespace gcompress::onnx::internal
