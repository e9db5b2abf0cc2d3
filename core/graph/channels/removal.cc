// Slices of tensors, declared shapes, and the check of what came out.
#include "gcompress/core/graph/channels/removal.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "gcompress/core/graph/channels/tracer.h"
#include "gcompress/core/graph/rewriting.h"

namespace gcompress::graph {
namespace {

// Larger ones cost nothing where only their shape matters.
constexpr std::int64_t kSmall = 4096;

bool loses(const ChannelTrace& trace, const TracedAxis& axis, const ChannelSet& gone) {
  return axis.table != kFixedAxis &&
         kept_of(trace, axis.table, gone) != std::ssize(trace.labels.table(axis.table));
}

// A size that the file or a probe states, for what stays of the axis. Where an axis holds samples
// as well as channels, its size differs from its labels'.
std::int64_t size_after(const ChannelTrace& trace, const TracedAxis& axis, std::int64_t size,
                        const ChannelSet& gone) {
  if (axis.table == kFixedAxis || size < 0) return size;
  const std::int64_t all = std::ssize(trace.labels.table(axis.table));
  return size * kept_of(trace, axis.table, gone) / all;
}

// Never touched pages of zeros take no memory.
Tensor lazy_zeros(DataType dtype, Shape shape) {
  const auto size = static_cast<std::size_t>(element_count(shape) * bits_of(dtype) / 8);
  const std::shared_ptr<void> owner(std::calloc(std::max<std::size_t>(size, 1), 1), std::free);
  if (owner == nullptr) throw std::bad_alloc();
  return Tensor(dtype, std::move(shape),
                Bytes(owner, static_cast<const std::byte*>(owner.get()), size));
}

Tensor without_along(const Tensor& tensor, std::size_t axis, const std::vector<bool>& kept,
                     Shape shape) {
  const auto width = static_cast<std::size_t>(bits_of(tensor.dtype()) / 8);
  std::size_t inner = width;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= at(shape[i]);
  std::string bytes;
  bytes.reserve(at(element_count(shape)) * width);
  const auto* data = reinterpret_cast<const char*>(tensor.bytes().data());
  const std::size_t slices = tensor.byte_size() / inner;
  for (std::size_t i = 0; i < slices; ++i) {
    if (kept[i % kept.size()]) bytes.append(data + i * inner, inner);
  }
  tensor.bytes().release_pages();
  return Tensor(tensor.dtype(), std::move(shape), Bytes::own(std::move(bytes)));
}

void replace_constants(const ChannelTrace& trace, const ChannelSet& gone, bool contents,
                       Graph& graph) {
  const auto shrinks = [&](const std::string& name) {
    if (!trace.constants.contains(name)) return false;
    return std::ranges::any_of(trace.values.at(name),
                               [&](const auto& axis) { return loses(trace, axis, gone); });
  };
  const auto replacement = [&](const std::string& name, const Tensor& value) {
    return without(value, trace, trace.values.at(name), gone, contents);
  };
  for (Initializer& initializer : graph.initializers) {
    if (shrinks(initializer.name)) {
      initializer.value = replacement(initializer.name, initializer.value);
    }
  }
  for (Node& node : graph.nodes) {
    if (node.op_type != "Constant" || !node.domain.empty() || node.outputs.empty()) continue;
    if (shrinks(node.outputs[0])) {
      Tensor value = replacement(node.outputs[0], constant_of(node));
      node.attributes = {make_attribute("value", std::move(value))};
    }
  }
}

void adjust_declared(const ChannelTrace& trace, const ChannelSet& gone,
                     std::vector<Value>& values) {
  for (Value& value : values) {
    const auto traced = trace.values.find(value.name);
    if (traced == trace.values.end() || !value.shape ||
        value.shape->size() != traced->second.size()) {
      continue;
    }
    for (std::size_t i = 0; i < value.shape->size(); ++i) {
      Dimension& dimension = (*value.shape)[i];
      if (dimension.known()) {
        dimension.size = size_after(trace, traced->second[i], dimension.size, gone);
      }
    }
  }
}

bool as_expected(const ChannelTrace& trace, const ChannelSet& gone, const InferredValue& before,
                 const InferredValue& after, const TracedAxes& axes) {
  if (!before.shape || before.shape->size() != axes.size()) return true;
  if (!after.shape || after.shape->size() != axes.size()) return false;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t size = size_after(trace, axes[i], (*before.shape)[i].size, gone);
    if ((*after.shape)[i].size != size) return false;
  }
  // A number that was computed from a size, and is no size itself.
  const bool changes =
      std::ranges::any_of(axes, [&](const auto& axis) { return loses(trace, axis, gone); });
  return changes || !before.constant.defined() || !is_floating(before.constant.dtype()) ||
         (after.constant.defined() && identical(before.constant, after.constant));
}

}  // namespace

void mark_nonzero(const Tensor& tensor, const ChannelMember& member, ChannelSet& channels) {
  const std::size_t width = at(bits_of(tensor.dtype()) / 8);
  std::size_t inner = 1;
  for (std::size_t i = at(member.axis) + 1; i < tensor.shape().size(); ++i) {
    inner *= at(tensor.shape()[i]);
  }
  const bool floating = is_floating(tensor.dtype());
  const std::byte* data = tensor.bytes().data();
  const std::size_t slices = at(tensor.size()) / std::max<std::size_t>(inner, 1);
  for (std::size_t i = 0; i < slices; ++i) {
    const std::int32_t channel = member.channel_of[i % member.channel_of.size()];
    if (channel < 0 || channels[at(channel)]) continue;
    const std::byte* slice = data + i * inner * width;
    for (std::size_t k = 0; k < inner && !channels[at(channel)]; ++k) {
      for (std::size_t byte = 0; byte < width; ++byte) {
        // The sign of a zero is no value; elements are little-endian.
        std::byte value = slice[k * width + byte];
        if (floating && byte + 1 == width) value &= std::byte{0x7f};
        if (value != std::byte{0}) channels[at(channel)] = true;
      }
    }
  }
  tensor.bytes().release_pages();
}

Tensor without(const Tensor& tensor, const ChannelTrace& trace, const TracedAxes& axes,
               const ChannelSet& gone, bool contents) {
  Tensor result = tensor;
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    if (!loses(trace, axes[axis], gone)) continue;
    std::vector<bool> kept;
    for (const int label : trace.labels.table(axes[axis].table)) {
      const std::int32_t channel = trace.channel_of[at(label)];
      kept.push_back(channel < 0 || !gone[at(channel)]);
    }
    Shape shape = result.shape();
    shape[axis] = std::ranges::count(kept, true);
    result = contents || tensor.size() <= kSmall
                 ? without_along(result, axis, kept, std::move(shape))
                 : lazy_zeros(tensor.dtype(), std::move(shape));
  }
  return result;
}

Network without_channels(const Network& network, const ChannelGroups& groups,
                         const ChannelSet& gone, bool contents) {
  const ChannelTrace& trace = *groups.trace;
  Network result = network;
  adjust_nodes(trace, gone, result.graph, network.opset());
  replace_constants(trace, gone, contents, result.graph);
  adjust_declared(trace, gone, result.graph.values);
  adjust_declared(trace, gone, result.graph.inputs);
  return result;
}

std::optional<std::string> shape_mismatch_of(const Network& shrunk, const ChannelGroups& groups,
                                             const ChannelSet& gone) {
  const ChannelTrace& trace = *groups.trace;
  InferredShapes after;
  try {
    after = infer_shapes(shrunk, trace.inputs);
  } catch (const Error& error) {
    return "shapes would not fit: node '" + error.place().node + "'";
  }
  for (const auto& [name, before] : trace.shapes) {
    const auto axes = trace.values.find(name);
    const auto found = after.find(name);
    // Stored tensors are what we made them; some were replaced, as were some Concats of sizes.
    if (axes == trace.values.end() || found == after.end() || trace.constants.contains(name)) {
      continue;
    }
    if (!as_expected(trace, gone, before, found->second, axes->second)) {
      return "its size is computed with at '" + name + "'";
    }
  }
  return std::nullopt;
}

std::optional<std::string> shape_mismatch(const Network& network, const ChannelGroups& groups,
                                          const ChannelSet& gone) {
  if (std::ranges::find(gone, true) == gone.end()) return std::nullopt;
  return shape_mismatch_of(without_channels(network, groups, gone, false), groups, gone);
}

}  // namespace gcompress::graph
