// Writing field headers, finding the place of a field.
#include "gcompress/core/onnx/internal/wire.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

namespace gcompress::onnx::internal {
namespace {

using google::protobuf::internal::WireFormatLite;

}  // namespace

std::string field_header(int field, std::size_t length) {
  std::string header;
  const auto append_varint = [&](std::uint64_t number) {
    for (; number >= 128; number >>= 7) header += static_cast<char>(number | 128);
    header += static_cast<char>(number);
  };
  append_varint(WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
  append_varint(length);
  return header;
}

std::size_t position_of_field(std::string_view message, int field) {
  google::protobuf::io::CodedInputStream stream(
      reinterpret_cast<const std::uint8_t*>(message.data()), static_cast<int>(message.size()));
  while (true) {
    const auto position = static_cast<std::size_t>(stream.CurrentPosition());
    const std::uint32_t tag = stream.ReadTag();
    if (tag == 0 || WireFormatLite::GetTagFieldNumber(tag) >= field) return position;
    WireFormatLite::SkipField(&stream, tag);
  }
}

}  // namespace gcompress::onnx::internal
