// What an operator's implementation sees: its node, bound once while a program is planned, and the
// values of one call while it runs. Internal to core/train.
//
// A family file holds a table of rows; a row's builder decodes the node's attributes and returns a
// kernel that works on tensors only:
//
//   Kernel leaky_relu(const Binding& node) {
//     const double alpha = node.number("alpha", 0.01);
//     return one([=](const Call& call) { return at::leaky_relu(call[0], alpha); });
//   }
//   constexpr Row kRows[] = {{"", "LeakyRelu", 1, leaky_relu}};
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::train {

class Call;
using Kernel = std::function<void(Call&)>;

// A node ready to run. Slots are indices into Machine::slots; -1 is an input or output left out.
struct Step {
  Kernel kernel = {};
  std::vector<int> inputs = {};
  std::vector<int> outputs = {};
  std::vector<int> captures = {};  // what the node's subgraphs read from outside
  std::vector<int> release = {};   // slots that nothing reads after this step
  std::string name = {};
  std::string op_type = {};
};

// A graph or subgraph ready to run.
struct Block {
  std::vector<Step> steps;
  std::vector<int> inputs;
  std::vector<int> outputs;
};

// What a program works on.
struct Machine {
  std::vector<torch::Tensor> slots;
  torch::Device device = torch::kCPU;
  bool training = false;
};

// Runs the steps of a block; its inputs are in their slots, its outputs will be. An exception of
// torch becomes an Error(kInput) that names the node and the shapes of its inputs.
void run(const Block& block, Machine& machine);

// One call of a kernel.
class Call {
 public:
  Call(Machine& machine, const Step& step) : machine_(machine), step_(step) {}

  // An undefined tensor where the input is left out.
  const torch::Tensor& operator[](std::size_t input) const {
    static const torch::Tensor kLeftOut;
    if (input >= step_.inputs.size() || step_.inputs[input] < 0) return kLeftOut;
    return machine_.slots[static_cast<std::size_t>(step_.inputs[input])];
  }
  bool has(std::size_t input) const {
    return input < step_.inputs.size() && step_.inputs[input] >= 0;
  }
  std::optional<torch::Tensor> optional(std::size_t input) const {
    return has(input) ? std::optional<torch::Tensor>((*this)[input]) : std::nullopt;
  }
  std::size_t input_count() const { return step_.inputs.size(); }
  std::size_t output_count() const { return step_.outputs.size(); }
  bool wants(std::size_t output) const {
    return output < step_.outputs.size() && step_.outputs[output] >= 0;
  }
  // An output that nobody wants is dropped.
  void set(std::size_t output, torch::Tensor value) {
    if (wants(output)) {
      machine_.slots[static_cast<std::size_t>(step_.outputs[output])] = std::move(value);
    }
  }
  bool training() const { return machine_.training; }
  Machine& machine() const { return machine_; }

 private:
  Machine& machine_;
  const Step& step_;
};

// A kernel of one output.
template <typename Function>
Kernel one(Function function) {
  return
      [function = std::move(function)](Call& call) { call.set(0, function(std::as_const(call))); };
}

// Integers that an operator takes as an attribute, as a constant input (decoded once) or as an
// input computed by the network.
class Ints {
 public:
  Ints() = default;
  explicit Ints(std::vector<std::int64_t> values) : known_(true), values_(std::move(values)) {}
  explicit Ints(std::size_t input) : input_(static_cast<int>(input)) {}

  bool given() const { return known_ || input_ >= 0; }
  std::vector<std::int64_t> operator()(const Call& call) const;

 private:
  bool known_ = false;
  int input_ = -1;
  std::vector<std::int64_t> values_;
};

// A node being bound.
class Binding {
 public:
  const graph::Node& node;
  std::int64_t opset = 0;  // version of the node's domain
  torch::Device device = torch::kCPU;
  // The value of an input that is constant, else undefined.
  std::function<torch::Tensor(std::size_t input)> constant = {};
  // The same for parameters as well, whose shape is known but whose value will change.
  std::function<torch::Tensor(std::size_t input)> stored = {};
  // Plans a subgraph; shared because kernels are copyable.
  std::function<std::shared_ptr<const Block>(const std::string& attribute)> block = {};

  bool has_input(std::size_t input) const {
    return input < node.inputs.size() && !node.inputs[input].empty();
  }
  bool has_attribute(const char* name) const { return node.attribute(name) != nullptr; }
  std::int64_t integer(const char* name, std::int64_t fallback) const {
    return graph::attribute_int(node, name, fallback);
  }
  double number(const char* name, float fallback) const {
    return static_cast<double>(graph::attribute_float(node, name, fallback));
  }
  std::string text(const char* name, const char* fallback) const {
    return graph::attribute_string(node, name, fallback);
  }
  std::vector<std::int64_t> integers(const char* name,
                                     std::vector<std::int64_t> fallback = {}) const {
    return graph::attribute_ints(node, name, std::move(fallback));
  }
  // An attribute in older opsets, an input in newer ones; whichever the node has.
  Ints ints(const char* attribute, std::size_t input) const;
};

// Thrown by a builder that cannot do what the node asks; the planner collects the messages.
struct Unsupported {
  std::string what;  // "Resize with mode='area'"
};

using Builder = Kernel (*)(const Binding& node);

struct Row {
  const char* domain;
  const char* op_type;
  int since;  // first opset version of the domain that the builder covers
  Builder build;
  bool random = false;  // never computed ahead
};

// The newest row that covers the opset, or null.
const Row* find_row(const std::string& domain, const std::string& op_type, std::int64_t opset);

// The families; each is a table in its own file.
std::span<const Row> activation_rows();
std::span<const Row> arithmetic_rows();
std::span<const Row> comparison_rows();
std::span<const Row> control_flow_rows();
std::span<const Row> convolution_rows();
std::span<const Row> image_rows();
std::span<const Row> linear_rows();
std::span<const Row> loss_rows();
std::span<const Row> normalization_rows();
std::span<const Row> pad_rows();
std::span<const Row> pool_rows();
std::span<const Row> quantized_rows();
std::span<const Row> random_rows();
std::span<const Row> recurrent_rows();
std::span<const Row> reduce_rows();
std::span<const Row> resize_rows();
std::span<const Row> shape_rows();
std::span<const Row> signal_rows();
std::span<const Row> slice_rows();
std::span<const Row> unary_rows();

// --- What several families need.

// The values of an integer tensor, wherever it lies.
std::vector<std::int64_t> integers_of(const torch::Tensor& tensor);
// The single value of a tensor.
double number_of(const torch::Tensor& tensor);

// torch computes little in uint16, uint32 and uint64: such tensors are computed in int64.
bool is_wide_unsigned(torch::ScalarType type);
torch::Tensor widened(const torch::Tensor& tensor);

// 0 <= axis < rank, or axis + rank for negative ones. Throws std::out_of_range.
std::int64_t normalized_axis(std::int64_t axis, std::int64_t rank);

// torch's type of an ONNX type; nullopt where torch has none that we use.
std::optional<torch::ScalarType> scalar_type_of(DataType dtype);
DataType data_type_of(torch::ScalarType type);
// The type that a node's attribute (an ONNX number) names. Throws Unsupported.
torch::ScalarType scalar_type_attribute(const Binding& node, const char* name, DataType fallback);

}  // namespace gcompress::train
