// Shapes for one sample.
#include "gcompress/compress/input_shapes.h"

#include <array>

#include "gcompress/core/base/error.h"

namespace gcompress::compress {
namespace {

void take_shapes_of(const data::Dataset& data, std::map<std::string, Shape>& shapes) {
  for (const data::Column& column : data.source->inputs()) {
    Shape shape = {1};
    shape.insert(shape.end(), column.shape.begin(), column.shape.end());
    const std::string name = column.name.empty() ? shapes.begin()->first : column.name;
    const auto found = shapes.find(name);
    if (found != shapes.end() && found->second.size() == shape.size()) found->second = shape;
  }
}

}  // namespace

graph::InferredShapes shapes_of_one_sample(const graph::Network& network,
                                           const data::Dataset* data) {
  // Sizes that inputs of images, text lines and small pictures commonly have.
  constexpr std::array<std::int64_t, 3> kGuesses = {224, 48, 32};
  for (const std::int64_t guess : kGuesses) {
    std::map<std::string, Shape> shapes = graph::concrete_input_shapes(network, 1, guess);
    if (data != nullptr && !shapes.empty()) take_shapes_of(*data, shapes);
    try {
      return graph::infer_shapes(network, shapes);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) throw;  // the guess does not fit: try the next
    }
  }
  return graph::infer_shapes(network);
}

}  // namespace gcompress::compress
