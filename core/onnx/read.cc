// Reading: parse, take apart, check.
#include <fcntl.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/file.h"
#include "gcompress/core/graph/topology.h"
#include "gcompress/core/onnx/internal/decode.h"
#include "gcompress/core/onnx/internal/diagnose.h"
#include "gcompress/core/onnx/onnx.h"

namespace gcompress::onnx {
namespace {

constexpr int kBlockBytes = 1 << 18;

// `all_bytes` is called only if the stream does not parse.
template <typename AllBytes>
graph::Network read_stream(google::protobuf::io::ZeroCopyInputStream& stream, std::size_t size,
                           const std::filesystem::path& folder, AllBytes&& all_bytes) {
  if (size > internal::kMaxMessageBytes) {
    throw_input("it has " + std::to_string(size) + " bytes, but a model file ends at 2 GB", {},
                "store its tensors as external data");
  }
  ::onnx::ModelProto message;
  if (!internal::parse(stream, message)) {
    message.Clear();
    throw_input(internal::diagnose(all_bytes()));
  }
  internal::ExternalFiles external(folder);
  graph::Network network = internal::decode(message, external);
  graph::check_and_sort(network);
  return network;
}

}  // namespace

graph::Network read(const std::filesystem::path& file) {
  const ErrorPlace place{.file = file.string(), .node = {}, .value = {}};
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    throw_input(std::string("cannot be opened: ") + std::strerror(errno), place);
  }
  google::protobuf::io::FileInputStream stream(descriptor, kBlockBytes);
  stream.SetCloseOnDelete(true);
  struct stat status{};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    throw_input("is not a regular file", place);
  }
  try {
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    Bytes mapped;
    graph::Network network = read_stream(stream, static_cast<std::size_t>(status.st_size), folder,
                                         [&] { return (mapped = map_file(file)).view(); });
    network.source = file;
    return network;
  } catch (const Error& error) {
    throw error.in_file(file.string());
  }
}

graph::Network read_bytes(std::span<const std::byte> bytes, const std::filesystem::path& folder,
                          const std::string& name) {
  try {
    const std::size_t size = std::min(bytes.size(), internal::kMaxMessageBytes);
    google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(size),
                                                  kBlockBytes);
    return read_stream(stream, bytes.size(), folder, [&] { return bytes; });
  } catch (const Error& error) {
    throw error.in_file(name);
  }
}

Tensor read_tensor(const std::filesystem::path& file) {
  try {
    const Bytes bytes = map_file(file);
    google::protobuf::io::ArrayInputStream stream(
        bytes.data(), static_cast<int>(std::min(bytes.size(), internal::kMaxMessageBytes)));
    ::onnx::TensorProto message;
    if (!internal::parse(stream, message)) throw_input("it is not an ONNX tensor, or damaged");
    internal::ExternalFiles external(file.has_parent_path() ? file.parent_path() : ".");
    return internal::decode_tensor(message, external);
  } catch (const Error& error) {
    throw error.in_file(file.string());
  }
}

}  // namespace gcompress::onnx
