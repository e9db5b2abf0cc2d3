// LSTM, GRU and RNN, step by step; the products with the input are made for all steps at once.
#include "gcompress/core/graph/operators/recurrent.h"

#include <torch/torch.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

using Activation = std::function<torch::Tensor(const torch::Tensor&)>;

struct ActivationRow {
  const char* name;
  std::optional<double> alpha;  // the default of those that have one
  std::optional<double> beta;
  torch::Tensor (*apply)(const torch::Tensor& x, double alpha, double beta);
};

const ActivationRow kActivations[] = {
    {"affine", 1, 0, [](const torch::Tensor& x, double a, double b) { return x * a + b; }},
    {"elu", 1, {}, [](const torch::Tensor& x, double a, double) { return at::elu(x, a); }},
    {"hardsigmoid", 0.2, 0.5,
     [](const torch::Tensor& x, double a, double b) { return at::clamp(x * a + b, 0, 1); }},
    {"leakyrelu",
     0.01,
     {},
     [](const torch::Tensor& x, double a, double) { return at::leaky_relu(x, a); }},
    {"relu", {}, {}, [](const torch::Tensor& x, double, double) { return at::relu(x); }},
    {"scaledtanh", 1, 1,
     [](const torch::Tensor& x, double a, double b) { return at::tanh(x * b) * a; }},
    {"sigmoid", {}, {}, [](const torch::Tensor& x, double, double) { return at::sigmoid(x); }},
    {"softplus", {}, {}, [](const torch::Tensor& x, double, double) { return at::softplus(x); }},
    {"softsign",
     {},
     {},
     [](const torch::Tensor& x, double, double) { return x / (1 + at::abs(x)); }},
    {"tanh", {}, {}, [](const torch::Tensor& x, double, double) { return at::tanh(x); }},
    {"thresholdedrelu",
     1,
     {},
     [](const torch::Tensor& x, double a, double) { return at::threshold(x, a, 0); }},
};

// The node's functions in order. Those that have an alpha (beta) take the attribute's values one
// after another.
std::vector<Activation> activations_of(const graph::RecurrentAttributes& attributes) {
  std::vector<Activation> all;
  std::size_t alphas = 0;
  std::size_t betas = 0;
  const auto next = [](const std::vector<float>& values, std::size_t& taken,
                       const std::optional<double>& fallback) {
    if (!fallback || taken >= values.size()) return fallback.value_or(0);
    return static_cast<double>(values[taken++]);
  };
  for (std::string name : attributes.activations) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    const auto* row = std::find_if(std::begin(kActivations), std::end(kActivations),
                                   [&](const ActivationRow& each) { return name == each.name; });
    if (row == std::end(kActivations)) throw Unsupported{"a recurrent activation '" + name + "'"};
    const double alpha = next(attributes.activation_alpha, alphas, row->alpha);
    const double beta = next(attributes.activation_beta, betas, row->beta);
    all.push_back(
        [=, apply = row->apply](const torch::Tensor& x) { return apply(x, alpha, beta); });
  }
  return all;
}

// What one direction works with. Biases and peepholes are undefined where left out.
struct Weights {
  torch::Tensor recurrent;       // [gates hidden, hidden]
  torch::Tensor recurrent_bias;  // [gates hidden]
  torch::Tensor peepholes;       // [3 hidden], LSTM
};

struct CellState {
  torch::Tensor hidden;
  torch::Tensor cell;  // LSTM
};

// One step: the products of the step's input (biases of W added) and the state before.
using Cell = std::function<CellState(const torch::Tensor& from_input, const CellState& before,
                                     const Weights& weights)>;

std::function<torch::Tensor(const torch::Tensor&)> clipper(float clip) {
  if (clip <= 0) return [](const torch::Tensor& x) { return x; };
  return [clip](const torch::Tensor& x) { return at::clamp(x, -clip, clip); };
}

torch::Tensor recur(const torch::Tensor& hidden, const Weights& weights) {
  if (!weights.recurrent_bias.defined()) return at::linear(hidden, weights.recurrent);
  return at::linear(hidden, weights.recurrent, weights.recurrent_bias);
}

// i, o, f = f(...); c = f c' + i g(...); h = o h(c). Peepholes see c' (o: c).
Cell lstm_cell(const graph::RecurrentAttributes& attributes, std::vector<Activation> functions) {
  const auto clip = clipper(attributes.clip);
  const bool coupled = attributes.input_forget;
  return [=](const torch::Tensor& from_input, const CellState& before, const Weights& weights) {
    const auto gates = (from_input + recur(before.hidden, weights)).chunk(4, 1);
    std::vector<torch::Tensor> peep;
    if (weights.peepholes.defined()) peep = weights.peepholes.chunk(3, 0);
    const auto with_peephole = [&](std::size_t gate, const torch::Tensor& cell) {
      return clip(peep.empty() ? gates[gate] : gates[gate] + peep[gate] * cell);
    };
    const torch::Tensor input = functions[0](with_peephole(0, before.cell));
    const torch::Tensor forget = coupled ? 1 - input : functions[0](with_peephole(2, before.cell));
    const torch::Tensor cell = forget * before.cell + input * functions[1](clip(gates[3]));
    const torch::Tensor output = functions[0](with_peephole(1, cell));
    return CellState{output * functions[2](cell), cell};
  };
}

// z, r = f(...); h~ = g(W x + r (R h) or R (r h)); h = (1 - z) h~ + z h.
Cell gru_cell(const graph::RecurrentAttributes& attributes, std::vector<Activation> functions) {
  const auto clip = clipper(attributes.clip);
  const bool reset_after = attributes.linear_before_reset;
  return [=](const torch::Tensor& from_input, const CellState& before, const Weights& weights) {
    const auto inputs = from_input.chunk(3, 1);
    torch::Tensor update;
    torch::Tensor candidate;
    if (reset_after) {
      const auto recurrent = recur(before.hidden, weights).chunk(3, 1);
      update = functions[0](clip(inputs[0] + recurrent[0]));
      const torch::Tensor reset = functions[0](clip(inputs[1] + recurrent[1]));
      candidate = functions[1](clip(inputs[2] + reset * recurrent[2]));
    } else {
      const std::int64_t hidden = before.hidden.size(1);
      const auto part = [&](std::int64_t from, std::int64_t to) {
        Weights cut{weights.recurrent.slice(0, from * hidden, to * hidden), {}, {}};
        if (weights.recurrent_bias.defined()) {
          cut.recurrent_bias = weights.recurrent_bias.slice(0, from * hidden, to * hidden);
        }
        return cut;
      };
      const auto recurrent = recur(before.hidden, part(0, 2)).chunk(2, 1);
      update = functions[0](clip(inputs[0] + recurrent[0]));
      const torch::Tensor reset = functions[0](clip(inputs[1] + recurrent[1]));
      candidate = functions[1](clip(inputs[2] + recur(reset * before.hidden, part(2, 3))));
    }
    return CellState{candidate + update * (before.hidden - candidate), {}};
  };
}

Cell rnn_cell(const graph::RecurrentAttributes& attributes, std::vector<Activation> functions) {
  const auto clip = clipper(attributes.clip);
  return [=](const torch::Tensor& from_input, const CellState& before, const Weights& weights) {
    return CellState{functions[0](clip(from_input + recur(before.hidden, weights))), {}};
  };
}

// Each sequence turned round within its own length; what lies beyond stays.
torch::Tensor turned(const torch::Tensor& steps, const torch::Tensor& lengths) {
  if (!lengths.defined()) return steps.flip({0});
  const torch::Tensor time = at::arange(steps.size(0), lengths.options()).unsqueeze(1);
  const torch::Tensor row = lengths.unsqueeze(0);
  const torch::Tensor from = at::where(time < row, row - 1 - time, time);
  const torch::Tensor batch = at::arange(steps.size(1), lengths.options()).unsqueeze(0);
  return steps.index({from, batch});
}

struct Sequence {
  torch::Tensor outputs;  // [time, batch, hidden]
  CellState last;
};

Sequence run_direction(const Cell& cell, const torch::Tensor& from_inputs, CellState state,
                       const Weights& weights, const torch::Tensor& lengths) {
  std::vector<torch::Tensor> outputs;
  outputs.reserve(static_cast<std::size_t>(from_inputs.size(0)));
  for (std::int64_t time = 0; time < from_inputs.size(0); ++time) {
    CellState next = cell(from_inputs[time], state, weights);
    torch::Tensor output = next.hidden;
    if (lengths.defined()) {
      const torch::Tensor runs = (lengths > time).unsqueeze(1);
      output = at::where(runs, output, at::zeros_like(output));
      next.hidden = at::where(runs, next.hidden, state.hidden);
      if (next.cell.defined()) next.cell = at::where(runs, next.cell, state.cell);
    }
    outputs.push_back(output);
    state = next;
  }
  if (outputs.empty())
    return {from_inputs.new_zeros({0, state.hidden.size(0), state.hidden.size(1)}), state};
  return {at::stack(outputs), state};
}

template <Cell (*MakeCell)(const graph::RecurrentAttributes&, std::vector<Activation>)>
Kernel recurrent(const Binding& node) {
  const std::int64_t gates = graph::recurrent_gates(node.node.op_type);
  const torch::Tensor known = node.constant(2);
  const graph::RecurrentAttributes attributes =
      graph::recurrent_attributes(node.node, known.defined() ? known.size(-1) : 0);
  std::vector<Cell> cells;
  const std::vector<Activation> all = activations_of(attributes);
  const std::size_t each = all.size() / static_cast<std::size_t>(attributes.directions);
  for (std::size_t direction = 0; direction < static_cast<std::size_t>(attributes.directions);
       ++direction) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(direction * each);
    cells.push_back(MakeCell(attributes, {first, first + static_cast<std::ptrdiff_t>(each)}));
  }
  return [=](Call& call) {
    const bool batch_first = attributes.batch_first;
    const torch::Tensor x = batch_first ? call[0].transpose(0, 1) : call[0];
    const std::int64_t hidden = call[2].size(2);
    torch::Tensor lengths;
    if (call.has(4)) {
      const std::vector<std::int64_t> values = integers_of(call[4]);
      const bool all_whole = std::all_of(values.begin(), values.end(),
                                         [&](std::int64_t length) { return length == x.size(0); });
      if (!all_whole) lengths = call[4].to(x.device(), torch::kLong);
    }
    const auto initial = [&](std::size_t input, std::int64_t direction) {
      if (!call.has(input)) return at::zeros({x.size(1), hidden}, x.options());
      return call[input].select(batch_first ? 1 : 0, direction);
    };
    std::vector<torch::Tensor> outputs;
    std::vector<torch::Tensor> last_hidden;
    std::vector<torch::Tensor> last_cell;
    for (std::int64_t d = 0; d < attributes.directions; ++d) {
      const bool backwards = d == 1 || attributes.direction == graph::RecurrentDirection::kReverse;
      const torch::Tensor steps = backwards ? turned(x, lengths) : x;
      Weights weights{call[2][d], {}, {}};
      torch::Tensor from_inputs;
      if (call.has(3)) {
        const torch::Tensor bias = call[3][d];
        from_inputs = at::linear(steps, call[1][d], bias.slice(0, 0, gates * hidden));
        weights.recurrent_bias = bias.slice(0, gates * hidden, 2 * gates * hidden);
      } else {
        from_inputs = at::linear(steps, call[1][d]);
      }
      CellState state{initial(5, d), {}};
      if (gates == 4) {
        state.cell = initial(6, d);
        if (call.has(7)) weights.peepholes = call[7][d];
      }
      const Sequence result =
          run_direction(cells[static_cast<std::size_t>(d)], from_inputs, state, weights, lengths);
      outputs.push_back(backwards ? turned(result.outputs, lengths) : result.outputs);
      last_hidden.push_back(result.last.hidden);
      if (gates == 4) last_cell.push_back(result.last.cell);
    }
    if (call.wants(0)) {
      const torch::Tensor y = at::stack(outputs, 1);  // [time, directions, batch, hidden]
      call.set(0, batch_first ? y.permute({2, 0, 1, 3}) : y);
    }
    call.set(1, at::stack(last_hidden, batch_first ? 1 : 0));
    if (gates == 4) call.set(2, at::stack(last_cell, batch_first ? 1 : 0));
  };
}

constexpr Row kRows[] = {
    {"", "GRU", 1, recurrent<gru_cell>},
    {"", "LSTM", 1, recurrent<lstm_cell>},
    {"", "RNN", 1, recurrent<rnn_cell>},
};

}  // namespace

std::span<const Row> recurrent_rows() { return kRows; }

}  // namespace gcompress::train
