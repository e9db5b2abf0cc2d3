// gcompress distill --list-features.
#include "gcompress/tools/distill_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "gcompress/compress/input_shapes.h"
#include "gcompress/compress/load.h"
#include "gcompress/core/graph/inner_values.h"

namespace gcompress::tools {
namespace {

std::string shape_text(const Shape& shape) {
  std::string text = "[N";
  for (const std::int64_t size : shape) text += size < 0 ? ", ?" : fmt::format(", {}", size);
  return text + "]";
}

void print(const std::string& title, const graph::Network& network, const data::Dataset* data) {
  const auto values = graph::inner_values(network, compress::shapes_of_one_sample(network, data));
  std::size_t width = 0;
  for (const graph::InnerValue& value : values) width = std::max(width, value.name.size());
  std::cout << title << "\n";
  for (const graph::InnerValue& value : values) {
    std::cout << fmt::format("  {:<{}}  {:<20} {}\n", value.name, width, shape_text(value.shape),
                             value.op_type);
  }
}

}  // namespace

void list_features(const compress::Recipe& recipe) {
  RunContext context;
  context.seed = static_cast<std::uint64_t>(recipe.common.integer("seed"));
  const compress::StageState state = compress::load(recipe.common, context);
  const data::Dataset* data = state.data ? &state.data->train : nullptr;
  print("student " + recipe.common.text("model"), state.network, data);
  const std::vector<std::string>& teachers = recipe.stages.front().settings.list("teacher");
  if (teachers.empty()) return;
  print("teacher " + teachers.front(), compress::load_network(teachers.front()), data);
}

}  // namespace gcompress::tools
