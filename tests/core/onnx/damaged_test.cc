// Damaged and hostile models end in a sentence that names file, node and value.
#include <functional>
#include <limits>

#include "tests/core/onnx/messages.h"
#include "tests/support/scratch.h"

namespace gcompress::onnx {
namespace {

using ::onnx::TensorProto;
using ::testing::HasSubstr;
using testing::refusal;
using testing::small_model;

// Reads bytes that may or may not be a model. Anything but a network or an Error(kInput) fails.
void expect_network_or_refusal(const std::string& bytes) {
  try {
    read_bytes(testing::as_bytes(bytes));
  } catch (const Error& error) {
    EXPECT_TRUE(error.kind() == ErrorKind::kInput || error.kind() == ErrorKind::kUnsupported)
        << error.what();
  }
}

// Wraps bytes as the given length-delimited field.
std::string field(int number, const std::string& bytes) {
  std::string wrapped(1, static_cast<char>(number << 3 | 2));
  std::size_t size = bytes.size();
  for (; size >= 128; size >>= 7) wrapped += static_cast<char>(size | 128);
  wrapped += static_cast<char>(size);
  return wrapped + bytes;
}

// The headers of a message nested so deep, innermost last, each with its true length; built from
// the inside so that it takes no quadratic time.
std::string nested(std::int64_t depth, const std::function<int(std::int64_t)>& field_at) {
  std::string reversed;
  for (std::int64_t level = depth - 1; level >= 0; --level) {
    std::string header(1, static_cast<char>(field_at(level) << 3 | 2));
    std::size_t size = reversed.size();
    for (; size >= 128; size >>= 7) header += static_cast<char>(size | 128);
    header += static_cast<char>(size);
    reversed.append(header.rbegin(), header.rend());
  }
  return {reversed.rbegin(), reversed.rend()};
}

TEST(OnnxDamaged, EveryBeginningIsReadOrRefused) {
  const std::string bytes = testing::serialize(small_model());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    expect_network_or_refusal(bytes.substr(0, size));
  }
}

TEST(OnnxDamaged, EveryChangedByteIsReadOrRefused) {
  const std::string bytes = testing::serialize(small_model());
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    for (const int change : {0x01, 0x10, 0x80, 0xFF}) {
      std::string changed = bytes;
      changed[place] = static_cast<char>(changed[place] ^ change);
      expect_network_or_refusal(changed);
    }
  }
}

TEST(OnnxDamaged, ACutIsExplainedByNodeValueAndByte) {
  ::onnx::ModelProto model = small_model();
  const std::string bytes = testing::serialize(model);
  // Cut inside the raw data of w, and give graph and initializer their cut lengths.
  const std::string tensor = testing::serialize(model.graph().initializer(0));
  const std::string message = refusal(field(7, field(2, "main") + field(5, tensor.substr(0, 16))));
  EXPECT_THAT(message, HasSubstr("a field claims 16 bytes"));
  EXPECT_THAT(message, HasSubstr("of 'w', in initializer 0 of 'main', in graph 0"));
  EXPECT_THAT(refusal(bytes.substr(0, bytes.size() / 2)), HasSubstr("cut off"));
}

TEST(OnnxDamaged, OtherFilesAreNoModels) {
  refusal(std::string());
  refusal("hello, this is a text\n");
  refusal(std::string(1000, '\0'));
  refusal(std::string(1000, '\xFF'));
  refusal("\x89PNG\r\n\x1A\n");
  const gcompress::testing::Scratch scratch;
  EXPECT_THROW(read(scratch.path()), Error);
  EXPECT_THROW(read(scratch / "none.onnx"), Error);
  EXPECT_THROW(read("/dev/zero"), Error);
  try {
    read(scratch.write("text.onnx", "hello"));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(exit_code(error.kind()), 3);
    EXPECT_EQ(error.place().file, (scratch / "text.onnx").string());
  }
}

TEST(OnnxDamaged, NestingAMillionDeepIsRefused) {
  const auto subgraphs = [](std::int64_t level) {
    return level == 0 ? 7 : std::array{1, 5, 6}[static_cast<std::size_t>((level - 1) % 3)];
  };
  EXPECT_THAT(refusal(nested(1'000'000, subgraphs)), HasSubstr("nested deeper than"));
  const auto types = [](std::int64_t level) {
    if (level < 3) return std::array{7, 11, 2}[static_cast<std::size_t>(level)];
    return level % 2 == 1 ? 4 : 1;
  };
  EXPECT_THAT(refusal(nested(1'000'000, types)), HasSubstr("nested deeper than"));
  refusal(std::string(1'000'000, '\x0B'));  // groups
}

TEST(OnnxDamaged, DeepButHonestNestingIsReadAndWritten) {
  ::onnx::ModelProto model = small_model();
  auto* graph = model.mutable_graph();
  for (int level = 0; level < 30; ++level) {
    auto& node = testing::add_node(*graph, "if", "If", {"w"}, {"out" + std::to_string(level)});
    auto& attribute = *node.add_attribute();
    attribute.set_name("then_branch");
    attribute.set_type(::onnx::AttributeProto::GRAPH);
    graph = attribute.mutable_g();
  }
  testing::add_node(*graph, "last", "Identity", {"x"}, {"z"});
  testing::expect_round_trip(model);
}

TEST(OnnxDamaged, ClaimedLengthsAreNotAllocated) {
  // A tensor of 2 GB in a field that the message ends within, and one that claims 2^60 elements.
  const std::string raw_header = "\x4A\xFF\xFF\xFF\xFF\x07";
  EXPECT_THAT(refusal(field(7, field(5, raw_header))), HasSubstr("2147483647"));
  ::onnx::ModelProto model = small_model();
  auto& tensor = *model.mutable_graph()->mutable_initializer(0);
  for (const std::int64_t size : {std::int64_t{1} << 60, std::numeric_limits<std::int64_t>::max(),
                                  std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()}) {
    tensor.set_dims(0, size);
    EXPECT_THAT(refusal(model), HasSubstr("value 'w'"));
  }
  tensor.set_dims(0, std::int64_t{1} << 40);
  tensor.add_dims(std::int64_t{1} << 40);
  EXPECT_THAT(refusal(model), HasSubstr("more elements than"));
}

TEST(OnnxDamaged, UnknownElementTypesAreRefused) {
  for (const int type : {0, -1, 27, 99, std::numeric_limits<int>::max()}) {
    ::onnx::ModelProto model = small_model();
    model.mutable_graph()->mutable_initializer(0)->set_data_type(type);
    EXPECT_THAT(refusal(model), HasSubstr("value 'w'"));
  }
  ::onnx::ModelProto model = small_model();
  model.mutable_graph()->mutable_initializer(0)->set_data_type(TensorProto::STRING);
  EXPECT_THAT(refusal(model), HasSubstr("strings"));
}

TEST(OnnxDamaged, TensorsInsideNodesNameNodeAndAttribute) {
  ::onnx::ModelProto model = small_model();
  auto& attribute = *model.mutable_graph()->mutable_node(0)->add_attribute();
  attribute.set_name("value");
  attribute.set_type(::onnx::AttributeProto::TENSOR);
  attribute.mutable_t()->set_data_type(TensorProto::FLOAT);
  attribute.mutable_t()->add_dims(3);
  EXPECT_THAT(refusal(model), HasSubstr("test.onnx: node 'sum': value 'value': "));
}

TEST(OnnxDamaged, SegmentsAreUnsupported) {
  ::onnx::ModelProto model = small_model();
  model.mutable_graph()->mutable_initializer(0)->mutable_segment()->set_end(2);
  try {
    testing::read_message(model);
    ADD_FAILURE() << "the model was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
  }
}

TEST(OnnxDamaged, AMissingInitializerNamesNodeAndValue) {
  ::onnx::ModelProto model = small_model();
  model.mutable_graph()->clear_initializer();
  EXPECT_THAT(refusal(model), HasSubstr("node 'sum': value 'w': nothing produces"));
}

TEST(OnnxDamaged, ACycleIsCalledACycle) {
  ::onnx::ModelProto model = small_model();
  auto& graph = *model.mutable_graph();
  testing::add_node(graph, "back", "Add", {"b", "w"}, {"a"});
  testing::add_node(graph, "forth", "Relu", {"a"}, {"b"});
  const std::string message = refusal(model);
  EXPECT_THAT(message, HasSubstr("cycle"));
  EXPECT_THAT(message, ::testing::AnyOf(HasSubstr("'back'"), HasSubstr("'forth'")));
}

TEST(OnnxDamaged, SparseInitializersOutsideOfTheirShapeAreRefused) {
  ::onnx::ModelProto model = small_model();
  auto& sparse = *model.mutable_graph()->add_sparse_initializer();
  sparse.mutable_values()->set_name("s");
  sparse.mutable_values()->set_data_type(TensorProto::FLOAT);
  sparse.mutable_values()->add_dims(1);
  sparse.mutable_values()->add_float_data(1);
  sparse.mutable_indices()->set_data_type(TensorProto::INT64);
  sparse.mutable_indices()->add_dims(1);
  sparse.mutable_indices()->add_dims(2);
  sparse.mutable_indices()->add_int64_data(1);
  sparse.mutable_indices()->add_int64_data(4);
  sparse.add_dims(2);
  sparse.add_dims(4);
  EXPECT_THAT(refusal(model), HasSubstr("value 's'"));
  sparse.mutable_indices()->set_int64_data(1, 3);
  testing::expect_round_trip(model);
  sparse.mutable_indices()->set_dims(1, 1);
  EXPECT_THAT(refusal(model), HasSubstr("value 's'"));
  sparse.clear_indices();
  EXPECT_THAT(refusal(model), HasSubstr("value 's'"));
}

TEST(OnnxDamaged, WeightsThatAreNotNumbersAreReadAsTheyAre) {
  ::onnx::ModelProto model = small_model();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  model.mutable_graph()->clear_initializer();
  testing::add_raw_floats(*model.mutable_graph(), "w", {nan, -nan, 1, -0.0F});
  testing::expect_round_trip(model);
}

}  // namespace
}  // namespace gcompress::onnx
