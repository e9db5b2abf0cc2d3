// Resize and Upsample by nearest neighbours.
#include "gcompress/core/graph/operators/resize.h"

#include "gcompress/core/engine/operators/moved_planes.h"
#include "gcompress/core/engine/operators/operator.h"

namespace gcompress::engine {
namespace {

Kernel resize(const Binding& binding) {
  const graph::ResizeParameters parameters =
      graph::resize_parameters(binding.node, binding.opset, binding.lookup());
  const Shape& in = binding.inputs[0];
  if (!parameters.known()) binding.unsupported("sizes that are not constant");
  if (parameters.mode != graph::ResizeMode::kNearest) {
    binding.unsupported("other than nearest neighbours");
  }
  if (parameters.coordinates == "tf_crop_and_resize") binding.unsupported("a region");
  if (in.size() != 4) binding.unsupported("other than two spatial axes");
  const graph::ResizeGeometry geometry = graph::resize_geometry(binding.node, parameters, in);
  if (geometry.output != binding.outputs[0])
    binding.unsupported("sizes that differ from the output's");
  AxisSources sources;
  for (std::size_t axis = 0; axis < sources.size(); ++axis) {
    const graph::ResizeAxis along{
        .input = in[axis], .output = geometry.output[axis], .scale = double{geometry.scales[axis]}};
    for (std::int64_t i = 0; i < along.output; ++i) {
      sources[axis].push_back(graph::nearest_source(parameters, along, i));
    }
  }
  return move_planes(binding, std::move(sources), 0);
}

constexpr OperatorRow kRows[] = {{"Resize", resize, Planes::kBoth},
                                 {"Upsample", resize, Planes::kBoth}};

}  // namespace

std::span<const OperatorRow> resize_rows() { return kRows; }

}  // namespace gcompress::engine
