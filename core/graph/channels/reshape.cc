// Reshape and Flatten: runs of axes that hold the same elements, in row-major order.
//
// Where several axes make one, the axis of channels goes on inside it: index j of the result holds
// channel (j / inner) mod channels. Where one axis becomes several, one of those carries the
// channels, and which one only the rest of the network shows: heads before the width of a head, but
// behind the 3 of query, key and value. The walk tries them in turn (`choice`).
#include <algorithm>
#include <numeric>

#include "gcompress/core/graph/channels/tracer.h"

namespace gcompress::graph {
namespace {

// Axes of the input and of the output that hold the same elements.
struct Run {
  std::vector<std::size_t> from;
  std::vector<std::size_t> to;
};

// Axes of size 1 belong to no run. Empty if the shapes do not match.
std::vector<Run> runs_of(const Shape& from, const Shape& to) {
  std::vector<Run> runs;
  std::size_t i = 0;
  std::size_t j = 0;
  const auto skip_ones = [](const Shape& shape, std::size_t& axis) {
    while (axis < shape.size() && shape[axis] == 1) ++axis;
  };
  while (true) {
    skip_ones(from, i);
    skip_ones(to, j);
    if (i == from.size() && j == to.size()) return runs;
    if (i == from.size() || j == to.size()) return {};
    Run run{.from = {i}, .to = {j}};
    std::int64_t have = from[i++];
    std::int64_t want = to[j++];
    while (have != want) {
      const bool more = have < want;
      const Shape& shape = more ? from : to;
      std::size_t& axis = more ? i : j;
      skip_ones(shape, axis);
      if (axis == shape.size()) return {};
      (more ? run.from : run.to).push_back(axis);
      std::int64_t& product = more ? have : want;
      if (__builtin_mul_overflow(product, shape[axis], &product)) return {};
      ++axis;
    }
    runs.push_back(std::move(run));
  }
}

std::int64_t product_after(const Shape& shape, const std::vector<std::size_t>& axes,
                           std::size_t place) {
  std::int64_t product = 1;
  for (std::size_t i = place + 1; i < axes.size(); ++i) product *= shape[axes[i]];
  return product;
}

// True if any channel of the axis may still go.
bool any_free(NodeTracer& t, const TracedAxis& axis) {
  if (axis.table == kFixedAxis) return false;
  const std::vector<int>& labels = t.labels().table(axis.table);
  return std::ranges::any_of(labels, [&](int label) { return !t.labels().pinned(label); });
}

void merge(NodeTracer& t, const TracedAxes& x, const Shape& from, const Run& run, TracedAxes& y) {
  std::size_t carrier = run.from.size();
  for (std::size_t i = 0; i < run.from.size() && carrier == run.from.size(); ++i) {
    if (any_free(t, x[run.from[i]])) carrier = i;
  }
  for (std::size_t i = 0; i < run.from.size(); ++i) {
    if (i != carrier) t.pin(x[run.from[i]], t.by("merged with other axes"));
  }
  if (carrier == run.from.size()) return;
  const TracedAxis& axis = x[run.from[carrier]];
  const std::int64_t size = from[run.from.front()] * product_after(from, run.from, 0);
  if (size > kMostLabels) {
    t.pin(axis, t.by("merged with too many"));
    return;
  }
  const std::vector<int> labels = t.labels().table(axis.table);
  const auto inner = at(product_after(from, run.from, carrier));
  std::vector<int> merged(at(size));
  for (std::size_t j = 0; j < merged.size(); ++j) merged[j] = labels[j / inner % labels.size()];
  y[run.to.front()] = {.table = t.labels().table_of(std::move(merged)), .zero = axis.zero};
}

void split(NodeTracer& t, const TracedAxes& x, const Shape& to, const Run& run, TracedAxes& y) {
  const TracedAxis& axis = x[run.from.front()];
  if (axis.table == kFixedAxis) return;
  const std::vector<int> labels = t.labels().table(axis.table);
  const std::size_t carrier = t.choice() % run.to.size();
  const auto inner = at(product_after(to, run.to, carrier));
  const auto channels = at(to[run.to[carrier]]);
  if (any_free(t, axis)) t.note_split(axis.table);
  std::vector<int> carried(channels);
  for (std::size_t j = 0; j < labels.size(); ++j) {
    const std::size_t channel = j / inner % channels;
    if (j / inner < channels && j % inner == 0) carried[channel] = labels[j];
  }
  for (std::size_t j = 0; j < labels.size(); ++j) {
    t.labels().unite(labels[j], carried[j / inner % channels]);
  }
  y[run.to[carrier]] = {.table = t.labels().table_of(std::move(carried)), .zero = axis.zero};
}

// Several axes become several others: only the first can carry channels, if one size divides the
// other (groups of channels to be normalised, and back).
void regroup(NodeTracer& t, const TracedAxes& x, const Shape& from, const Shape& to, const Run& run,
             TracedAxes& y) {
  const TracedAxis& axis = x[run.from.front()];
  const std::int64_t many = from[run.from.front()];
  const std::int64_t few = to[run.to.front()];
  const bool divides = many % few == 0 || few % many == 0;
  for (std::size_t i = divides ? 1 : 0; i < run.from.size(); ++i) {
    t.pin(x[run.from[i]], t.by("regrouped"));
  }
  if (!divides || axis.table == kFixedAxis) return;
  const std::vector<int> labels = t.labels().table(axis.table);
  std::vector<int> carried(at(few));
  for (std::size_t j = 0; j < carried.size(); ++j) carried[j] = labels[j * at(many) / at(few)];
  for (std::size_t i = 0; i < labels.size() && many > few; ++i) {
    t.labels().unite(labels[i], carried[i * at(few) / at(many)]);
  }
  y[run.to.front()] = {.table = t.labels().table_of(std::move(carried)), .zero = axis.zero};
}

std::string reshape(NodeTracer& t) {
  const TracedAxes x = t.take(0);
  const Shape* from_shape = t.input_shape(0);
  const Shape* to_shape = t.output_shape(0);
  if (from_shape == nullptr || to_shape == nullptr) return "of unknown sizes";
  const Shape from = *from_shape;
  const Shape to = *to_shape;
  const auto unknown = [](std::int64_t size) { return size < 1; };
  if (std::ranges::any_of(from, unknown) || std::ranges::any_of(to, unknown)) {
    return "of unknown sizes";
  }
  for (std::size_t i = 1; i < t.node().inputs.size(); ++i) t.take_parameter(i);
  TracedAxes y(to.size(), {.why = "tied to axes that are not channels"});
  const std::vector<Run> runs = runs_of(from, to);
  if (runs.empty() && element_count(from) != 1) return "of sizes that do not match";
  for (const Run& run : runs) {
    if (run.from.size() == 1 && run.to.size() == 1) {
      y[run.to[0]] = x[run.from[0]];
    } else if (run.to.size() == 1) {
      merge(t, x, from, run, y);
    } else if (run.from.size() == 1) {
      split(t, x, to, run, y);
    } else {
      regroup(t, x, from, to, run, y);
    }
  }
  if (t.node().op_type == "Reshape") {
    Adjustment adjustment{.kind = Adjustment::Kind::kShape};
    adjustment.axes.resize(to.size());
    std::iota(adjustment.axes.begin(), adjustment.axes.end(), std::int64_t{0});
    t.adjust(std::move(adjustment));
  }
  t.set(0, std::move(y));
  return {};
}

constexpr ChannelRuleRow kRules[] = {
    {"Reshape", reshape},
    {"Flatten", reshape},
};

}  // namespace

std::span<const ChannelRuleRow> reshape_channel_rules() { return kRules; }

}  // namespace gcompress::graph
