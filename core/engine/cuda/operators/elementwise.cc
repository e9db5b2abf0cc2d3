// Operators element by element, with broadcasting.
#include <cmath>
#include <limits>

#include "gcompress/core/engine/cuda/operators/operator.h"
#include "gcompress/core/graph/operators/activation.h"
#include "gcompress/core/graph/operators/normalization.h"
#include "gcompress/core/kernels/cuda/elementwise/launch.h"

namespace gcompress::engine::gpu {
namespace {

namespace elementwise = cuda::elementwise;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Kernel of_one(const Binding& binding, const char* name, float a = 0, float b = 0) {
  const elementwise::Unary launch = elementwise::unary(name);
  return {.run = [launch, count = count_of(binding.outputs[0]), a, b](const Call& call) {
    launch({.x = call.inputs[0], .y = call.output, .count = count, .a = a, .b = b}, call.stream);
  }};
}

template <const char* kName>
Kernel unary(const Binding& binding, Maker&) {
  return of_one(binding, kName);
}

Kernel clip(const Binding& binding, Maker&) {
  const graph::ClipBounds bounds =
      graph::clip_bounds(binding.node, binding.opset, binding.lookup());
  if (!bounds.low.known || !bounds.high.known) binding.unsupported("bounds that are not constant");
  return of_one(binding, "clip", bounds.low.given ? bounds.low.value : -kInfinity,
                bounds.high.given ? bounds.high.value : kInfinity);
}

Kernel hard_sigmoid(const Binding& binding, Maker&) {
  const graph::ActivationParameters parameters = graph::activation_parameters(binding.node);
  return of_one(binding, "hard_sigmoid", parameters.alpha, parameters.beta);
}

Kernel leaky_relu(const Binding& binding, Maker&) {
  return of_one(binding, "leaky_relu", graph::activation_parameters(binding.node).alpha);
}

// Of an operand along each axis of the output: 0 where it is spread.
std::vector<int> spread_steps(const Shape& operand, const Shape& output) {
  const std::vector<int> own = steps_of(operand);
  std::vector<int> steps(output.size(), 0);
  for (std::size_t i = 1; i <= operand.size(); ++i) {
    if (operand[operand.size() - i] != 1) steps[output.size() - i] = own[operand.size() - i];
  }
  return steps;
}

template <const char* kName>
Kernel binary(const Binding& binding, Maker& maker) {
  const Shape& out = binding.outputs[0];
  std::vector<int> sizes;
  for (const std::int64_t size : out) sizes.push_back(to_int(size));
  const auto axes = maker.keep(elementwise::operand_axes(
      sizes, spread_steps(binding.inputs[0], out), spread_steps(binding.inputs[1], out)));
  return {
      .run = [axes, launch = elementwise::binary(kName), count = count_of(out)](const Call& call) {
        launch({.first = call.inputs[0],
                .second = call.inputs[1],
                .y = call.output,
                .axes = axes->data(),
                .rank = static_cast<int>(axes->size() / 3),
                .count = count},
               call.stream);
      }};
}

struct Channels {
  std::vector<float> a;
  std::vector<float> b;
  std::int64_t inner = 1;
  float low = -kInfinity;
  float high = kInfinity;
};

Kernel by_channel(const Binding& binding, Maker& maker, const char* name,
                  const Channels& channels) {
  const auto a = maker.keep(channels.a);
  const auto b = maker.keep(channels.b);
  elementwise::ChannelCall fixed{.channels = static_cast<int>(channels.a.size()),
                                 .inner = to_int(channels.inner),
                                 .count = count_of(binding.outputs[0]),
                                 .low = channels.low,
                                 .high = channels.high};
  return {.run = [a, b, fixed, launch = elementwise::channel(name)](const Call& call) {
    elementwise::ChannelCall each = fixed;
    each.x = call.inputs[0];
    each.a = a->data();
    each.b = b->data();
    each.y = call.output;
    launch(each, call.stream);
  }};
}

std::int64_t elements_behind(const Shape& shape, std::int64_t axis) {
  return element_count(Shape(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end()));
}

// Where it could not be folded into the layer before it: x * factor + shift by channel.
Kernel batch_norm(const Binding& binding, Maker& maker) {
  const graph::BatchNormAttributes attributes =
      graph::batch_norm_attributes(binding.node, binding.opset);
  for (std::size_t i = 1; i < 5; ++i) {
    if (!binding.is_constant(i)) binding.unsupported("statistics that are not constant");
  }
  if (attributes.training || attributes.per_activation) {
    binding.unsupported("statistics of its own");
  }
  Channels channels{.a = binding.floats(1), .b = binding.floats(2)};
  const std::vector<float> mean = binding.floats(3);
  const std::vector<float> variance = binding.floats(4);
  for (std::size_t c = 0; c < mean.size(); ++c) {
    channels.a[c] /= std::sqrt(variance[c] + attributes.epsilon);
    channels.b[c] -= mean[c] * channels.a[c];
  }
  channels.inner = elements_behind(binding.inputs[0], 1);
  return by_channel(binding, maker, "scale_shift", channels);
}

// Quantize/dequantize pairs in floating point: integers up to 2^24 are exact in it.
Channels levels_of(const Binding& binding) {
  if (!binding.is_constant(1)) binding.unsupported("a scale that is not constant");
  if (graph::attribute_int(binding.node, "block_size", 0) != 0) binding.unsupported("blocks");
  Channels levels{.a = binding.floats(1), .b = {}, .inner = 1, .low = 0, .high = 255};
  levels.b.resize(levels.a.size());
  if (binding.is_constant(2)) {
    levels.b = binding.floats(2);
    const DataType type = binding.constants[2].dtype();
    if (type == DataType::kInt8) {
      levels.low = -128;
      levels.high = 127;
    } else if (type != DataType::kUint8 && type != DataType::kInt32) {
      binding.unsupported("integers of type " + name_of(type));
    }
  }
  if (levels.a.size() > 1) {
    const Shape& in = binding.inputs[0];
    levels.inner = elements_behind(
        in, graph::normalized_axis(binding.node, graph::attribute_int(binding.node, "axis", 1),
                                   static_cast<std::int64_t>(in.size())));
  }
  return levels;
}

template <const char* kName>
Kernel quantized(const Binding& binding, Maker& maker) {
  return by_channel(binding, maker, kName, levels_of(binding));
}

constexpr char kAbs[] = "abs", kErf[] = "erf", kExp[] = "exp", kHardSwish[] = "hard_swish",
               kLog[] = "log", kNeg[] = "neg", kRelu[] = "relu", kSigmoid[] = "sigmoid",
               kSqrt[] = "sqrt", kTanh[] = "tanh", kAdd[] = "add", kSub[] = "sub", kMul[] = "mul",
               kDiv[] = "div", kPow[] = "pow", kPrelu[] = "prelu", kQuantize[] = "quantize",
               kDequantize[] = "dequantize";

constexpr Row kRows[] = {{"Abs", unary<kAbs>},
                         {"Add", binary<kAdd>},
                         {"BatchNormalization", batch_norm},
                         {"Clip", clip},
                         {"DequantizeLinear", quantized<kDequantize>},
                         {"Div", binary<kDiv>},
                         {"Erf", unary<kErf>},
                         {"Exp", unary<kExp>},
                         {"HardSigmoid", hard_sigmoid},
                         {"HardSwish", unary<kHardSwish>},
                         {"LeakyRelu", leaky_relu},
                         {"Log", unary<kLog>},
                         {"Mul", binary<kMul>},
                         {"Neg", unary<kNeg>},
                         {"PRelu", binary<kPrelu>},
                         {"Pow", binary<kPow>},
                         {"QuantizeLinear", quantized<kQuantize>},
                         {"Relu", unary<kRelu>},
                         {"Sigmoid", unary<kSigmoid>},
                         {"Sqrt", unary<kSqrt>},
                         {"Sub", binary<kSub>},
                         {"Tanh", unary<kTanh>}};

}  // namespace

std::span<const Row> elementwise_rows() { return kRows; }

}  // namespace gcompress::engine::gpu
