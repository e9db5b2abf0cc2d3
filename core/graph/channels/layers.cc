// Layers: convolutions, matrices, recurrent layers.
#include "gcompress/core/graph/channels/tracer.h"
#include "gcompress/core/graph/operators/linear.h"

namespace gcompress::graph {
namespace {

const std::string kWindow = "slides over it";

void pin_from(NodeTracer& t, const TracedAxes& axes, std::size_t first, const std::string& why) {
  for (std::size_t i = first; i < axes.size(); ++i) t.pin(axes[i], t.by(why));
}

// Several groups: one goes whole, with its inputs and outputs. Returns the axis of outputs.
TracedAxis whole_groups(NodeTracer& t, const TracedAxis& inputs, const TracedAxis& outputs,
                        std::int64_t groups) {
  if (inputs.table == kFixedAxis || outputs.table == kFixedAxis) {
    t.pin(inputs, t.by("its groups cannot go"));
    t.pin(outputs, t.by("its groups cannot go"));
    return outputs;
  }
  const std::vector<int> from = t.labels().table(inputs.table);
  const std::vector<int> to = t.labels().table(outputs.table);
  const std::size_t from_group = from.size() / at(groups);
  const std::size_t to_group = to.size() / at(groups);
  std::vector<int> representatives;
  for (std::size_t group = 0; group < at(groups); ++group) {
    const int first = to[group * to_group];
    for (std::size_t i = 0; i < to_group; ++i) t.labels().unite(first, to[group * to_group + i]);
    for (std::size_t i = 0; i < from_group; ++i) {
      t.labels().unite(first, from[group * from_group + i]);
    }
    representatives.push_back(first);
  }
  t.adjust({.kind = Adjustment::Kind::kGroups,
            .attribute = "group",
            .table = t.labels().table_of(std::move(representatives))});
  return outputs;
}

// `transposed`: the kernel is [in, out / groups, ...] instead of [out, in / groups, ...].
std::string convolve(NodeTracer& t, bool transposed) {
  const TracedAxes x = t.take(0);
  const TracedAxes w = t.take(1);
  if (w.size() < 3 || x.size() != w.size()) return "of unknown rank";
  const std::int64_t groups = attribute_int(t.node(), "group", 1);
  const Shape kernel = *t.input_shape(1);
  if (groups < 1 || kernel[0] < 1 || kernel[0] % groups != 0)
    return "its groups do not divide its channels";
  pin_from(t, x, 2, kWindow);
  pin_from(t, w, 2, kWindow);
  TracedAxis outputs = w[transposed ? 1 : 0];
  if (groups == 1) {
    t.contract(x[1], w[transposed ? 0 : 1], t.is_stored(1));
    t.makes(1, transposed ? 1 : 0);
    t.reads(1, transposed ? 0 : 1);
  } else {
    t.pin(w[1], t.by("shared by its groups"));
    t.makes(1, 0);
    t.reads(1, 0);
    if (!transposed) {
      outputs = whole_groups(t, x[1], w[0], groups);
    } else {
      const TracedAxis inputs = t.unite(x[1], w[0]);
      outputs = inputs;
      if (kernel[1] > 1) {
        if (inputs.table == kFixedAxis) return "its groups cannot go";
        TracedAxis fresh{.table = t.labels().fresh(kernel[1] * groups), .zero = w[0].zero};
        outputs = fresh;
      }
      if (inputs.table != kFixedAxis) outputs = whole_groups(t, inputs, outputs, groups);
    }
  }
  outputs.zero = w[0].zero;
  if (t.has(2)) {
    const TracedAxes bias = t.take(2);
    if (bias.size() != 1) return "of an odd bias";
    const bool zero = outputs.zero && bias[0].zero;
    outputs = t.unite(outputs, bias[0]);
    outputs.zero = zero;
  }
  TracedAxes y(x.size(), {.why = "tied to positions"});
  y[0] = x[0];
  y[1] = outputs;
  t.set(0, std::move(y));
  return {};
}

std::string conv(NodeTracer& t) { return convolve(t, false); }
std::string conv_transpose(NodeTracer& t) { return convolve(t, true); }

std::string gemm(NodeTracer& t) {
  const GemmAttributes attributes = gemm_attributes(t.node());
  const TracedAxes a = t.take(0);
  const TracedAxes b = t.take(1);
  const Shape* shape = t.output_shape(0);
  if (a.size() != 2 || b.size() != 2 || shape == nullptr || shape->size() != 2) {
    return "of unknown rank";
  }
  const Shape output = *shape;
  const std::size_t a_sums = attributes.transpose_a ? 0 : 1;
  const std::size_t b_sums = attributes.transpose_b ? 1 : 0;
  t.contract(a[a_sums], b[b_sums], t.is_stored(1) || t.is_stored(0));
  if (t.is_stored(0)) t.reads(0, a_sums);
  t.reads(1, b_sums);
  t.makes(1, 1 - b_sums);
  TracedAxes y = {a[1 - a_sums], b[1 - b_sums]};
  if (t.has(2)) {
    const Shape* bias = t.input_shape(2);
    if (bias == nullptr) return "of unknown rank";
    const Shape bias_shape = *bias;
    y = broadcast(t, {y, t.take(2)}, {output, bias_shape}, output, false);
  }
  t.set(0, std::move(y));
  return {};
}

// [.., m, k] x [.., k, n]; one axis on either side stands for k alone.
std::string matmul(NodeTracer& t) {
  TracedAxes a = t.take(0);
  TracedAxes b = t.take(1);
  if (a.empty() || b.empty() || t.input_shape(0) == nullptr || t.input_shape(1) == nullptr) {
    return "of unknown rank";
  }
  Shape a_shape = *t.input_shape(0);
  Shape b_shape = *t.input_shape(1);
  const std::size_t a_sums = a.size() - 1;
  const std::size_t b_sums = b.size() == 1 ? 0 : b.size() - 2;
  t.contract(a[a_sums], b[b_sums], t.is_stored(0) || t.is_stored(1));
  if (t.is_stored(0)) t.reads(0, a_sums);
  t.reads(1, b_sums);
  TracedAxes tail;
  if (a.size() > 1) {
    tail.push_back(a[a.size() - 2]);
    if (t.is_stored(0)) t.makes(0, a.size() - 2);
  }
  if (b.size() > 1) {
    tail.push_back(b.back());
    t.makes(1, b.size() - 1);
  }
  const Shape* shape = t.output_shape(0);
  if (shape == nullptr || shape->size() < tail.size()) return "of unknown rank";
  const Shape batch(shape->begin(), shape->end() - static_cast<std::ptrdiff_t>(tail.size()));
  a.resize(a.size() > 2 ? a.size() - 2 : 0);
  b.resize(b.size() > 2 ? b.size() - 2 : 0);
  a_shape.resize(a.size());
  b_shape.resize(b.size());
  TracedAxes y = broadcast(t, {a, b}, {a_shape, b_shape}, batch, true);
  y.insert(y.end(), tail.begin(), tail.end());
  t.set(0, std::move(y));
  return {};
}

// Only what it reads; its own units stay.
std::string recurrent(NodeTracer& t) {
  const TracedAxes x = t.take(0);
  const TracedAxes w = t.take(1);
  if (x.size() != 3 || w.size() != 3) return "of unknown rank";
  t.pin(x[0], t.by("runs along it"));
  t.pin(x[1], t.by("runs along it"));
  t.pin(w[0], t.by("its units stay"));
  t.pin(w[1], t.by("its units stay"));
  t.contract(x[2], w[2], t.is_stored(1));
  t.reads(1, 2);
  return {};
}

constexpr ChannelRuleRow kRules[] = {
    {"Conv", conv},      {"ConvTranspose", conv_transpose},
    {"Gemm", gemm},      {"MatMul", matmul},
    {"LSTM", recurrent}, {"GRU", recurrent},
    {"RNN", recurrent},
};

}  // namespace

std::span<const ChannelRuleRow> layer_channel_rules() { return kRules; }

}  // namespace gcompress::graph
