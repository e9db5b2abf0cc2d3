// If, Loop and Scan: subgraphs are blocks whose steps see the slots around them.
#include <torch/torch.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

torch::Tensor& input_slot(Machine& machine, const Block& block, std::size_t input) {
  return machine.slots[static_cast<std::size_t>(block.inputs.at(input))];
}

const torch::Tensor& output_slot(const Machine& machine, const Block& block, std::size_t output) {
  return machine.slots[static_cast<std::size_t>(block.outputs.at(output))];
}

Kernel if_else(const Binding& node) {
  const auto then_branch = node.block("then_branch");
  const auto else_branch = node.block("else_branch");
  return [=](Call& call) {
    const Block& taken = number_of(call[0]) != 0 ? *then_branch : *else_branch;
    run(taken, call.machine());
    for (std::size_t i = 0; i < call.output_count(); ++i) {
      call.set(i, output_slot(call.machine(), taken, i));
    }
  };
}

// Inputs: most iterations, condition, state... Body: (iteration, condition, state...) ->
// (condition, state..., values to be stacked...).
Kernel loop(const Binding& node) {
  const auto body = node.block("body");
  return [=](Call& call) {
    Machine& machine = call.machine();
    const std::size_t states = call.input_count() < 2 ? 0 : call.input_count() - 2;
    std::vector<torch::Tensor> state;
    for (std::size_t i = 0; i < states; ++i) state.push_back(call[i + 2]);
    const std::int64_t most =
        call.has(0) ? integers_of(call[0]).at(0) : std::numeric_limits<std::int64_t>::max();
    bool goes_on = !call.has(1) || number_of(call[1]) != 0;
    const std::size_t stacked = body->outputs.size() - 1 - states;
    std::vector<std::vector<torch::Tensor>> collected(stacked);
    for (std::int64_t iteration = 0; iteration < most && goes_on; ++iteration) {
      input_slot(machine, *body, 0) = torch::tensor(iteration, torch::kLong);
      input_slot(machine, *body, 1) = torch::tensor(true);
      for (std::size_t i = 0; i < states; ++i) input_slot(machine, *body, i + 2) = state[i];
      run(*body, machine);
      goes_on = number_of(output_slot(machine, *body, 0)) != 0;
      for (std::size_t i = 0; i < states; ++i) state[i] = output_slot(machine, *body, i + 1);
      for (std::size_t i = 0; i < stacked; ++i) {
        collected[i].push_back(output_slot(machine, *body, i + 1 + states));
      }
    }
    for (std::size_t i = 0; i < states; ++i) call.set(i, state[i]);
    for (std::size_t i = 0; i < stacked; ++i) {
      call.set(i + states, collected[i].empty() ? torch::empty({0}) : at::stack(collected[i]));
    }
  };
}

std::vector<std::int64_t> with_default(std::vector<std::int64_t> values, std::size_t count) {
  if (values.empty()) values.assign(count, 0);
  return values;
}

// Inputs: state..., scanned... Body: (state..., one slice of each) -> (state..., slices...).
Kernel scan(const Binding& node) {
  const auto body = node.block("body");
  const auto scanned = static_cast<std::size_t>(node.integer("num_scan_inputs", 0));
  const std::size_t inputs = node.node.inputs.size();
  if (scanned == 0 || scanned > inputs) throw std::invalid_argument("num_scan_inputs");
  const std::size_t states = inputs - scanned;
  const std::size_t stacked = node.node.outputs.size() - states;
  const auto input_axes = with_default(node.integers("scan_input_axes"), scanned);
  const auto input_backwards = with_default(node.integers("scan_input_directions"), scanned);
  const auto output_axes = with_default(node.integers("scan_output_axes"), stacked);
  const auto output_backwards = with_default(node.integers("scan_output_directions"), stacked);
  return [=](Call& call) {
    Machine& machine = call.machine();
    std::vector<torch::Tensor> state;
    for (std::size_t i = 0; i < states; ++i) state.push_back(call[i]);
    const std::int64_t length = call[states].size(input_axes[0]);
    std::vector<std::vector<torch::Tensor>> collected(stacked);
    for (std::int64_t time = 0; time < length; ++time) {
      for (std::size_t i = 0; i < states; ++i) input_slot(machine, *body, i) = state[i];
      for (std::size_t i = 0; i < scanned; ++i) {
        const std::int64_t at = input_backwards[i] != 0 ? length - 1 - time : time;
        input_slot(machine, *body, states + i) = call[states + i].select(input_axes[i], at);
      }
      run(*body, machine);
      for (std::size_t i = 0; i < states; ++i) state[i] = output_slot(machine, *body, i);
      for (std::size_t i = 0; i < stacked; ++i) {
        collected[i].push_back(output_slot(machine, *body, states + i));
      }
    }
    for (std::size_t i = 0; i < states; ++i) call.set(i, state[i]);
    for (std::size_t i = 0; i < stacked; ++i) {
      if (output_backwards[i] != 0) std::reverse(collected[i].begin(), collected[i].end());
      call.set(states + i, at::stack(collected[i], output_axes[i]));
    }
  };
}

// Optional values are not supported, but plain tensors may stand in for them.
Kernel optional_has(const Binding&) {
  return one([](const Call& call) { return torch::tensor(call.has(0)); });
}
Kernel optional_get(const Binding&) {
  return one([](const Call& call) { return call[0]; });
}

constexpr Row kRows[] = {
    {"", "If", 1, if_else, true},
    {"", "Loop", 1, loop, true},
    {"", "OptionalGetElement", 18, optional_get},
    {"", "OptionalHasElement", 18, optional_has},
    {"", "Scan", 9, scan, true},
};

}  // namespace

std::span<const Row> control_flow_rows() { return kRows; }

}  // namespace gcompress::train
