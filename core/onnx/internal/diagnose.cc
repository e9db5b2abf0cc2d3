// Walks the wire format along the messages that matter, until a length or tag makes no sense.
#include "gcompress/core/onnx/internal/diagnose.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "gcompress/core/onnx/internal/message.h"

namespace gcompress::onnx::internal {
namespace {

enum class Kind {
  kModel,
  kGraph,
  kNode,
  kAttribute,
  kTensor,
  kValue,
  kType,
  kElementType,  // of a sequence or an optional
  kMapType,
  kFunction,
};

struct Row {
  Kind parent;
  int field;
  Kind child;
  const char* what;
};

constexpr Row kRows[] = {
    {Kind::kModel, 7, Kind::kGraph, "graph"},
    {Kind::kModel, 25, Kind::kFunction, "function"},
    {Kind::kGraph, 1, Kind::kNode, "node"},
    {Kind::kGraph, 5, Kind::kTensor, "initializer"},
    {Kind::kGraph, 11, Kind::kValue, "input"},
    {Kind::kGraph, 12, Kind::kValue, "output"},
    {Kind::kGraph, 13, Kind::kValue, "value"},
    {Kind::kNode, 5, Kind::kAttribute, "attribute"},
    {Kind::kAttribute, 5, Kind::kTensor, "tensor"},
    {Kind::kAttribute, 6, Kind::kGraph, "subgraph"},
    {Kind::kAttribute, 10, Kind::kTensor, "tensor"},
    {Kind::kAttribute, 11, Kind::kGraph, "subgraph"},
    {Kind::kAttribute, 14, Kind::kType, "type"},
    {Kind::kAttribute, 15, Kind::kType, "type"},
    {Kind::kValue, 2, Kind::kType, "type"},
    {Kind::kType, 4, Kind::kElementType, "sequence"},
    {Kind::kType, 5, Kind::kMapType, "map"},
    {Kind::kType, 9, Kind::kElementType, "optional"},
    {Kind::kElementType, 1, Kind::kType, "type"},
    {Kind::kMapType, 2, Kind::kType, "type"},
    {Kind::kFunction, 7, Kind::kNode, "node"},
    {Kind::kFunction, 11, Kind::kAttribute, "attribute"},
};

// The field that holds the name of a message.
int name_field(Kind kind) {
  switch (kind) {
    case Kind::kNode:
      return 3;
    case Kind::kTensor:
      return 8;
    case Kind::kGraph:
      return 2;
    case Kind::kAttribute:
    case Kind::kValue:
    case Kind::kFunction:
      return 1;
    default:
      return 0;
  }
}

constexpr std::size_t kLongestName = 80;

struct Fault {
  std::string where;  // "in initializer 3 ('conv1.weight'), in the graph"
  std::string what;
};

class Walk {
 public:
  explicit Walk(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::optional<Fault> message(Kind kind, std::size_t end, int depth) {
    if (depth > kMaxMessageDepth) {
      return fault("messages are nested deeper than " + std::to_string(kMaxMessageDepth));
    }
    std::string name;
    std::size_t counts[std::size(kRows)] = {};
    while (at_ < end) {
      const auto tag = varint(end);
      if (!tag) return fault("it ends within a tag", name);
      const int field = static_cast<int>(*tag >> 3);
      switch (*tag & 7) {
        case 0:
          if (!varint(end)) return fault("it ends within a number", name);
          break;
        case 1:
        case 5: {
          const std::size_t size = (*tag & 7) == 1 ? 8 : 4;
          if (size > end - at_) return fault("it ends within a number", name);
          at_ += size;
          break;
        }
        case 2: {
          const auto length = varint(end);
          if (!length) return fault("it ends within a length", name);
          if (*length > end - at_) {
            return fault("a field claims " + std::to_string(*length) + " bytes, but only " +
                             std::to_string(end - at_) + " are left",
                         name);
          }
          const std::size_t stop = at_ + static_cast<std::size_t>(*length);
          if (field != 0 && field == name_field(kind)) name = text(stop);
          if (auto found = child(kind, field, stop, depth, counts)) {
            if (!name.empty()) found->where += " of '" + name + "'";
            return found;
          }
          at_ = stop;
          break;
        }
        default:
          return fault("a tag is not valid", name);
      }
    }
    return std::nullopt;
  }

 private:
  std::optional<Fault> child(Kind kind, int field, std::size_t stop, int depth,
                             std::size_t* counts) {
    for (std::size_t i = 0; i < std::size(kRows); ++i) {
      const Row& row = kRows[i];
      if (row.parent != kind || row.field != field) continue;
      auto found = message(row.child, stop, depth + 1);
      if (found && depth < kPlacesNamed) {
        found->where += ", in " + std::string(row.what) + " " + std::to_string(counts[i]);
      }
      ++counts[i];
      return found;
    }
    return std::nullopt;
  }

  std::optional<std::uint64_t> varint(std::size_t end) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at_ >= end) return std::nullopt;
      const auto part = std::to_integer<std::uint64_t>(bytes_[at_++]);
      if (shift < 64) value |= (part & 127) << shift;
      if (part < 128) return value;
    }
    return std::nullopt;
  }

  std::string text(std::size_t stop) const {
    const std::size_t size = std::min(stop - at_, kLongestName);
    return {reinterpret_cast<const char*>(bytes_.data() + at_), size};
  }

  std::optional<Fault> fault(std::string what, const std::string& name = {}) const {
    Fault found{.where = {}, .what = std::move(what) + " at byte " + std::to_string(at_)};
    if (!name.empty()) found.where = " of '" + name + "'";
    return found;
  }

  static constexpr int kPlacesNamed = 6;

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

}  // namespace

std::string diagnose(std::span<const std::byte> bytes) {
  const auto fault = Walk(bytes).message(Kind::kModel, bytes.size(), 0);
  if (!fault) return "it is not an ONNX model, or damaged";
  return "it is not an ONNX model, or damaged or cut off: " + fault->what + fault->where;
}

}  // namespace gcompress::onnx::internal
