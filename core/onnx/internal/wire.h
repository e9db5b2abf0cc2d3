// The little of protobuf's wire format that streaming a large model needs. Internal to core/onnx.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gcompress::onnx::internal {

// Tag and length of a length-delimited field.
std::string field_header(int field, std::size_t length);

// Where the first top-level field numbered `field` or higher starts in a message serialized by
// protobuf (known fields in ascending order).
std::size_t position_of_field(std::string_view message, int field);

}  // namespace gcompress::onnx::internal
