// Puts a built-in network together layer by layer, with seeded initial weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::networks {

// One convolution. Values are named NAME_out, parameters NAME.weight and NAME.bias, nodes NAME.
struct ConvLayer {
  std::string name;
  std::int64_t inputs = 1;  // channels
  std::int64_t outputs = 1;
  std::int64_t kernel = 3;  // height and width
  std::int64_t stride = 1;
  std::int64_t padding = 0;  // zeros, on all four sides
  std::int64_t group = 1;
  bool bias = false;
  float gain = 2;  // variance of a weight = gain / fan-in; 2 before ReLU (He 2015)
};

// Every add_... appends a node that reads the value `input` and returns the name of its output.
// Weights of a tensor come from RandomStream(seed, "init:" + its name): adding a layer changes no
// other layer's weights.
class Builder {
 public:
  Builder(std::string graph_name, std::uint64_t seed, std::int64_t opset = 17,
          std::int64_t ir_version = 8);

  void add_input(const std::string& name, const std::vector<graph::Dimension>& shape);
  std::string add_conv(const ConvLayer& layer, const std::string& input);
  std::string add_batch_norm(const std::string& name, std::int64_t channels,
                             const std::string& input);
  // Gemm with transB = 1: weight [outputs, inputs], bias [outputs] of zeros.
  std::string add_linear(const std::string& name, std::int64_t inputs, std::int64_t outputs,
                         float gain, const std::string& input);
  std::string add_flatten(const std::string& name, const std::string& input);
  // Any operator: `inputs` are values or constants.
  std::string add(const std::string& op_type, const std::string& name,
                  const std::vector<std::string>& inputs,
                  std::vector<graph::Attribute> attributes = {});
  std::string add_constant(const std::string& name, Tensor value);

  // Normal with mean 0 and this variance.
  void add_normal(const std::string& name, const Shape& shape, float variance);
  // Uniform in [-bound, bound).
  void add_uniform(const std::string& name, const Shape& shape, float bound);

  // Renames the value `last` to `output` and hands the network over; the builder is then empty.
  graph::Network finish(const std::string& last, const std::string& output,
                        const std::vector<graph::Dimension>& shape);

 private:
  graph::Network network_;
  std::uint64_t seed_;
};

// The symbolic batch dimension "N", and a fixed one.
graph::Dimension symbolic(const std::string& symbol);
graph::Dimension fixed(std::int64_t size);

}  // namespace gcompress::networks
