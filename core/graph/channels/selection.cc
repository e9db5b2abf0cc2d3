// Operators that take some channels, or add some: Slice, Gather, Pad.
#include <algorithm>

#include "gcompress/core/graph/channels/tracer.h"
#include "gcompress/core/graph/operators/movement.h"

namespace gcompress::graph {
namespace {

// Only stored parameters say which channels for sure; computed ones might count them.
bool stored_from(const NodeTracer& t, std::size_t first) {
  for (std::size_t i = first; i < t.node().inputs.size(); ++i) {
    if (t.has(i) && !t.is_stored(i)) return false;
  }
  return true;
}

void take_parameters(NodeTracer& t) {
  for (std::size_t i = 1; i < t.node().inputs.size(); ++i) t.take_parameter(i);
}

std::string slice(NodeTracer& t) {
  TracedAxes y = t.take(0);
  const SliceParameters parameters = slice_parameters(t.node(), t.opset(), t.lookup());
  if (y.empty() || !parameters.known()) {
    // Unknown along an axis that is no channel is common (positions), and does no harm.
    if (y.empty() || !parameters.axes.known || !parameters.axes.given) return "of unknown range";
  }
  take_parameters(t);
  const bool stored = stored_from(t, 1) && parameters.known();
  const auto axes =
      normalized_axes(t.node(), parameters.axes.values, static_cast<std::int64_t>(y.size()));
  for (std::size_t place = 0; place < axes.size(); ++place) {
    TracedAxis& axis = y[at(axes[place])];
    if (axis.table == kFixedAxis) continue;
    const std::vector<int> labels = t.labels().table(axis.table);
    SliceRange range;
    if (parameters.known()) {
      range = slice_range(t.node(), parameters.starts.values[place], parameters.ends.values[place],
                          parameters.steps.values[place], static_cast<std::int64_t>(labels.size()));
      if (range.count == std::ssize(labels) && range.step == 1 && stored) continue;
    }
    if (!stored || range.step != 1 || range.count < 1) {
      t.pin(axis, t.by("of a range that cannot follow"));
      axis = {.why = "tied to a range"};
      continue;
    }
    axis.table = t.labels().table_of(
        {labels.begin() + range.start, labels.begin() + range.start + range.count});
    t.adjust({.kind = Adjustment::Kind::kSlice, .axis = axes[place], .place = place});
  }
  t.set(0, std::move(y));
  return {};
}

std::string gather(NodeTracer& t) {
  const TracedAxes x = t.take(0);
  const Shape* indices_shape = t.input_shape(1);
  if (x.empty() || indices_shape == nullptr) return "of unknown rank";
  const auto axis = at(normalized_axis(t.node(), attribute_int(t.node(), "axis", 0),
                                       static_cast<std::int64_t>(x.size())));
  const std::size_t indices_rank = indices_shape->size();
  TracedAxes y(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(axis));
  const Tensor* stored = t.is_stored(1) ? constant_input(t.node(), 1, t.lookup()) : nullptr;
  if (stored != nullptr && indices_rank == 1 && x[axis].table != kFixedAxis) {
    t.take_parameter(1);
    const std::vector<int> labels = t.labels().table(x[axis].table);
    std::vector<int> chosen;
    for (std::int64_t index : to_int64(*stored)) {
      if (index < 0) index += std::ssize(labels);
      if (index < 0 || index >= std::ssize(labels)) return "of indices outside";
      chosen.push_back(labels[at(index)]);
    }
    y.push_back({.table = t.labels().table_of(std::move(chosen)), .zero = x[axis].zero});
    t.adjust({.kind = Adjustment::Kind::kGather, .axis = static_cast<std::int64_t>(axis)});
  } else {
    t.pin(x[axis], t.by("chosen from"));
    if (stored != nullptr) {
      t.take_parameter(1);
      y.resize(y.size() + indices_rank, {.why = "tied to chosen ones"});
    } else {
      const TracedAxes indices = t.take(1);
      y.insert(y.end(), indices.begin(), indices.end());
    }
    if (t.is_stored(0) && axis == 0 && x.size() == 2) t.makes(0, 1);  // an embedding
  }
  y.insert(y.end(), x.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.end());
  t.set(0, std::move(y));
  return {};
}

// Channels that padding adds are channels, too.
std::string pad(NodeTracer& t) {
  TracedAxes y = t.take(0);
  const PadParameters parameters = pad_parameters(t.node(), t.opset(), t.lookup());
  if (y.empty()) return "of unknown rank";
  take_parameters(t);
  const bool constant = parameters.mode == PadMode::kConstant;
  const bool zero = constant && (!parameters.value.given ||
                                 (parameters.value.known && parameters.value.value == 0));
  const auto rank = y.size();
  std::vector<std::int64_t> pads;
  if (parameters.known()) {
    pads = pads_of_all_axes(t.node(), parameters, static_cast<std::int64_t>(rank));
  } else {
    // Pads that only the run knows: channels keep their number in every network seen so far, but
    // nothing says so.
    return "of unknown sizes";
  }
  const bool others_grow = std::ranges::any_of(pads, [](std::int64_t n) { return n != 0; });
  for (std::size_t i = 0; i < rank; ++i) {
    TracedAxis& axis = y[i];
    const std::int64_t before = pads[i];
    const std::int64_t after = pads[rank + i];
    if (axis.table == kFixedAxis) continue;
    if (before != 0 || after != 0) {
      const bool follows = constant && before >= 0 && after >= 0 && before <= kMostLabels &&
                           after <= kMostLabels && stored_from(t, 1);
      if (!follows) {
        t.pin(axis, t.by("padded along it"));
        axis = {.why = "tied to padding"};
        continue;
      }
      std::vector<int> labels = t.labels().table(t.labels().fresh(before));
      const std::vector<int> middle = t.labels().table(axis.table);
      const std::vector<int> behind = t.labels().table(t.labels().fresh(after));
      labels.insert(labels.end(), middle.begin(), middle.end());
      labels.insert(labels.end(), behind.begin(), behind.end());
      axis.table = t.labels().table_of(std::move(labels));
      t.adjust({.kind = Adjustment::Kind::kPad, .axis = static_cast<std::int64_t>(i)});
    }
    axis.zero = axis.zero && (zero || !others_grow || !constant);
  }
  t.set(0, std::move(y));
  return {};
}

constexpr ChannelRuleRow kRules[] = {
    {"Slice", slice},
    {"Gather", gather},
    {"Pad", pad},
};

}  // namespace

std::span<const ChannelRuleRow> selection_channel_rules() { return kRules; }

}  // namespace gcompress::graph
