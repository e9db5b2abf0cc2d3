// Steps without weights: codes from numbers and back, and sums of two values.
#include <algorithm>
#include <array>
#include <cstring>

#include "gcompress/core/engine/integer/step.h"
#include "gcompress/core/graph/topology.h"

namespace gcompress::engine::integer {
namespace {

std::uint32_t code_of(float number, const graph::CodeType& type) {
  const auto zero = static_cast<float>(type.zero_point);
  return static_cast<std::uint32_t>(rounded(number / type.scale, -zero, 255 - zero) +
                                    type.zero_point);
}

// Four channels of a row, as codes in quads `step` positions apart. Some positions at a time: first
// the arithmetic, which the compiler makes vectors of, then the scattering.
void quantize_row(const std::array<const float*, 4>& channels, std::int64_t count,
                  const graph::CodeType& type, std::int64_t step, Quad* to) {
  constexpr std::int64_t kAtOnce = 64;
  const auto [a, b, c, d] = channels;
  std::array<std::uint32_t, kAtOnce> quads{};
  for (std::int64_t begin = 0; begin < count; begin += kAtOnce) {
    const std::int64_t some = std::min(kAtOnce, count - begin);
    for (std::int64_t x = 0; x < some; ++x) {
      quads[static_cast<std::size_t>(x)] =
          code_of(a[begin + x], type) | code_of(b[begin + x], type) << 8U |
          code_of(c[begin + x], type) << 16U | code_of(d[begin + x], type) << 24U;
    }
    for (std::int64_t x = 0; x < some; ++x) {
      to[(begin + x) * step] = quads[static_cast<std::size_t>(x)];
    }
  }
}

// A vector, whose quads lie `step` positions apart.
void quantize_vector(const float* from, std::int64_t count, const graph::CodeType& type,
                     std::int64_t step, Quad* to) {
  constexpr std::int64_t kAtOnce = 256;
  std::array<std::uint8_t, kAtOnce> codes{};
  for (std::int64_t begin = 0; begin < count; begin += kAtOnce) {
    const std::int64_t some = std::min(kAtOnce, count - begin);
    for (std::int64_t i = 0; i < some; ++i) {
      codes[static_cast<std::size_t>(i)] =
          static_cast<std::uint8_t>(code_of(from[begin + i], type));
    }
    for (std::int64_t i = 0; i < some; i += 4) {
      Quad quad = 0;
      std::memcpy(&quad, codes.data() + i, 4);
      to[(begin + i) / 4 * step] = quad;
    }
  }
}

}  // namespace

void Binding::unsupported(const std::string& what) const {
  throw Error(ErrorKind::kUnsupported, node.op_type + " with " + what,
              {.file = {}, .node = graph::label_of(node), .value = {}});
}

Work make_quantize(const Binding& binding) {
  return [value = binding.output, external = binding.external](const Batch& batch) {
    Quad* codes = batch.at<Quad>(value.place);
    const std::int64_t plane = value.height * value.width;
    for (std::int64_t image = 0; image < batch.images; ++image) {
      const float* from = batch.inputs[external] + image * value.channels * plane;
      if (plane == 1) {
        quantize_vector(from, value.channels, value.type, value.stride(),
                        codes + value.position(0, 0) + image);
        continue;
      }
      for (std::int64_t q = 0; q < value.quads(); ++q) {
        // Beyond the last channel any code will do: weights there are zeros.
        std::array<const float*, 4> channels{};
        for (std::int64_t k = 0; k < 4; ++k) {
          channels[static_cast<std::size_t>(k)] =
              from + std::min(4 * q + k, value.channels - 1) * plane;
        }
        for (std::int64_t y = 0; y < value.height; ++y) {
          quantize_row(channels, value.width, value.type, value.lanes,
                       codes + q * value.stride() + value.position(y, 0) + image);
          for (const float*& channel : channels) channel += value.width;
        }
      }
    }
    fill_frame(value, 0, value.quads(), batch.at(value.place));
  };
}

Work make_dequantize(const Binding& binding) {
  return [value = binding.inputs[0], external = binding.external](const Batch& batch) {
    const std::uint8_t* codes = batch.at(value.place);
    float* to = batch.outputs[external];
    for (std::int64_t image = 0; image < batch.images; ++image) {
      for (std::int64_t c = 0; c < value.channels; ++c) {
        for (std::int64_t y = 0; y < value.height; ++y) {
          const std::uint8_t* row =
              codes + 4 * (c / 4 * value.stride() + value.position(y, 0) + image) + c % 4;
          for (std::int64_t x = 0; x < value.width; ++x) {
            const int level = row[4 * x * value.lanes] - value.type.zero_point;
            *to++ = static_cast<float>(level) * value.type.scale;
          }
        }
      }
    }
  };
}

// As ONNX Runtime's QLinearAdd: b B + (a A + fixed), where `fixed` holds all zero points.
Work make_addition(const Binding& binding) {
  if (binding.inputs.size() != 2 || binding.in_shapes[0] != binding.in_shapes[1]) {
    binding.unsupported("operands of two shapes");
  }
  const CodeValue& first = binding.inputs[0];
  const CodeValue& second = binding.inputs[1];
  const float a = first.type.scale / binding.output.type.scale;
  const float b = second.type.scale / binding.output.type.scale;
  const float fixed = static_cast<float>(binding.output.type.zero_point) -
                      (a * static_cast<float>(first.type.zero_point) +
                       b * static_cast<float>(second.type.zero_point));
  return [=, out = binding.output, low = binding.step.low,
          high = binding.step.high](const Batch& batch) {
    const std::uint8_t* x = batch.at(first.place);
    const std::uint8_t* y = batch.at(second.place);
    std::uint8_t* to = batch.at(out.place);
    for (std::int64_t i = 0; i < out.bytes(); ++i) {  // frames, too, which are filled again
      const float sum = b * static_cast<float>(y[i]) + (a * static_cast<float>(x[i]) + fixed);
      to[i] = static_cast<std::uint8_t>(rounded(sum, low, high));
    }
    fill_frame(out, 0, out.quads(), to);
  };
}

const StepRow* find_row(const std::string& op_type) {
  for (const std::span<const StepRow> rows : {layer_rows(), pool_rows(), movement_rows()}) {
    for (const StepRow& row : rows) {
      if (op_type == row.op_type) return &row;
    }
  }
  static constexpr StepRow kAdd{"Add", make_addition};
  return op_type == kAdd.op_type ? &kAdd : nullptr;
}

}  // namespace gcompress::engine::integer
