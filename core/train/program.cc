// Runs a planned network.
#include "gcompress/core/train/program.h"

#include <torch/torch.h>

#include <utility>

#include "gcompress/core/train/operators/operator.h"
#include "gcompress/core/train/plan.h"

namespace gcompress::train {
namespace {

std::string shapes_of(const Call& call) {
  std::string shapes;
  for (std::size_t i = 0; i < call.input_count(); ++i) {
    if (i > 0) shapes += ", ";
    shapes += call.has(i) && call[i].defined() ? to_string(call[i].sizes().vec()) : "none";
  }
  return shapes;
}

[[noreturn]] void throw_failed(const Step& step, const Call& call, std::string what) {
  what = what.substr(0, what.find('\n'));
  throw_input(step.op_type + " cannot run on inputs of shape " + shapes_of(call) + ": " + what,
              {.file = {}, .node = step.name, .value = {}});
}

}  // namespace

void run(const Block& block, Machine& machine) {
  for (const Step& step : block.steps) {
    Call call(machine, step);
    try {
      step.kernel(call);
    } catch (const Error&) {
      throw;
    } catch (const c10::Error& error) {
      throw_failed(step, call, error.what_without_backtrace());
    } catch (const std::exception& error) {
      throw_failed(step, call, error.what());
    }
    for (const int slot : step.release) machine.slots[static_cast<std::size_t>(slot)].reset();
  }
}

struct Program::State {
  graph::Network network;
  ProgramOptions options;
  Plan plan;

  // Drops what a run computed, also when it failed.
  void clear() {
    for (std::size_t slot = 0; slot < plan.persistent.size(); ++slot) {
      if (!plan.persistent[slot]) plan.machine.slots[slot].reset();
    }
  }
};

Program::Program(const graph::Network& network, const ProgramOptions& options)
    : state_(std::make_unique<State>(State{network, options, make_plan(network, options)})) {}
Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

const std::map<graph::WeightId, torch::Tensor>& Program::parameters() const {
  return state_->plan.parameters;
}

const std::map<graph::WeightId, torch::Tensor>& Program::buffers() const {
  return state_->plan.buffers;
}

void Program::set_training(bool training) { state_->plan.machine.training = training; }

std::vector<torch::Tensor> Program::forward(const TorchValues& inputs, TorchValues* values) {
  struct Clear {
    State& state;
    ~Clear() { state.clear(); }
  } const clear_afterwards{*state_};
  Plan& plan = state_->plan;
  Machine& machine = plan.machine;
  for (const PlannedInput& input : plan.inputs) {
    const auto found = inputs.find(input.declared.name);
    if (found == inputs.end()) {
      throw_input("the network's input is missing",
                  {.file = {}, .node = {}, .value = input.declared.name});
    }
    torch::Tensor value = found->second.to(machine.device);
    if (state_->options.channels_last && value.dim() == 4 && value.is_floating_point()) {
      value = value.contiguous(torch::MemoryFormat::ChannelsLast);
    }
    machine.slots[static_cast<std::size_t>(input.slot)] = std::move(value);
  }
  run(plan.main, machine);
  std::vector<torch::Tensor> outputs;
  const std::vector<std::string>& names = state_->options.values;  // behind the outputs
  const std::size_t count = plan.main.outputs.size() - names.size();
  outputs.reserve(count);
  for (std::size_t i = 0; i < plan.main.outputs.size(); ++i) {
    const auto slot = static_cast<std::size_t>(plan.main.outputs[i]);
    if (i < count) {
      outputs.push_back(machine.slots[slot]);
    } else if (values != nullptr) {
      (*values)[names[i - count]] = machine.slots[slot];
    }
  }
  return outputs;
}

graph::Network Program::network() const {
  std::map<graph::WeightId, Tensor> values;
  for (const auto& [id, tensor] : parameters()) values.emplace(id, from_torch(tensor));
  for (const auto& [id, tensor] : buffers()) values.emplace(id, from_torch(tensor));
  return graph::with_weights(state_->network, values);
}

}  // namespace gcompress::train
