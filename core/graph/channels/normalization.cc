// Normalisation, pooling, reduction, Softmax: what computes over channels pins them.
#include "gcompress/core/graph/operators/normalization.h"

#include <algorithm>
#include <numeric>

#include "gcompress/core/graph/channels/tracer.h"
#include "gcompress/core/graph/operators/activation.h"
#include "gcompress/core/graph/operators/reduction.h"

namespace gcompress::graph {
namespace {

// Scale and shift of channels along axis 1. With both 0, so is the output.
bool scale_channels(NodeTracer& t, TracedAxes& y, std::size_t inputs) {
  bool zero = true;
  for (std::size_t i = 1; i < inputs; ++i) {
    if (!t.has(i)) return false;
    const TracedAxes parameter = t.take(i);
    if (parameter.size() != 1) return false;
    zero = zero && (i > 2 || parameter[0].zero);
    y[1] = t.unite(y[1], parameter[0]);
  }
  y[1].zero = zero;
  return true;
}

std::string batch_norm(NodeTracer& t) {
  const BatchNormAttributes attributes = batch_norm_attributes(t.node(), t.opset());
  if (attributes.training || attributes.per_activation) return "not followed";
  TracedAxes y = t.take(0);
  if (y.size() < 2) return "of unknown rank";
  for (TracedAxis& axis : y) axis.zero = false;  // but for channels, by the shift
  if (!scale_channels(t, y, 5)) return "not followed";
  t.set(0, std::move(y));
  return {};
}

std::string instance_norm(NodeTracer& t) {
  TracedAxes y = t.take(0);
  if (y.size() < 2) return "of unknown rank";
  for (std::size_t i = 2; i < y.size(); ++i) t.pin(y[i], t.by("normalises over it"));
  for (TracedAxis& axis : y) axis.zero = false;
  if (!scale_channels(t, y, 3)) return "not followed";
  t.set(0, std::move(y));
  return {};
}

// Whole groups go. Scale and bias have one entry a channel, or one a group before opset 21.
std::string group_norm(NodeTracer& t) {
  const GroupNormAttributes attributes = group_norm_attributes(t.node(), t.opset());
  TracedAxes y = t.take(0);
  if (y.size() < 2) return "of unknown rank";
  for (std::size_t i = 2; i < y.size(); ++i) t.pin(y[i], t.by("normalises over it"));
  for (TracedAxis& axis : y) axis.zero = false;
  if (y[1].table == kFixedAxis) return "its groups cannot go";
  const std::vector<int> channels = t.labels().table(y[1].table);
  if (attributes.groups < 1 || channels.size() % at(attributes.groups) != 0)
    return "its groups do not divide its channels";
  const std::size_t size = channels.size() / at(attributes.groups);
  std::vector<int> representatives;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    t.labels().unite(channels[i], channels[i / size * size]);
    if (i % size == 0) representatives.push_back(channels[i]);
  }
  const int groups = t.labels().table_of(std::move(representatives));
  TracedAxes scaled = {{.table = kFixedAxis},
                       {.table = attributes.per_channel ? y[1].table : groups}};
  if (!scale_channels(t, scaled, 3)) return "not followed";
  y[1].zero = scaled[1].zero;
  t.adjust({.kind = Adjustment::Kind::kGroups, .attribute = "num_groups", .table = groups});
  t.set(0, std::move(y));
  return {};
}

// Computes over the axes from `first` on, or over one: they stay, the others pass.
std::string over_axes(NodeTracer& t, std::int64_t first, std::int64_t count, bool passes) {
  TracedAxes y = t.take(0);
  const auto rank = static_cast<std::int64_t>(y.size());
  if (rank == 0) return "of unknown rank";
  const std::int64_t begin = normalized_axis(t.node(), first, rank);
  for (std::int64_t i = begin; i < std::min(rank, begin + count); ++i) {
    t.pin(y[at(i)], t.by("normalises over it"));
  }
  for (TracedAxis& axis : y) axis.zero = axis.zero && passes;
  t.set(0, std::move(y));
  return {};
}

constexpr std::int64_t kAll = 1 << 20;

std::string layer_norm(NodeTracer& t) {
  return over_axes(t, layer_norm_attributes(t.node()).axis, kAll, false);
}

std::string softmax(NodeTracer& t) {
  const SoftmaxAttributes attributes = softmax_attributes(t.node(), t.opset());
  return over_axes(t, attributes.axis, attributes.flattens ? kAll : 1, false);
}

std::string lp_norm(NodeTracer& t) {
  return over_axes(t, attribute_int(t.node(), "axis", -1), 1, false);
}

std::string lrn(NodeTracer& t) { return over_axes(t, 1, 1, true); }

std::string cumsum(NodeTracer& t) {
  const Tensor* axis = constant_input(t.node(), 1, t.lookup());
  if (axis == nullptr || axis->size() != 1) return "along an unknown axis";
  t.take_parameter(1);
  return over_axes(t, to_int64(*axis).front(), 1, true);
}

std::string pool(NodeTracer& t) {
  TracedAxes y = t.take(0);
  if (y.size() < 3) return "of unknown rank";
  for (std::size_t i = 2; i < y.size(); ++i) {
    t.pin(y[i], t.by("slides over it"));
    y[i] = {.why = "tied to positions"};
  }
  if (t.node().outputs.size() > 1) {  // MaxPool's indices count channels
    t.pin(y, t.by("counts channels"));
  }
  t.set(0, std::move(y));
  return {};
}

std::string reduce(NodeTracer& t, bool sums) {
  const TracedAxes x = t.take(0);
  const ReduceAttributes attributes = reduce_attributes(t.node(), t.opset(), t.lookup());
  if (x.empty() || !attributes.axes.known) return "over unknown axes";
  if (t.node().inputs.size() > 1) t.take_parameter(1);
  std::vector<bool> reduced(x.size(), attributes.reduces_all());
  if (!attributes.reduces_all()) {
    for (const std::int64_t axis :
         reduced_axes(t.node(), attributes, static_cast<std::int64_t>(x.size()))) {
      reduced[at(axis)] = true;
    }
  }
  TracedAxes y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!reduced[i]) {
      y.push_back(x[i]);
      continue;
    }
    if (sums && x[i].zero && x[i].table != kFixedAxis) {
      for (const int label : t.labels().table(x[i].table)) t.labels().mark_read(label);
    } else {
      t.pin(x[i], t.by("computes over it"));
    }
    if (attributes.keepdims) y.push_back({.why = "tied to a result over it"});
  }
  for (TracedAxis& axis : y) axis.zero = axis.zero && t.node().op_type != "ReduceProd";
  t.set(0, std::move(y));
  return {};
}

std::string reduce_sum(NodeTracer& t) { return reduce(t, true); }
std::string reduce_other(NodeTracer& t) { return reduce(t, false); }

std::string arg(NodeTracer& t) {
  TracedAxes y = t.take(0);
  if (y.empty()) return "of unknown rank";
  const ArgAttributes attributes = arg_attributes(t.node());
  const auto axis =
      at(normalized_axis(t.node(), attributes.axis, static_cast<std::int64_t>(y.size())));
  t.pin(y[axis], t.by("computes over it"));
  if (attributes.keepdims) {
    y[axis] = {.why = "tied to a result over it"};
  } else {
    y.erase(y.begin() + static_cast<std::ptrdiff_t>(axis));
  }
  t.set(0, std::move(y));
  return {};
}

constexpr ChannelRuleRow kRules[] = {
    {"BatchNormalization", batch_norm},
    {"InstanceNormalization", instance_norm},
    {"GroupNormalization", group_norm},
    {"LayerNormalization", layer_norm},
    {"RMSNormalization", layer_norm},
    {"Softmax", softmax},
    {"LogSoftmax", softmax},
    {"Hardmax", softmax},
    {"LpNormalization", lp_norm},
    {"LRN", lrn},
    {"CumSum", cumsum},
    {"MaxPool", pool},
    {"AveragePool", pool},
    {"LpPool", pool},
    {"GlobalAveragePool", pool},
    {"GlobalMaxPool", pool},
    {"GlobalLpPool", pool},
    {"ReduceSum", reduce_sum},
    {"ReduceL1", reduce_sum},
    {"ReduceL2", reduce_sum},
    {"ReduceSumSquare", reduce_sum},
    {"ReduceMean", reduce_other},
    {"ReduceMax", reduce_other},
    {"ReduceMin", reduce_other},
    {"ReduceProd", reduce_other},
    {"ReduceLogSum", reduce_other},
    {"ReduceLogSumExp", reduce_other},
    {"ArgMax", arg},
    {"ArgMin", arg},
};

}  // namespace

std::span<const ChannelRuleRow> normalization_channel_rules() { return kRules; }

}  // namespace gcompress::graph
