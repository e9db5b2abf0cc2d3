// Read then write gives an equal message, whatever is in it.
#include <cstdlib>

#include "tests/core/onnx/messages.h"
#include "tests/support/scratch.h"

namespace gcompress::onnx {
namespace {

using ::onnx::AttributeProto;
using ::onnx::TensorProto;
using testing::canonical;
using testing::expect_round_trip;
using testing::read_message;
using testing::small_model;

std::vector<std::filesystem::path> models_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> models;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".onnx") models.push_back(entry.path());
  }
  return models;
}

void expect_file_comes_back(const std::filesystem::path& file) {
  SCOPED_TRACE(file.string());
  const std::string original = testing::file_content(file);
  EXPECT_EQ(canonical(write_bytes(read(file))), canonical(original));
}

TEST(OnnxRoundTrip, BackendCasesComeBackAsEqualMessages) {
  const char* folder = std::getenv("GCOMPRESS_ONNX_CASES");
  if (folder == nullptr) {
    GTEST_SKIP() << "GCOMPRESS_ONNX_CASES is not set to the folder that holds node/";
  }
  const auto models = models_in(folder);
  EXPECT_GT(models.size(), 1000U);
  for (const auto& model : models) ASSERT_NO_FATAL_FAILURE(expect_file_comes_back(model));
}

TEST(OnnxRoundTrip, ReferenceModelsComeBackByteForByte) {
  const auto folder = gcompress::testing::shared_folder() / "models";
  GCOMPRESS_SKIP_WITHOUT(folder);
  const gcompress::testing::Scratch scratch;
  for (const auto& model : models_in(folder)) {
    write(read(model), scratch / "again.onnx");
    EXPECT_TRUE(testing::file_content(scratch / "again.onnx") == testing::file_content(model))
        << model;
    EXPECT_FALSE(std::filesystem::exists(scratch / "again.onnx.data"));
  }
}

TEST(OnnxRoundTrip, AFreshModelIsReadAsWhatItSays) {
  const graph::Network network = read_message(small_model());
  EXPECT_EQ(network.ir_version, 8);
  EXPECT_EQ(network.opset(), 17);
  ASSERT_EQ(network.graph.nodes.size(), 1U);
  EXPECT_EQ(network.graph.nodes[0].op_type, "Add");
  EXPECT_EQ(network.graph.nodes[0].opaque, "");
  ASSERT_NE(network.graph.initializer("w"), nullptr);
  EXPECT_TRUE(
      identical(network.graph.initializer("w")->value, Tensor::from<float>({4}, {1, 2, 3, 4})));
  EXPECT_EQ(network.graph.inputs[0].shape->front().size, 4);
  expect_round_trip(small_model());
}

template <typename Message>
Message& with_unknown(Message* message) {
  // Field 1000, varint 7; field 1001, the string "kept".
  message->mutable_unknown_fields()->append("\xC0\x3E\x07\xCA\x3E\x04kept", 10);
  return *message;
}

void add_string(AttributeProto& attribute, const std::string& name) {
  attribute.set_name(name);
  attribute.set_type(AttributeProto::STRING);
  attribute.set_s("value");
}

TEST(OnnxRoundTrip, UnknownFieldsOfEveryMessageSurvive) {
  ::onnx::ModelProto model = small_model();
  with_unknown(&model);
  with_unknown(model.mutable_opset_import(0));
  auto& metadata = with_unknown(model.add_metadata_props());
  metadata.set_key("key");
  auto& graph = with_unknown(model.mutable_graph());
  auto& value = with_unknown(graph.mutable_input(0));
  auto& type = with_unknown(value.mutable_type());
  auto& tensor_type = with_unknown(type.mutable_tensor_type());
  with_unknown(with_unknown(tensor_type.mutable_shape()).mutable_dim(0));
  with_unknown(graph.mutable_initializer(0));
  auto& node = with_unknown(graph.mutable_node(0));
  auto& attribute = with_unknown(node.add_attribute());
  add_string(attribute, "note");
  auto& tensor_attribute = with_unknown(node.add_attribute());
  tensor_attribute.set_name("tensor");
  tensor_attribute.set_type(AttributeProto::TENSOR);
  auto& tensor = with_unknown(tensor_attribute.mutable_t());
  tensor.set_data_type(TensorProto::INT32);
  tensor.add_int32_data(7);
  auto& function = with_unknown(model.add_functions());
  function.set_name("f");
  function.set_domain("local");
  with_unknown(function.add_opset_import());
  with_unknown(function.add_attribute_proto()).set_name("default");
  auto& inner = with_unknown(function.add_node());
  inner.set_op_type("Constant");
  inner.add_output("c");
  auto& sparse = with_unknown(graph.add_sparse_initializer());
  auto& values = with_unknown(sparse.mutable_values());
  values.set_name("sparse");
  values.set_data_type(TensorProto::FLOAT);
  values.add_dims(1);
  values.add_float_data(5);
  auto& indices = with_unknown(sparse.mutable_indices());
  indices.set_data_type(TensorProto::INT64);
  indices.add_dims(1);
  indices.add_int64_data(2);
  sparse.add_dims(3);
  expect_round_trip(model);

  // An edit beside them does not lose them either.
  graph::Network network = read_message(model);
  network.graph.inputs[0].shape->front() = {.size = -1, .symbol = "N"};
  network.opset_imports[0].version = 18;
  network.set_metadata("new", "entry");
  const ::onnx::ModelProto written = testing::parse_model(write_bytes(network));
  EXPECT_EQ(written.opset_import(0).version(), 18);
  EXPECT_EQ(written.metadata_props(1).key(), "new");
  EXPECT_EQ(testing::serialize(written.metadata_props(0)), testing::serialize(metadata));
  EXPECT_EQ(testing::serialize(written.graph().node(0)), testing::serialize(node));
  EXPECT_EQ(written.graph().input(0).type().tensor_type().shape().dim(0).dim_param(), "N");
}

TEST(OnnxRoundTrip, WhatIsNotDecodedSurvives) {
  ::onnx::ModelProto model = small_model();
  model.set_doc_string("documentation");
  model.set_domain("org.example");
  model.set_model_version(3);
  model.add_training_info()->mutable_initialization()->set_name("training");
  auto& configuration = *model.add_configuration();
  configuration.set_name("two");
  configuration.set_num_devices(2);
  auto& graph = *model.mutable_graph();
  graph.set_doc_string("graph");
  auto& annotation = *graph.add_quantization_annotation();
  annotation.set_tensor_name("w");
  annotation.add_quant_parameter_tensor_names()->set_key("SCALE_TENSOR");
  graph.add_metadata_props()->set_key("graph key");
  auto& node = *graph.mutable_node(0);
  node.set_overload("v2");
  node.set_doc_string("node");
  node.add_device_configurations()->set_pipeline_stage(1);
  auto& sequence = *graph.add_value_info();
  sequence.set_name("list");
  sequence.mutable_type()
      ->mutable_sequence_type()
      ->mutable_elem_type()
      ->mutable_optional_type()
      ->mutable_elem_type()
      ->mutable_tensor_type()
      ->set_elem_type(TensorProto::STRING);
  graph.mutable_input(0)->mutable_type()->set_denotation("IMAGE");
  graph.mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->set_denotation("DATA_BATCH");
  auto& type_attribute = *node.add_attribute();
  type_attribute.set_name("type");
  type_attribute.set_type(AttributeProto::TYPE_PROTO);
  type_attribute.mutable_tp()->mutable_map_type()->set_key_type(TensorProto::INT64);
  auto& reference = *node.add_attribute();
  reference.set_name("alpha");
  reference.set_type(AttributeProto::FLOAT);
  reference.set_ref_attr_name("outer_alpha");
  expect_round_trip(model);
  const graph::Network network = read_message(model);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(network.graph.nodes[0].attributes[1].data));
  EXPECT_EQ(network.graph.values[0].dtype, DataType::kUndefined);
}

TEST(OnnxRoundTrip, SymbolsUnknownSizesAndUnknownRanksSurvive) {
  ::onnx::ModelProto model = small_model();
  auto& graph = *model.mutable_graph();
  auto& shape = *graph.mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  shape.add_dim()->set_dim_param("batch");
  shape.add_dim();
  shape.add_dim()->set_dim_value(0);
  shape.add_dim()->set_dim_value(-1);
  shape.add_dim()->set_dim_param("");
  graph.mutable_output(0)->mutable_type()->mutable_tensor_type()->clear_shape();
  graph.add_value_info()->set_name("no type");
  auto& scalar = *graph.add_value_info();
  scalar.set_name("scalar");
  scalar.mutable_type()->mutable_tensor_type()->set_elem_type(TensorProto::FLOAT16);
  scalar.mutable_type()->mutable_tensor_type()->mutable_shape();
  expect_round_trip(model);
  const graph::Network network = read_message(model);
  const std::vector<graph::Dimension> expected = {{4, ""}, {-1, "batch"}, {-1, ""},
                                                  {0, ""}, {-1, ""},      {-1, ""}};
  EXPECT_EQ(network.graph.inputs[0].shape, expected);
  EXPECT_EQ(network.graph.outputs[0].shape, std::nullopt);
  EXPECT_TRUE(network.graph.values[1].shape.has_value());
}

TEST(OnnxRoundTrip, TheSpelledOutDomainIsReadAsEmptyAndWrittenAsItWas) {
  ::onnx::ModelProto model = small_model();
  model.mutable_opset_import(0)->set_domain("ai.onnx");
  model.mutable_graph()->mutable_node(0)->set_domain("ai.onnx");
  expect_round_trip(model);
  const graph::Network network = read_message(model);
  EXPECT_EQ(network.graph.nodes[0].domain, "");
  EXPECT_EQ(network.opset(), 17);
}

TEST(OnnxRoundTrip, FieldsSetToTheirDefaultsStaySet) {
  ::onnx::ModelProto model = small_model();
  model.set_producer_name("");
  auto& graph = *model.mutable_graph();
  graph.set_name("");
  graph.mutable_node(0)->set_name("");
  graph.mutable_node(0)->set_domain("");
  graph.mutable_node(0)->add_input("");
  graph.mutable_initializer(0)->set_doc_string("");
  expect_round_trip(model);
}

TEST(OnnxRoundTrip, EveryKindOfAttributeSurvives) {
  ::onnx::ModelProto model = small_model();
  auto& node = *model.mutable_graph()->mutable_node(0);
  const auto add = [&](const std::string& name,
                       AttributeProto::AttributeType type) -> AttributeProto& {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(type);
    return attribute;
  };
  add("f", AttributeProto::FLOAT).set_f(-0.0F);
  add("i", AttributeProto::INT).set_i(-5);
  add("s", AttributeProto::STRING).set_s(std::string("\0\xFFtext", 6));
  auto& tensor = *add("t", AttributeProto::TENSOR).mutable_t();
  tensor.set_name("inner name");
  tensor.set_data_type(TensorProto::INT8);
  tensor.add_dims(2);
  tensor.set_raw_data("ab");
  auto& branch = *add("g", AttributeProto::GRAPH).mutable_g();
  branch.set_name("branch");
  testing::add_node(branch, "inner", "Identity", {"x"}, {"branch_out"});
  testing::set_float_vector(*branch.add_output(), "branch_out", 4);
  testing::add_raw_floats(branch, "unused", {1});
  add("floats", AttributeProto::FLOATS).add_floats(1.5F);
  add("ints", AttributeProto::INTS).add_ints(1LL << 40);
  add("strings", AttributeProto::STRINGS).add_strings("text");
  auto& tensors = add("tensors", AttributeProto::TENSORS);
  *tensors.add_tensors() = tensor;
  tensors.add_tensors()->set_data_type(TensorProto::FLOAT);
  tensors.mutable_tensors(1)->add_float_data(3);
  *add("graphs", AttributeProto::GRAPHS).add_graphs() = branch;
  add("no floats", AttributeProto::FLOATS);
  add("zero left out", AttributeProto::INT);
  add("empty left out", AttributeProto::STRING);
  auto& untyped = *node.add_attribute();
  untyped.set_name("no type");
  untyped.set_i(3);
  node.add_attribute()->set_name("nothing");
  auto& ambiguous = *node.add_attribute();
  ambiguous.set_f(1);
  ambiguous.set_i(1);
  auto& more = add("more than its type", AttributeProto::INT);
  more.set_i(1);
  more.add_floats(2);
  expect_round_trip(model);

  const graph::Network network = read_message(model);
  const graph::Node& read_node = network.graph.nodes[0];
  EXPECT_EQ(graph::attribute_int(read_node, "zero left out", 9), 0);
  EXPECT_EQ(graph::attribute_int(read_node, "no type", 9), 3);
  EXPECT_EQ(graph::attribute_int(read_node, "more than its type", 9), 1);
  EXPECT_EQ(std::get<Tensor>(read_node.attribute("t")->data).byte_size(), 2U);
}

TEST(OnnxRoundTrip, AnAttributeEditedToAnotherKindIsWrittenAsThat) {
  ::onnx::ModelProto model = small_model();
  auto& attribute = *model.mutable_graph()->mutable_node(0)->add_attribute();
  attribute.set_name("value");
  attribute.set_type(AttributeProto::TENSOR);
  attribute.mutable_t()->set_data_type(TensorProto::FLOAT);
  attribute.mutable_t()->add_float_data(1);
  graph::Network network = read_message(model);
  network.graph.nodes[0].attributes[0].data = std::int64_t{4};
  const auto written = testing::parse_model(write_bytes(network)).graph().node(0).attribute(0);
  EXPECT_EQ(written.type(), AttributeProto::INT);
  EXPECT_EQ(written.i(), 4);
  EXPECT_FALSE(written.has_t());
}

TEST(OnnxRoundTrip, ConstantsKeepTheirStorageWhenTheirValuesChange) {
  ::onnx::ModelProto model = small_model();
  auto& node = testing::add_node(*model.mutable_graph(), "c", "Constant", {}, {"c"});
  auto& attribute = *node.add_attribute();
  attribute.set_name("value");
  attribute.set_type(AttributeProto::TENSOR);
  attribute.mutable_t()->set_data_type(TensorProto::FLOAT);
  attribute.mutable_t()->set_name("weights");
  attribute.mutable_t()->add_dims(1);
  attribute.mutable_t()->add_float_data(1);
  graph::Network network = read_message(model);
  network.graph.nodes[1].attributes[0].data = Tensor::from<float>({2}, {0, 5});
  const auto tensor = testing::parse_model(write_bytes(network)).graph().node(1).attribute(0).t();
  EXPECT_EQ(tensor.name(), "weights");
  EXPECT_FALSE(tensor.has_raw_data());
  ASSERT_EQ(tensor.float_data_size(), 2);
  EXPECT_EQ(tensor.float_data(1), 5);
}

TEST(OnnxRoundTrip, ANetworkBuiltInMemoryIsWritten) {
  graph::Network network;
  network.ir_version = 8;
  network.opset_imports = {{.domain = "", .version = 17}};
  network.graph.name = "built";
  network.graph.inputs = {graph::make_value("x", DataType::kFloat32, {-1, 2})};
  network.graph.outputs = {graph::make_value("y", DataType::kFloat32, {-1, 2})};
  network.graph.initializers.push_back(
      {.name = "w", .value = Tensor::from<float>({2}, {1, 2}), .storage = {}, .opaque = {}});
  network.graph.nodes = {graph::make_node("Add", "sum", {"x", "w"}, {"y"},
                                          {graph::make_attribute("note", std::string("hello"))})};
  const ::onnx::ModelProto model = testing::parse_model(write_bytes(network));
  EXPECT_EQ(model.graph().initializer(0).raw_data().size(), 8U);
  EXPECT_EQ(model.graph().node(0).attribute(0).type(), AttributeProto::STRING);
  EXPECT_EQ(model.graph().input(0).type().tensor_type().shape().dim(0).dim_param(), "N");
  expect_round_trip(model);
}

}  // namespace
}  // namespace gcompress::onnx
