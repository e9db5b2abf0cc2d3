// Fully connected networks: LeNet-300-100 and perceptrons of any width.
#include "gcompress/core/networks/perceptron.h"

#include <algorithm>
#include <cmath>

#include "gcompress/core/networks/builder.h"
#include "gcompress/core/networks/networks.h"

namespace gcompress::networks {

graph::Network perceptron(const std::string& name, const Shape& input,
                          const std::vector<std::int64_t>& hidden, std::int64_t outputs,
                          std::uint64_t seed) {
  Builder builder(name, seed);
  const bool flat = input.size() == 1;
  std::string value = flat ? "features" : "image";
  std::vector<graph::Dimension> shape = {symbolic("N")};
  for (const std::int64_t size : input) shape.push_back(fixed(size));
  builder.add_input(value, shape);
  if (!flat) value = builder.add_flatten("flatten", value);
  std::int64_t width = element_count(input);
  for (std::size_t layer = 0; layer < hidden.size(); ++layer) {
    const std::string number = std::to_string(layer + 1);
    value = builder.add_linear("fc" + number, width, hidden[layer], 2, value);
    value = builder.add("Relu", "relu" + number, {value});
    width = hidden[layer];
  }
  value = builder.add_linear("fc" + std::to_string(hidden.size() + 1), width, outputs, 1, value);
  return builder.finish(value, "logits", {symbolic("N"), fixed(outputs)});
}

std::int64_t scaled(std::int64_t channels, double width) {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(channels) * width));
}

graph::Network lenet_300_100(std::uint64_t seed, std::int64_t classes, double width) {
  return perceptron("lenet-300-100", {1, 28, 28}, {scaled(300, width), scaled(100, width)}, classes,
                    seed);
}

graph::Network mlp(std::int64_t inputs, const std::vector<std::int64_t>& hidden,
                   std::int64_t outputs, std::uint64_t seed) {
  return perceptron("mlp", {inputs}, hidden, outputs, seed);
}

}  // namespace gcompress::networks
