// Writing: plan which tensors go outside, then stream data file and model.
#include <algorithm>
#include <limits>
#include <ostream>
#include <sstream>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/file.h"
#include "gcompress/core/onnx/internal/encode.h"
#include "gcompress/core/onnx/internal/place.h"
#include "gcompress/core/onnx/internal/wire.h"
#include "gcompress/core/onnx/onnx.h"

namespace gcompress::onnx {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kPieceBytes = std::size_t{1} << 24;

// Serialized bytes around a run of tensor bytes that is written from where it lies.
struct Piece {
  std::string before;
  Bytes raw;
  std::string after;

  std::size_t size() const { return before.size() + raw.size() + after.size(); }
};

// The model as protobuf would serialize it, but with the main graph's raw tensors not copied.
struct Plan {
  internal::ExternalPlan external;
  std::vector<Piece> pieces;
  std::size_t size = 0;
};

int field_of_graph() { return ::onnx::ModelProto::kGraphFieldNumber; }
int field_of_initializer() { return ::onnx::GraphProto::kInitializerFieldNumber; }
int field_of_raw() { return ::onnx::TensorProto::kRawDataFieldNumber; }

Piece plan_initializer(const graph::Initializer& initializer, internal::ExternalPlan& external) {
  bool raw = false;
  std::string bytes =
      internal::encode_initializer(initializer, external, raw).SerializePartialAsString();
  Piece piece;
  if (raw) {
    const std::size_t place = internal::position_of_field(bytes, field_of_raw());
    piece.after = bytes.substr(place);
    piece.raw = initializer.value.bytes();
    bytes.resize(place);
    bytes += internal::field_header(field_of_raw(), piece.raw.size());
  }
  const std::size_t size = bytes.size() + piece.raw.size() + piece.after.size();
  piece.before = internal::field_header(field_of_initializer(), size) + bytes;
  return piece;
}

Plan make_plan(const graph::Network& network, const std::string& location,
               std::size_t external_above) {
  Plan plan{.external = internal::ExternalPlan(location, external_above), .pieces = {}, .size = 0};
  ::onnx::ModelProto message = internal::encode_without_initializers(network, plan.external);
  const std::string graph = message.graph().SerializePartialAsString();
  message.clear_graph();
  const std::string model = message.SerializePartialAsString();
  const std::size_t graph_place = internal::position_of_field(model, field_of_graph());
  const std::size_t place = internal::position_of_field(graph, field_of_initializer());

  plan.pieces.push_back({});
  std::size_t graph_size = graph.size();
  for (const graph::Initializer& initializer : network.graph.initializers) {
    plan.pieces.push_back(plan_initializer(initializer, plan.external));
    graph_size += plan.pieces.back().size();
  }
  plan.pieces.front().before = model.substr(0, graph_place) +
                               internal::field_header(field_of_graph(), graph_size) +
                               graph.substr(0, place);
  plan.pieces.push_back(
      {.before = graph.substr(place) + model.substr(graph_place), .raw = {}, .after = {}});
  for (const Piece& piece : plan.pieces) plan.size += piece.size();
  return plan;
}

// Mapped bytes are let go piece by piece, so that no large tensor is ever in memory as a whole.
void put(std::ostream& stream, const Bytes& bytes) {
  for (std::size_t start = 0; start < bytes.size(); start += kPieceBytes) {
    const Bytes piece = bytes.slice(start, std::min(kPieceBytes, bytes.size() - start));
    stream.write(reinterpret_cast<const char*>(piece.data()),
                 static_cast<std::streamsize>(piece.size()));
    piece.release_pages();
  }
}

void put_model(std::ostream& stream, const Plan& plan) {
  for (const Piece& piece : plan.pieces) {
    stream << piece.before;
    put(stream, piece.raw);
    stream << piece.after;
  }
}

void put_data(std::ostream& stream, const internal::ExternalPlan& external) {
  std::size_t at = 0;
  for (const auto& placed : external.placed()) {
    stream << std::string(placed.offset - at, '\0');
    put(stream, placed.bytes);
    at = placed.offset + placed.bytes.size();
  }
}

void refuse_size(std::size_t size) {
  throw_input("the model would have " + std::to_string(size) +
              " bytes, but a model file ends at 2 GB");
}

}  // namespace

void write(const graph::Network& network, const std::filesystem::path& file,
           const WriteOptions& options) {
  try {
    const std::string location = file.filename().string() + ".data";
    Plan plan = make_plan(network, location, kNone);
    if (plan.size > internal::kMaxMessageBytes) {
      plan = make_plan(network, location, options.external_above_bytes);
    }
    if (plan.size > internal::kMaxMessageBytes) refuse_size(plan.size);
    if (!plan.external.placed().empty()) {
      write_file_atomically(file.string() + ".data",
                            [&](std::ostream& stream) { put_data(stream, plan.external); });
    }
    write_file_atomically(file, [&](std::ostream& stream) { put_model(stream, plan); });
  } catch (const Error& error) {
    throw error.in_file(file.string());
  }
}

std::string write_bytes(const graph::Network& network) {
  const Plan plan = make_plan(network, {}, kNone);
  if (plan.size > internal::kMaxMessageBytes) refuse_size(plan.size);
  std::ostringstream stream;
  put_model(stream, plan);
  return std::move(stream).str();
}

}  // namespace gcompress::onnx
