// Parts of messages that become plain structs without an opaque member of their own: declared
// types, opset imports, metadata. Internal to core/onnx.
//
// The rule for all of them: what the struct cannot say (a denotation, an unknown field, a field
// that is set to its default) keeps the original in the parent's opaque message. Writing takes the
// original if it still says the same as the struct, and builds a new one otherwise.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/onnx/internal/message.h"

namespace gcompress::onnx::internal {

using Metadata = std::vector<std::pair<std::string, std::string>>;

// Moves what the struct can say out of the message; what stays is the opaque part.
graph::Value take_value(::onnx::ValueInfoProto& message);
std::vector<graph::OpsetImport> take_opset_imports(
    google::protobuf::RepeatedPtrField<::onnx::OperatorSetIdProto>& list);
Metadata take_metadata(google::protobuf::RepeatedPtrField<::onnx::StringStringEntryProto>& list);

// The reverse; the lists hold what the opaque part kept.
void put_value(const graph::Value& value, ::onnx::ValueInfoProto& message);
void put_opset_imports(const std::vector<graph::OpsetImport>& imports,
                       google::protobuf::RepeatedPtrField<::onnx::OperatorSetIdProto>& list);
void put_metadata(const Metadata& metadata,
                  google::protobuf::RepeatedPtrField<::onnx::StringStringEntryProto>& list);

}  // namespace gcompress::onnx::internal
