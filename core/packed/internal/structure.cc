// One description of each struct serves writing and reading: `fields` lists its members in file
// order, and an archive either writes or reads each of them.
#include "gcompress/core/packed/internal/structure.h"

#include <bit>
#include <utility>

#include "gcompress/core/base/error.h"

namespace gcompress::packed::internal {
namespace {

// A graph within a graph within a graph; ONNX files end at 66.
constexpr int kMaxDepth = 100;

void check_depth(int depth) {
  if (depth > kMaxDepth) {
    throw_input("subgraphs are nested deeper than " + std::to_string(kMaxDepth));
  }
}

class Writing {
 public:
  Writing(ByteWriter& writer, const PutTensor& put) : writer_(writer), put_(put) {}

  void item(const std::string& value) { writer_.string(value); }
  void item(const std::int64_t& value) { writer_.signed_varint(value); }
  void item(const float& value) { writer_.fixed32(std::bit_cast<std::uint32_t>(value)); }
  void item(const Tensor& value) { put_(value, writer_); }
  void item(const graph::GraphPtr& value);
  void item(const DataType& value) { writer_.signed_varint(static_cast<std::int64_t>(value)); }
  void item(const graph::Storage& value) { writer_.byte(static_cast<std::uint8_t>(value)); }
  void item(const graph::Attribute::Data& value) {
    writer_.byte(static_cast<std::uint8_t>(value.index()));
    std::visit([this](const auto& data) { item(data); }, value);
  }
  void item(const std::monostate&) {}
  template <typename T>
  void item(const std::optional<T>& value) {
    writer_.byte(value ? 1 : 0);
    if (value) item(*value);
  }
  template <typename T>
  void item(const std::vector<T>& values) {
    writer_.varint(values.size());
    for (const T& value : values) item(value);
  }
  template <typename T>
  void item(const T& value);

 private:
  ByteWriter& writer_;
  const PutTensor& put_;
  int depth_ = 0;
};

class Reading {
 public:
  Reading(ByteReader& reader, const TakeTensor& take) : reader_(reader), take_(take) {}

  void item(std::string& value) { value = reader_.string(); }
  void item(std::int64_t& value) { value = reader_.signed_varint(); }
  void item(float& value) { value = std::bit_cast<float>(reader_.fixed32()); }
  void item(Tensor& value) { value = take_(reader_); }
  void item(graph::GraphPtr& value);
  void item(DataType& value) { value = static_cast<DataType>(reader_.signed_varint()); }
  void item(graph::Storage& value) {
    const std::uint8_t number = reader_.byte();
    if (number > 2) throw_input("its structure is damaged: unknown storage");
    value = static_cast<graph::Storage>(number);
  }
  void item(graph::Attribute::Data& value) { alternative<0>(reader_.byte(), value); }
  void item(std::monostate&) {}
  template <typename T>
  void item(std::optional<T>& value) {
    if (reader_.byte() != 0) item(value.emplace());
  }
  template <typename T>
  void item(std::vector<T>& values) {
    const std::size_t count = reader_.count();
    for (std::size_t i = 0; i < count; ++i) item(values.emplace_back());
  }
  template <typename T>
  void item(T& value);

 private:
  template <std::size_t kIndex>
  void alternative(std::size_t index, graph::Attribute::Data& value) {
    if constexpr (kIndex < std::variant_size_v<graph::Attribute::Data>) {
      if (index == kIndex) return item(value.emplace<kIndex>());
      alternative<kIndex + 1>(index, value);
    } else {
      throw_input("its structure is damaged: unknown kind of attribute");
    }
  }

  ByteReader& reader_;
  const TakeTensor& take_;
  int depth_ = 0;
};

// T is const when writing.
template <typename T, typename Struct>
concept Is = std::is_same_v<std::remove_const_t<T>, Struct>;

template <typename... Members>
void all(auto& archive, Members&... members) {
  (archive.item(members), ...);
}

void fields(auto& archive, Is<graph::Dimension> auto& it) { all(archive, it.size, it.symbol); }

void fields(auto& archive, Is<graph::Value> auto& it) {
  all(archive, it.name, it.dtype, it.shape, it.opaque);
}

void fields(auto& archive, Is<graph::Attribute> auto& it) {
  all(archive, it.name, it.data, it.opaque);
}

void fields(auto& archive, Is<graph::Node> auto& it) {
  all(archive, it.name, it.op_type, it.domain, it.inputs, it.outputs, it.attributes, it.opaque);
}

void fields(auto& archive, Is<graph::Initializer> auto& it) {
  all(archive, it.name, it.storage, it.opaque, it.value);
}

void fields(auto& archive, Is<graph::SparseInitializer> auto& it) {
  all(archive, it.name, it.shape, it.opaque, it.values, it.indices);
}

void fields(auto& archive, Is<graph::Graph> auto& it) {
  all(archive, it.name, it.inputs, it.outputs, it.values, it.initializers, it.sparse_initializers,
      it.nodes, it.opaque);
}

void fields(auto& archive, Is<graph::OpsetImport> auto& it) { all(archive, it.domain, it.version); }

void fields(auto& archive, Is<graph::Function> auto& it) {
  all(archive, it.domain, it.name, it.overload, it.inputs, it.outputs, it.attribute_names,
      it.attribute_defaults, it.nodes, it.opset_imports, it.opaque);
}

using MetadataEntry = std::pair<std::string, std::string>;

void fields(auto& archive, Is<MetadataEntry> auto& it) { all(archive, it.first, it.second); }

void fields(auto& archive, Is<graph::Network> auto& it) {
  all(archive, it.ir_version, it.opset_imports, it.producer_name, it.producer_version, it.metadata,
      it.graph, it.functions, it.opaque);
}

template <typename T>
void Writing::item(const T& value) {
  fields(*this, value);
}

template <typename T>
void Reading::item(T& value) {
  fields(*this, value);
}

void Writing::item(const graph::GraphPtr& value) {
  GCOMPRESS_CHECK(value != nullptr);
  check_depth(++depth_);
  item(*value);
  --depth_;
}

void Reading::item(graph::GraphPtr& value) {
  check_depth(++depth_);
  auto made = std::make_shared<graph::Graph>();
  item(*made);
  value = std::move(made);
  --depth_;
}

}  // namespace

void write_structure(const graph::Network& network, ByteWriter& writer, const PutTensor& put) {
  Writing(writer, put).item(network);
}

graph::Network read_structure(ByteReader& reader, const TakeTensor& take) {
  graph::Network network;
  Reading(reader, take).item(network);
  if (reader.left() != 0) throw_input("its structure is damaged: something follows it");
  return network;
}

}  // namespace gcompress::packed::internal
