// Operators that move codes without changing them. Where each element comes from is asked of the
// float operator of the same name, once, by giving it numbers that are places.
#include "gcompress/core/graph/operators/movement.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>

#include "gcompress/core/engine/integer/step.h"
#include "gcompress/core/engine/operators/operator.h"

namespace gcompress::engine::integer {
namespace {

constexpr std::int64_t kMostElements = (1 << 24) - 1;  // whole numbers that a float tells apart

// `count` quads (or bytes) that lie together in both; from < 0: the code of 0.
struct Move {
  std::size_t input = 0;
  std::int64_t to = 0, from = 0, count = 1;
};

struct Movement {
  std::vector<CodeValue> inputs;
  CodeValue out;
  std::vector<Move> quads;  // in positions without lanes
  std::vector<Move> bytes;  // in bytes without lanes
};

// The float operator's outcome for two images whose elements are numbered through all inputs, from
// 1 on, the second image's behind all of the first; a 0 is a zero.
std::vector<float> moved_numbers(const Binding& binding) {
  engine::Binding moved{.node = binding.node, .opset = binding.opset};
  const auto of_two = [](Shape shape) {
    shape.insert(shape.begin(), 2);
    return shape;
  };
  std::int64_t all = 0;  // of an image
  for (const Shape& shape : binding.in_shapes) all += element_count(shape);
  if (2 * std::max(all, element_count(binding.out_shape)) > kMostElements) {
    binding.unsupported("more than 8 million elements");
  }
  std::vector<std::vector<float>> numbers;
  std::size_t at = 0;
  std::int64_t first = 1;
  for (const std::string& name : binding.node.inputs) {
    const Tensor* constant = name.empty() ? nullptr : binding.constant(name);
    moved.constants.push_back(constant == nullptr ? Tensor() : *constant);
    numbers.emplace_back();
    if (constant != nullptr || name.empty()) {
      moved.inputs.push_back(constant == nullptr ? Shape{} : constant->shape());
      continue;
    }
    const std::int64_t elements = element_count(binding.in_shapes[at]);
    moved.inputs.push_back(of_two(binding.in_shapes[at++]));
    for (std::int64_t image = 0; image < 2; ++image) {
      for (std::int64_t i = 0; i < elements; ++i) {
        numbers.back().push_back(static_cast<float>(first + image * all + i));
      }
    }
    first += elements;
  }
  moved.outputs.push_back(of_two(binding.out_shape));
  const engine::OperatorRow* row = engine::find_operator(binding.node);
  if (row == nullptr) binding.unsupported("no kernel of its own");
  std::vector<const float*> inputs;
  for (const std::vector<float>& each : numbers) inputs.push_back(each.data());
  std::vector<float> result(static_cast<std::size_t>(2 * element_count(binding.out_shape)));
  float* output = result.data();
  moved.layouts.resize(moved.inputs.size());
  const engine::Kernel kernel = row->make(moved);
  std::vector<float> scratch(static_cast<std::size_t>(kernel.scratch));
  kernel.run({.inputs = inputs, .outputs = {&output, 1}, .scratch = scratch.data()});
  return result;
}

// Of each element of an output image, the element among those of the input images, from 1; 0: a
// zero.
std::vector<std::int64_t> sources_of(const Binding& binding) {
  std::int64_t all = 0;
  for (const Shape& shape : binding.in_shapes) all += element_count(shape);
  const std::vector<float> numbers = moved_numbers(binding);
  const std::size_t count = numbers.size() / 2;
  std::vector<std::int64_t> sources(numbers.begin(),
                                    numbers.begin() + static_cast<std::ptrdiff_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const auto second = static_cast<std::int64_t>(numbers[count + i]);
    if (sources[i] > all || second != (sources[i] == 0 ? 0 : sources[i] + all)) {
      binding.unsupported("images that mix");
    }
  }
  return sources;
}

// Where element i of an image lies, as bytes without lanes.
std::int64_t byte_of(const CodeValue& value, std::int64_t i) {
  const std::int64_t x = i % value.width;
  const std::int64_t y = i / value.width % value.height;
  const std::int64_t c = i / value.width / value.height;
  return 4 * (c / 4 * value.frame.plane + value.frame.start + y * value.frame.pitch + x) + c % 4;
}

// Joins moves that go on where the one before ended.
void append(std::vector<Move>& moves, const Move& move) {
  if (!moves.empty()) {
    Move& last = moves.back();
    const bool zeros = last.from < 0 && move.from < 0;
    const bool follows = last.from >= 0 && move.from == last.from + last.count;
    if (last.input == move.input && move.to == last.to + last.count && (zeros || follows)) {
      last.count += move.count;
      return;
    }
  }
  moves.push_back(move);
}

void make_moves(Movement& movement, const std::vector<std::int64_t>& sources) {
  const CodeValue& out = movement.out;
  const std::int64_t plane = out.height * out.width;
  const auto source = [&](std::int64_t channel, std::int64_t place) {
    std::int64_t element = sources[static_cast<std::size_t>(channel * plane + place)] - 1;
    Move move{.to = byte_of(out, channel * plane + place), .from = -1};
    for (std::size_t i = 0; i < movement.inputs.size() && element >= 0; ++i) {
      const CodeValue& in = movement.inputs[i];
      const std::int64_t elements = in.channels * in.height * in.width;
      if (element < elements) {
        move.input = i;
        move.from = byte_of(in, element);
        break;
      }
      element -= elements;
    }
    return move;
  };
  for (std::int64_t q = 0; q < out.quads(); ++q) {
    const std::int64_t channels = std::min<std::int64_t>(4, out.channels - 4 * q);
    for (std::int64_t place = 0; place < plane; ++place) {
      Move first = source(4 * q, place);
      bool together = first.from < 0 || first.from % 4 == 0;
      std::vector<Move> moves = {first};
      for (std::int64_t k = 1; k < channels; ++k) {
        moves.push_back(source(4 * q + k, place));
        const Move& move = moves.back();
        together =
            together && (first.from < 0 ? move.from < 0
                                        : move.input == first.input && move.from == first.from + k);
      }
      if (together) {
        first.to /= 4;
        if (first.from >= 0) first.from /= 4;
        append(movement.quads, first);
      } else {
        for (const Move& move : moves) append(movement.bytes, move);
      }
    }
  }
}

void run(const Movement& movement, const Batch& batch) {
  const std::int64_t lanes = movement.out.lanes;
  std::uint8_t* to = batch.at(movement.out.place);
  const std::uint8_t zero = movement.out.type.zero_point;
  for (const Move& move : movement.quads) {
    const auto bytes = static_cast<std::size_t>(4 * lanes * move.count);
    if (move.from < 0) {
      std::fill_n(to + 4 * lanes * move.to, bytes, zero);
      continue;
    }
    const std::uint8_t* from = batch.at(movement.inputs[move.input].place);
    std::memcpy(to + 4 * lanes * move.to, from + 4 * lanes * move.from, bytes);
  }
  const auto byte = [lanes](std::int64_t at, std::int64_t lane) {
    return at / 4 * 4 * lanes + 4 * lane + at % 4;
  };
  for (const Move& move : movement.bytes) {
    const std::uint8_t* from =
        move.from < 0 ? nullptr : batch.at(movement.inputs[move.input].place);
    for (std::int64_t i = 0; i < move.count; ++i) {
      for (std::int64_t lane = 0; lane < lanes; ++lane) {
        to[byte(move.to + i, lane)] = from == nullptr ? zero : from[byte(move.from + i, lane)];
      }
    }
  }
  fill_frame(movement.out, 0, movement.out.quads(), to);
}

Work move(const Binding& binding) {
  if (binding.step.low != 0 || binding.step.high != 255) binding.unsupported("a clamp behind it");
  if (binding.node.op_type == "Pad") {
    const graph::PadParameters parameters =
        graph::pad_parameters(binding.node, binding.opset, binding.constant);
    const bool zeros =
        parameters.value.known && (!parameters.value.given || parameters.value.value == 0);
    if (!zeros) binding.unsupported("padding other than zeros");
  }
  auto movement = std::make_shared<Movement>();
  movement->inputs = binding.inputs;
  movement->out = binding.output;
  for (const CodeValue& input : binding.inputs) {
    if (input.type != binding.output.type) binding.unsupported("another scale behind it");
  }
  make_moves(*movement, sources_of(binding));
  return [movement](const Batch& batch) { run(*movement, batch); };
}

constexpr StepRow kRows[] = {{"Concat", move},  {"Flatten", move},   {"Identity", move},
                             {"Pad", move},     {"Reshape", move},   {"Slice", move},
                             {"Squeeze", move}, {"Transpose", move}, {"Unsqueeze", move}};

}  // namespace

std::span<const StepRow> movement_rows() { return kRows; }

}  // namespace gcompress::engine::integer
