// ONNX's own backend cases for nodes (onnx 1.17.0), found by GCOMPRESS_ONNX_CASES, the folder that
// holds node/. docs/operators.md says what passes; with GCOMPRESS_WRITE_DOCS set it is written
// anew, else the number passed must not have shrunk.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "gcompress/core/base/file.h"
#include "gcompress/core/onnx/onnx.h"
#include "gcompress/core/train/program.h"

namespace gcompress::train {
namespace {

namespace fs = std::filesystem;

// What ONNX's runner allows, for results of float32 kernels that add in another order.
constexpr double kRelative = 1e-3;
constexpr double kAbsolute = 1e-7;

// Their outputs are drawn: only types and shapes are compared.
const std::set<std::string> kDrawn = {"test_bernoulli",
                                      "test_bernoulli_double",
                                      "test_bernoulli_seed",
                                      "test_bernoulli_expanded",
                                      "test_bernoulli_double_expanded",
                                      "test_bernoulli_seed_expanded",
                                      "test_training_dropout",
                                      "test_training_dropout_default",
                                      "test_training_dropout_default_mask",
                                      "test_training_dropout_mask"};

// The files of onnx 1.17.0 store bfloat16 as the uint16 of the same bits.
Tensor read(const fs::path& file, DataType declared) {
  const Tensor stored = onnx::read_tensor(file);
  if (declared != DataType::kBfloat16 || stored.dtype() != DataType::kUint16) return stored;
  return Tensor(declared, stored.shape(), stored.bytes());
}

std::string difference(const Tensor& expected, const torch::Tensor& found, bool drawn) {
  if (!found.defined()) return "an output is missing";
  const torch::Tensor wanted = to_torch(expected);
  if (found.scalar_type() != wanted.scalar_type()) {
    return std::string("type ") + c10::toString(found.scalar_type()) + " instead of " +
           c10::toString(wanted.scalar_type());
  }
  if (found.sizes() != wanted.sizes()) {
    return "shape " + to_string(found.sizes().vec()) + " instead of " + to_string(expected.shape());
  }
  if (drawn || wanted.numel() == 0) return {};
  const torch::Tensor a = found.to(torch::kDouble);
  const torch::Tensor b = wanted.to(torch::kDouble);
  if (torch::allclose(a, b, kRelative, kAbsolute, /*equal_nan=*/true)) return {};
  const torch::Tensor off = torch::abs(a - b).max();
  std::ostringstream text;
  text << "values differ by up to " << off.item<double>();
  return text.str();
}

// Why the case fails; empty if it passes.
std::string failure_of(const fs::path& folder) {
  try {
    const graph::Network network = onnx::read(folder / "model.onnx");
    Program program(network, {});
    const torch::NoGradGuard no_gradients;
    const bool drawn = kDrawn.contains(folder.filename().string());
    for (int set = 0; fs::exists(folder / ("test_data_set_" + std::to_string(set))); ++set) {
      const fs::path data = folder / ("test_data_set_" + std::to_string(set));
      TorchValues inputs;
      for (std::size_t i = 0; i < network.graph.inputs.size(); ++i) {
        const fs::path file = data / ("input_" + std::to_string(i) + ".pb");
        const graph::Value& input = network.graph.inputs[i];
        inputs[input.name] = to_torch(read(file, input.dtype));
      }
      const std::vector<torch::Tensor> outputs = program.forward(inputs);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const fs::path file = data / ("output_" + std::to_string(i) + ".pb");
        const Tensor expected = read(file, network.graph.outputs[i].dtype);
        const std::string off = difference(expected, outputs[i], drawn);
        if (!off.empty()) return "output " + std::to_string(i) + ": " + off;
      }
    }
    return {};
  } catch (const Error& error) {
    return error.message();
  } catch (const std::exception& error) {
    return error.what();
  }
}

// The operator that a case is about: its only node's, or that of the case it expands.
std::string operator_of(const fs::path& folder) {
  static const std::regex kExpanded("_expanded.*$");
  const std::string name = folder.filename().string();
  const fs::path plain = folder.parent_path() / std::regex_replace(name, kExpanded, "");
  try {
    const graph::Network network = onnx::read((fs::exists(plain) ? plain : folder) / "model.onnx");
    std::set<std::string> types;
    for (const graph::Node& node : network.graph.nodes) {
      if (node.op_type == "Constant" && network.graph.nodes.size() > 1) continue;
      types.insert((node.domain.empty() ? "" : node.domain + ".") + node.op_type);
    }
    if (types.size() == 1) return *types.begin();
  } catch (const Error&) {
  }
  return "several";
}

struct Outcome {
  std::string name;
  std::string op_type;
  std::string failure;
};

std::string escaped(std::string text) {
  text = text.substr(0, 160);
  for (char& letter : text) {
    if (letter == '|' || letter == '\n') letter = ' ';
  }
  return text;
}

std::string document(const std::vector<Outcome>& outcomes, std::size_t passed) {
  std::ostringstream text;
  text << "# Operators that training runs\n\n"
       << "Written by the test TrainBackendCases from the node cases of onnx 1.17.0; run it with "
          "GCOMPRESS_WRITE_DOCS=1 to write it anew.\n\n"
       << passed << " of " << outcomes.size() << " cases pass.\n\n"
       << "A result passes if its type and shape are right and its values within a relative "
          "tolerance of 1e-3, as in ONNX's own runner. Of operators that draw random numbers only "
          "types and shapes are compared. Cases whose name ends in `_expanded` build the operator "
          "from others. Tensors of strings and of types below 16 bits (but int8 and uint8), "
          "sequences and "
          "optional values are not supported.\n\n"
       << "| operator | passed | cases |\n|---|---:|---:|\n";
  std::map<std::string, std::pair<int, int>> by_operator;
  for (const Outcome& outcome : outcomes) {
    by_operator[outcome.op_type].first += outcome.failure.empty() ? 1 : 0;
    by_operator[outcome.op_type].second += 1;
  }
  for (const auto& [op_type, counts] : by_operator) {
    text << "| " << op_type << " | " << counts.first << " | " << counts.second << " |\n";
  }
  text << "\nOperators without a case of their own: ";
  const char* separator = "";
  for (const std::string& op_type : supported_operators()) {
    if (by_operator.contains(op_type)) continue;
    text << separator << op_type;
    separator = ", ";
  }
  text << ".\n\n## What does not pass\n\n| case | why |\n|---|---|\n";
  for (const Outcome& outcome : outcomes) {
    if (outcome.failure.empty()) continue;
    text << "| " << outcome.name << " | " << escaped(outcome.failure) << " |\n";
  }
  return text.str();
}

std::size_t documented_passes(const fs::path& file) {
  std::ifstream stream(file);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  std::smatch found;
  if (!std::regex_search(text, found, std::regex("([0-9]+) of [0-9]+ cases pass"))) return 0;
  return std::stoul(found[1]);
}

TEST(TrainBackendCases, PassAsTheDocumentationSays) {
  const char* root = std::getenv("GCOMPRESS_ONNX_CASES");
  if (root == nullptr || !fs::exists(fs::path(root) / "node")) {
    GTEST_SKIP() << "set GCOMPRESS_ONNX_CASES to the folder with node/ of onnx 1.17.0";
  }
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(fs::path(root) / "node")) {
    if (fs::exists(entry.path() / "model.onnx")) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  std::vector<Outcome> outcomes;
  std::size_t passed = 0;
  for (const fs::path& folder : folders) {
    torch::manual_seed(0);
    outcomes.push_back({folder.filename().string(), operator_of(folder), failure_of(folder)});
    passed += outcomes.back().failure.empty() ? 1 : 0;
  }
  const char* source = std::getenv("GCOMPRESS_SOURCE");
  if (source == nullptr) GTEST_SKIP() << passed << " pass; GCOMPRESS_SOURCE says where docs/ is";
  const fs::path file = fs::path(source) / "docs" / "operators.md";
  if (std::getenv("GCOMPRESS_WRITE_DOCS") != nullptr) {
    fs::create_directories(file.parent_path());
    write_file_atomically(file, document(outcomes, passed));
    return;
  }
  std::string failures;
  for (const Outcome& outcome : outcomes) {
    if (!outcome.failure.empty()) failures += outcome.name + ": " + outcome.failure + "\n";
  }
  EXPECT_GE(passed, documented_passes(file)) << failures;
}

}  // namespace
}  // namespace gcompress::train
