// Tensors in data files: mapped, confined to the model's folder, and written beside the new model.
#include "gcompress/core/base/file.h"
#include "tests/core/onnx/messages.h"
#include "tests/support/scratch.h"

namespace gcompress::onnx {
namespace {

using gcompress::testing::Scratch;
using gcompress::testing::thrown_by;
using ::onnx::TensorProto;
using testing::small_model;

void set_entry(TensorProto& tensor, const std::string& key, const std::string& value) {
  auto& entry = *tensor.add_external_data();
  entry.set_key(key);
  entry.set_value(value);
}

// small_model with its weight in a data file.
::onnx::ModelProto external_model(const std::string& location, const std::string& offset = "16",
                                  const std::string& length = "16") {
  ::onnx::ModelProto model = small_model();
  TensorProto& tensor = *model.mutable_graph()->mutable_initializer(0);
  tensor.clear_raw_data();
  tensor.set_data_location(TensorProto::EXTERNAL);
  set_entry(tensor, "location", location);
  if (!offset.empty()) set_entry(tensor, "offset", offset);
  if (!length.empty()) set_entry(tensor, "length", length);
  return model;
}

std::string floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

std::string data_content() { return std::string(16, 'x') + floats({1, 2, 3, 4}); }

std::filesystem::path save(const Scratch& scratch, const ::onnx::ModelProto& model) {
  return scratch.write("model.onnx", testing::serialize(model));
}

std::string refusal(const std::filesystem::path& file) {
  try {
    read(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  ADD_FAILURE() << "the model was read";
  return {};
}

TEST(ExternalData, IsAViewOfTheMappedFile) {
  const Scratch scratch;
  scratch.write("data.bin", data_content());
  const graph::Network network = read(save(scratch, external_model("data.bin")));
  const graph::Initializer& weight = network.graph.initializers[0];
  EXPECT_EQ(weight.storage, graph::Storage::kExternal);
  EXPECT_TRUE(weight.value.bytes().mapped());
  EXPECT_TRUE(identical(weight.value, Tensor::from<float>({4}, {1, 2, 3, 4})));
}

TEST(ExternalData, OffsetAndLengthMayBeLeftOut) {
  const Scratch scratch;
  scratch.write("sub/data.bin", floats({5, 6, 7, 8}));
  const graph::Network network = read(save(scratch, external_model("sub/data.bin", "", "")));
  EXPECT_EQ(network.graph.initializers[0].value.as<float>()[0], 5);
}

TEST(ExternalData, MisalignedTensorsAreCopied) {
  const Scratch scratch;
  scratch.write("data.bin", "abc" + floats({1, 2, 3, 4}));
  const graph::Network network = read(save(scratch, external_model("data.bin", "3")));
  EXPECT_FALSE(network.graph.initializers[0].value.bytes().mapped());
  EXPECT_EQ(network.graph.initializers[0].value.as<float>()[3], 4);
}

TEST(ExternalData, ManyMisalignedTensorsOverTheSameBytesAreRefused) {
  const Scratch scratch;
  scratch.write("data.bin", "abc" + floats({1, 2, 3, 4}));
  ::onnx::ModelProto model = external_model("data.bin", "3");
  for (const char* name : {"second", "third"}) {
    TensorProto copy = model.graph().initializer(0);
    copy.set_name(name);
    copy.mutable_external_data(0)->set_value("./data.bin");
    *model.mutable_graph()->add_initializer() = copy;
  }
  EXPECT_NE(refusal(save(scratch, model)).find("overlaps"), std::string::npos);
}

TEST(ExternalData, OutsideOfTheModelsFolderIsRefused) {
  const Scratch scratch;
  scratch.write("secret.bin", data_content());
  std::filesystem::create_directory(scratch / "folder");
  std::filesystem::create_symlink(scratch / "secret.bin", scratch / "folder/link.bin");
  std::filesystem::create_directory_symlink(scratch.path(), scratch / "folder/up");
  for (const std::string& location :
       {std::string("../secret.bin"), std::string("a/../../secret.bin"), std::string("link.bin"),
        std::string("up/secret.bin"), (scratch / "secret.bin").string(), std::string(""),
        std::string("..")}) {
    const auto file =
        scratch.write("folder/model.onnx", testing::serialize(external_model(location)));
    const std::string message = refusal(file);
    EXPECT_NE(message.find("value 'w'"), std::string::npos) << location << ": " << message;
  }
}

TEST(ExternalData, AFileThatIsMissingOrNoFileIsRefused) {
  const Scratch scratch;
  std::filesystem::create_directory(scratch / "folder");
  EXPECT_NE(refusal(save(scratch, external_model("none.bin"))).find("none.bin"), std::string::npos);
  refusal(save(scratch, external_model("folder")));
  refusal(save(scratch, external_model(".")));
  refusal(save(scratch, external_model("/dev/zero")));
}

TEST(ExternalData, RangesOutsideOfTheFileAreRefused) {
  const Scratch scratch;
  scratch.write("data.bin", data_content());
  for (const char* offset : {"20", "32", "33", "18446744073709551615", "18446744073709551616", "-1",
                             "1e3", "", " 16", "0x10"}) {
    ::onnx::ModelProto model = external_model("data.bin", "", "");
    set_entry(*model.mutable_graph()->mutable_initializer(0), "offset", offset);
    const std::string message = refusal(save(scratch, model));
    EXPECT_NE(message.find("value 'w'"), std::string::npos) << message;
  }
  for (const char* length : {"15", "17", "0", "-16", "18446744073709551615"}) {
    refusal(save(scratch, external_model("data.bin", "16", length)));
  }
  ::onnx::ModelProto absurd = external_model("data.bin", "0", "");
  absurd.mutable_graph()->mutable_initializer(0)->set_dims(0, std::int64_t{1} << 61);
  EXPECT_NE(refusal(save(scratch, absurd)).find("value 'w'"), std::string::npos);
}

TEST(ExternalData, NeedsALocationAndAFolder) {
  const Scratch scratch;
  ::onnx::ModelProto model = external_model("data.bin");
  EXPECT_NE(thrown_by([&] { testing::read_message(model); }).find("data.bin"), std::string::npos);
  model.mutable_graph()->mutable_initializer(0)->mutable_external_data(0)->set_key("place");
  EXPECT_NE(refusal(save(scratch, model)).find("location"), std::string::npos);
}

TEST(ExternalData, InsidePartsThatAreOnlyKeptIsUnsupported) {
  ::onnx::ModelProto model = small_model();
  auto& tensor = *model.add_training_info()->mutable_initialization()->add_initializer();
  tensor.set_name("state");
  tensor.set_data_location(TensorProto::EXTERNAL);
  try {
    testing::read_message(model);
    ADD_FAILURE() << "the model was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
  }
}

TEST(ExternalData, IsWrittenBesideTheNewModelWithItsOtherEntries) {
  const Scratch scratch;
  scratch.write("data.bin", data_content());
  ::onnx::ModelProto model = external_model("data.bin");
  TensorProto& tensor = *model.mutable_graph()->mutable_initializer(0);
  set_entry(tensor, "checksum", "0123");
  set_entry(tensor, "vendor", "kept");
  testing::add_raw_floats(*model.mutable_graph(), "inside", {9});
  const graph::Network network = read(save(scratch, model));
  std::filesystem::create_directory(scratch / "out");
  write(network, scratch / "out/new.onnx");

  const auto written = testing::parse_model(testing::file_content(scratch / "out/new.onnx"));
  const TensorProto& moved = written.graph().initializer(0);
  EXPECT_EQ(moved.data_location(), TensorProto::EXTERNAL);
  ASSERT_EQ(moved.external_data_size(), 4);
  EXPECT_EQ(moved.external_data(0).value(), "new.onnx.data");
  EXPECT_EQ(moved.external_data(1).value(), "0");
  EXPECT_EQ(moved.external_data(2).value(), "16");
  EXPECT_EQ(moved.external_data(3).value(), "kept");
  EXPECT_TRUE(written.graph().initializer(1).has_raw_data());
  EXPECT_EQ(testing::file_content(scratch / "out/new.onnx.data"), floats({1, 2, 3, 4}));
  const graph::Network again = read(scratch / "out/new.onnx");
  EXPECT_TRUE(identical(again.graph.initializers[0].value, network.graph.initializers[0].value));
}

TEST(ExternalData, AModelMayBeWrittenOverItself) {
  const Scratch scratch;
  scratch.write("data.bin", data_content());
  const auto first = save(scratch, external_model("data.bin"));
  write(read(first), first);
  const graph::Network network = read(first);  // maps model.onnx.data
  write(network, first);
  EXPECT_EQ(read(first).graph.initializers[0].value.as<float>()[2], 3);
  EXPECT_EQ(network.graph.initializers[0].value.as<float>()[2], 3);
}

TEST(ExternalData, BecomesRawDataWhenWrittenToMemory) {
  const Scratch scratch;
  scratch.write("data.bin", data_content());
  const std::string bytes = write_bytes(read(save(scratch, external_model("data.bin"))));
  EXPECT_EQ(testing::canonical(bytes), testing::serialize(small_model()));
}

TEST(ExternalData, ConstantsAndSubgraphsMayHaveIt) {
  const Scratch scratch;
  scratch.write("data.bin", data_content());
  ::onnx::ModelProto model = small_model();
  auto& node = testing::add_node(*model.mutable_graph(), "if", "If", {"w"}, {"z"});
  auto& attribute = *node.add_attribute();
  attribute.set_name("then_branch");
  attribute.set_type(::onnx::AttributeProto::GRAPH);
  auto& branch = *attribute.mutable_g();
  *branch.add_initializer() = external_model("data.bin").graph().initializer(0);
  branch.mutable_initializer(0)->set_name("inner");
  auto& constant = testing::add_node(branch, "constant", "Constant", {}, {"c"});
  auto& value = *constant.add_attribute();
  value.set_name("value");
  value.set_type(::onnx::AttributeProto::TENSOR);
  *value.mutable_t() = external_model("data.bin").graph().initializer(0);
  std::filesystem::create_directory(scratch / "out");
  write(read(save(scratch, model)), scratch / "out/new.onnx");
  EXPECT_EQ(std::filesystem::file_size(scratch / "out/new.onnx.data"), 64U + 16U);
  read(scratch / "out/new.onnx");
}

}  // namespace
}  // namespace gcompress::onnx
