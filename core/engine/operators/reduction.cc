// Sums, means and extremes along axes.
#include "gcompress/core/graph/operators/reduction.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "gcompress/core/engine/operators/operator.h"

namespace gcompress::engine {
namespace {

// An output is reduced from the inputs at `first` of it plus each of `steps`.
struct Reduction {
  std::vector<std::int64_t> first;
  std::vector<std::int64_t> steps;
};

// All places of these axes, in row-major order.
std::vector<std::int64_t> places(const Shape& shape, const std::vector<std::int64_t>& strides,
                                 const std::vector<std::size_t>& axes) {
  std::vector<std::int64_t> found = {0};
  for (const std::size_t axis : axes) {
    std::vector<std::int64_t> more;
    more.reserve(found.size() * static_cast<std::size_t>(shape[axis]));
    for (const std::int64_t at : found) {
      for (std::int64_t i = 0; i < shape[axis]; ++i) more.push_back(at + i * strides[axis]);
    }
    found = std::move(more);
  }
  return found;
}

Reduction reduction_of(const Binding& binding) {
  const graph::ReduceAttributes attributes =
      graph::reduce_attributes(binding.node, binding.opset, binding.lookup());
  if (!attributes.axes.known) binding.unsupported("axes that are not constant");
  const Shape& in = binding.inputs[0];
  const std::vector<std::int64_t> reduced =
      graph::reduced_axes(binding.node, attributes, static_cast<std::int64_t>(in.size()));
  const std::set<std::int64_t> gone(reduced.begin(), reduced.end());
  std::vector<std::int64_t> strides(in.size(), 1);
  for (std::size_t i = in.size(); i-- > 1;) strides[i - 1] = strides[i] * in[i];
  std::vector<std::size_t> kept;
  std::vector<std::size_t> left_out;
  for (std::size_t axis = 0; axis < in.size(); ++axis) {
    (gone.contains(static_cast<std::int64_t>(axis)) ? left_out : kept).push_back(axis);
  }
  return {.first = places(in, strides, kept), .steps = places(in, strides, left_out)};
}

// `add(so far, x)` from `start` on, then `finish(result, count)`.
template <typename Add, typename Finish>
Kernel reduce(const Binding& binding, double start, Add add, Finish finish) {
  return [reduction = reduction_of(binding), start, add, finish](const Call& call) {
    const auto count = static_cast<double>(reduction.steps.size());
    for (std::size_t o = 0; o < reduction.first.size(); ++o) {
      const float* x = call.inputs[0] + reduction.first[o];
      double result = start;
      for (const std::int64_t step : reduction.steps) result = add(result, double{x[step]});
      call.outputs[0][o] = static_cast<float>(finish(result, count));
    }
  };
}

double plus(double a, double b) { return a + b; }
double as_it_is(double result, double) { return result; }

Kernel reduce_mean(const Binding& binding) {
  return reduce(binding, 0, plus, [](double sum, double count) { return sum / count; });
}
Kernel reduce_sum(const Binding& binding) { return reduce(binding, 0, plus, as_it_is); }
Kernel reduce_sum_square(const Binding& binding) {
  return reduce(binding, 0, [](double sum, double x) { return sum + x * x; }, as_it_is);
}
Kernel reduce_l1(const Binding& binding) {
  return reduce(binding, 0, [](double sum, double x) { return sum + std::abs(x); }, as_it_is);
}
Kernel reduce_l2(const Binding& binding) {
  return reduce(
      binding, 0, [](double sum, double x) { return sum + x * x; },
      [](double sum, double) { return std::sqrt(sum); });
}
Kernel reduce_prod(const Binding& binding) {
  return reduce(binding, 1, [](double product, double x) { return product * x; }, as_it_is);
}
Kernel reduce_log_sum(const Binding& binding) {
  return reduce(binding, 0, plus, [](double sum, double) { return std::log(sum); });
}
Kernel reduce_max(const Binding& binding) {
  return reduce(
      binding, -std::numeric_limits<double>::infinity(),
      [](double a, double b) { return std::max(a, b); }, as_it_is);
}
Kernel reduce_min(const Binding& binding) {
  return reduce(
      binding, std::numeric_limits<double>::infinity(),
      [](double a, double b) { return std::min(a, b); }, as_it_is);
}

constexpr OperatorRow kRows[] = {
    {"ReduceL1", reduce_l1},
    {"ReduceL2", reduce_l2},
    {"ReduceLogSum", reduce_log_sum},
    {.op_type = "ReduceMax", .make = reduce_max, .integers = true},
    {"ReduceMean", reduce_mean},
    {.op_type = "ReduceMin", .make = reduce_min, .integers = true},
    {"ReduceProd", reduce_prod},
    {"ReduceSum", reduce_sum},
    {"ReduceSumSquare", reduce_sum_square},
};

}  // namespace

std::span<const OperatorRow> reduction_rows() { return kRows; }

}  // namespace gcompress::engine
