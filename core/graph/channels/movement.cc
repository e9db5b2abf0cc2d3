// Operators that move whole axes, or channels from several values into one and back.
#include "gcompress/core/graph/operators/movement.h"

#include <algorithm>
#include <numeric>

#include "gcompress/core/graph/channels/tracer.h"
#include "gcompress/core/graph/operators/resize.h"

namespace gcompress::graph {
namespace {

std::string transpose(NodeTracer& t) {
  const TracedAxes x = t.take(0);
  TracedAxes y;
  for (const std::int64_t axis :
       transpose_permutation(t.node(), static_cast<std::int64_t>(x.size()))) {
    y.push_back(x[at(axis)]);
  }
  t.set(0, std::move(y));
  return {};
}

std::string squeeze(NodeTracer& t) {
  const TracedAxes x = t.take(0);
  const Shape* shape = t.input_shape(0);
  const IntList axes = squeeze_axes(t.node(), t.opset(), t.lookup());
  if (shape == nullptr || !axes.known) return "of unknown axes";
  if (t.node().inputs.size() > 1) t.take_parameter(1);
  std::vector<std::int64_t> gone;
  if (axes.given) {
    gone = normalized_axes(t.node(), axes.values, static_cast<std::int64_t>(x.size()));
  } else {
    for (std::size_t i = 0; i < x.size(); ++i) {
      if ((*shape)[i] == 1) gone.push_back(static_cast<std::int64_t>(i));
    }
  }
  TracedAxes y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::ranges::find(gone, static_cast<std::int64_t>(i)) == gone.end()) y.push_back(x[i]);
  }
  t.set(0, std::move(y));
  return {};
}

std::string unsqueeze(NodeTracer& t) {
  const TracedAxes x = t.take(0);
  const IntList axes = unsqueeze_axes(t.node(), t.opset(), t.lookup());
  if (!axes.known) return "of unknown axes";
  if (t.node().inputs.size() > 1) t.take_parameter(1);
  const std::size_t rank = x.size() + axes.values.size();
  const auto added = normalized_axes(t.node(), axes.values, static_cast<std::int64_t>(rank));
  TracedAxes y;
  std::size_t next = 0;
  for (std::size_t i = 0; i < rank; ++i) {
    const bool is_new = std::ranges::find(added, static_cast<std::int64_t>(i)) != added.end();
    y.push_back(is_new ? TracedAxis{.why = "a single one"} : x[next++]);
  }
  t.set(0, std::move(y));
  return {};
}

std::string concat(NodeTracer& t) {
  std::vector<TracedAxes> parts;
  std::vector<std::int64_t> sizes;
  const Shape* output = t.output_shape(0);
  if (output == nullptr || output->empty()) return "of unknown rank";
  const std::size_t rank = output->size();
  const auto axis = at(normalized_axis(t.node(), attribute_int(t.node(), "axis", 1),
                                       static_cast<std::int64_t>(rank)));
  bool any_channels = false;
  for (std::size_t i = 0; i < t.node().inputs.size(); ++i) {
    const Shape* shape = t.input_shape(i);
    if (shape == nullptr || shape->size() != rank) return "of unknown rank";
    sizes.push_back((*shape)[axis]);
    if (sizes.back() < 0 || sizes.back() > kMostLabels) return "of unknown sizes";
    parts.push_back(t.take(i));
    any_channels = any_channels || parts.back()[axis].table != kFixedAxis;
  }
  TracedAxes y = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    for (std::size_t other = 0; other < rank; ++other) {
      if (other != axis) y[other] = t.unite(y[other], parts[i][other]);
    }
  }
  y[axis] = {.why = "tied to axes that are not channels"};
  if (any_channels) {
    std::vector<int> labels;
    bool zero = true;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      TracedAxis part = parts[i][axis];
      if (part.table == kFixedAxis) {  // labels of its own that stay
        const std::string why = part.why;
        part.table = t.labels().fresh(sizes[i]);
        t.pin(part, why.empty() ? y[axis].why : why);
      }
      zero = zero && part.zero;
      const std::vector<int>& own = t.labels().table(part.table);
      labels.insert(labels.end(), own.begin(), own.end());
    }
    y[axis] = {.table = t.labels().table_of(std::move(labels)), .zero = zero};
  }
  t.set(0, std::move(y));
  return {};
}

std::string split(NodeTracer& t) {
  const TracedAxes x = t.take(0);
  const SplitParameters parameters = split_parameters(t.node(), t.opset(), t.lookup());
  if (x.empty() || !parameters.sizes.known) return "of unknown sizes";
  if (t.node().inputs.size() > 1) t.take_parameter(1);
  const auto axis =
      at(normalized_axis(t.node(), parameters.axis, static_cast<std::int64_t>(x.size())));
  const TracedAxis& whole = x[axis];
  std::vector<int> labels;
  std::vector<std::int64_t> sizes;
  if (whole.table != kFixedAxis) {
    labels = t.labels().table(whole.table);
    sizes = split_sizes(t.node(), parameters, static_cast<std::int64_t>(labels.size()));
    if (std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}) != std::ssize(labels)) {
      return "of odd sizes";
    }
    t.adjust({.kind = Adjustment::Kind::kSplit, .axis = static_cast<std::int64_t>(axis)});
  }
  auto begin = labels.begin();
  for (std::size_t i = 0; i < t.node().outputs.size(); ++i) {
    TracedAxes y = x;
    if (i < sizes.size() && whole.table != kFixedAxis) {
      const auto end = begin + sizes[i];
      y[axis] = {.table = t.labels().table_of({begin, end}), .zero = whole.zero};
      begin = end;
    }
    t.set(i, std::move(y));
  }
  return {};
}

// Repeated only where nothing is repeated: the axes of size 1 in the shape of repeats.
std::string tile(NodeTracer& t) {
  const Tensor* repeats = constant_input(t.node(), 1, t.lookup());
  TracedAxes y = t.take(0);
  if (repeats == nullptr || repeats->size() != static_cast<std::int64_t>(y.size())) {
    return "of unknown repeats";
  }
  t.take_parameter(1);
  const std::vector<std::int64_t> counts = to_int64(*repeats);
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (counts[i] == 1) continue;
    t.pin(y[i], t.by("repeated"));
    y[i] = {.why = "tied to repeats"};
  }
  t.set(0, std::move(y));
  return {};
}

// Axes that grow from 1 are new channels, all alike.
std::string expand(NodeTracer& t) {
  const TracedAxes x = t.take(0);
  const Shape* from = t.input_shape(0);
  const Shape* to = t.output_shape(0);
  if (from == nullptr || to == nullptr) return "of unknown rank";
  t.take_parameter(1);
  TracedAxes y(to->size(), {.why = "tied to axes that are not channels"});
  for (std::size_t back = 1; back <= to->size(); ++back) {
    const std::int64_t size = (*to)[to->size() - back];
    TracedAxis& axis = y[to->size() - back];
    if (back <= x.size() && (*from)[from->size() - back] == size) {
      axis = x[x.size() - back];
    } else if (size > 1 && size <= kMostLabels) {
      axis = {.table = t.labels().fresh(size), .zero = false};
    }
  }
  Adjustment adjustment{.kind = Adjustment::Kind::kShape};
  adjustment.axes.resize(y.size());
  std::iota(adjustment.axes.begin(), adjustment.axes.end(), std::int64_t{0});
  // A shorter target counts from the right.
  const Shape* target = t.input_shape(1);
  if (target == nullptr || target->size() != 1 || target->front() > std::ssize(y)) {
    return "of unknown rank";
  }
  adjustment.axes.erase(adjustment.axes.begin(),
                        adjustment.axes.begin() + (std::ssize(y) - target->front()));
  t.adjust(std::move(adjustment));
  t.set(0, std::move(y));
  return {};
}

std::string resize(NodeTracer& t) {
  const TracedAxes x = t.take(0);
  const Shape* from_shape = t.input_shape(0);
  const Shape* to_shape = t.output_shape(0);
  if (from_shape == nullptr || to_shape == nullptr || from_shape->size() != x.size()) {
    return "of unknown rank";
  }
  const Shape from = *from_shape;
  const Shape to = *to_shape;
  const ResizeParameters parameters = resize_parameters(t.node(), t.opset(), t.lookup());
  TracedAxes y = x;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (from[i] == to[i] && i < 2) continue;
    t.pin(x[i], t.by("resized along it"));
    y[i] = {.why = "tied to positions"};
  }
  for (std::size_t i = 1; i < t.node().inputs.size(); ++i) t.take_parameter(i);
  if (parameters.sizes.given) {
    Adjustment adjustment{.kind = Adjustment::Kind::kShape, .input = 3, .axes = parameters.axes};
    if (adjustment.axes.empty()) {
      adjustment.axes.resize(y.size());
      std::iota(adjustment.axes.begin(), adjustment.axes.end(), std::int64_t{0});
    }
    for (std::int64_t& axis : adjustment.axes) {
      axis = normalized_axis(t.node(), axis, static_cast<std::int64_t>(y.size()));
    }
    t.adjust(std::move(adjustment));
  }
  t.set(0, std::move(y));
  return {};
}

constexpr std::int64_t kMostBlock = 64;

// [n, c b b, h, w] <-> [n, c, h b, w b]: the b b values of a channel go together.
std::string depth_to_space(NodeTracer& t) {
  TracedAxes y = t.take(0);
  const std::int64_t block = attribute_int(t.node(), "blocksize", 1);
  if (y.size() != 4 || block < 1 || block > kMostBlock) return "of an odd block";
  t.pin(y[2], t.by("slides over it"));
  t.pin(y[3], t.by("slides over it"));
  y[2] = y[3] = {.why = "tied to positions"};
  if (y[1].table != kFixedAxis) {
    const std::vector<int> deep = t.labels().table(y[1].table);
    const std::size_t many = at(block * block);
    if (deep.size() % many != 0) return "of odd sizes";
    const std::size_t channels = deep.size() / many;
    const bool column_first = attribute_string(t.node(), "mode", "DCR") == "CRD";
    std::vector<int> labels;
    for (std::size_t c = 0; c < channels; ++c) {
      labels.push_back(deep[column_first ? c * many : c]);
      for (std::size_t i = 0; i < many; ++i) {
        t.labels().unite(labels.back(), deep[column_first ? c * many + i : i * channels + c]);
      }
    }
    y[1].table = t.labels().table_of(std::move(labels));
  }
  t.set(0, std::move(y));
  return {};
}

std::string space_to_depth(NodeTracer& t) {
  TracedAxes y = t.take(0);
  const std::int64_t block = attribute_int(t.node(), "blocksize", 1);
  if (y.size() != 4 || block < 1 || block > kMostBlock) return "of an odd block";
  t.pin(y[2], t.by("slides over it"));
  t.pin(y[3], t.by("slides over it"));
  y[2] = y[3] = {.why = "tied to positions"};
  if (y[1].table != kFixedAxis) {
    const std::vector<int> channels = t.labels().table(y[1].table);
    std::vector<int> labels;
    for (std::int64_t i = 0; i < block * block; ++i) {
      labels.insert(labels.end(), channels.begin(), channels.end());
    }
    y[1].table = t.labels().table_of(std::move(labels));
  }
  t.set(0, std::move(y));
  return {};
}

// Sizes do not depend on what the channels hold; where they matter, checking shapes shows it.
std::string reads_sizes(NodeTracer& t) {
  t.take(0);
  const Shape* shape = t.output_shape(0);
  t.set(0, TracedAxes(shape == nullptr ? 0 : shape->size(), {.why = "tied to sizes"}));
  return {};
}

constexpr ChannelRuleRow kRules[] = {
    {"Transpose", transpose},
    {"Squeeze", squeeze},
    {"Unsqueeze", unsqueeze},
    {"Concat", concat},
    {"Split", split},
    {"Tile", tile},
    {"Expand", expand},
    {"Resize", resize},
    {"Upsample", resize},
    {"DepthToSpace", depth_to_space},
    {"SpaceToDepth", space_to_depth},
    {"Shape", reads_sizes},
    {"Size", reads_sizes},
};

}  // namespace

std::span<const ChannelRuleRow> movement_channel_rules() { return kRules; }

}  // namespace gcompress::graph
