// Which tensors of a network are parameters, what each is for, and which may be pruned.
//
// Words (design.md): parameters are the trainable floating-point tensors: weights, biases,
// normalisation scale and shift; not running statistics. Tied tensors count once.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

// Names a tensor: the scope of the graph that holds it (see for_each_graph) and the value's name.
// Holds for initializers and for the outputs of Constant nodes alike.
struct WeightId {
  std::string scope;
  std::string tensor;

  auto operator<=>(const WeightId&) const = default;
};
std::string to_string(const WeightId& id);

enum class WeightRole {
  kKernel,     // Conv, ConvTranspose: [out, in / groups, k...] or [in, out / groups, k...]
  kMatrix,     // Gemm, MatMul, Einsum
  kRecurrent,  // LSTM, GRU, RNN: input and recurrent weights
  kEmbedding,  // Gather
  kBias,       // anything added per channel
  kScale,      // normalisation scale, PRelu slope, anything multiplied per channel
  kShift,      // normalisation shift
};
std::string name_of(WeightRole role);

// One place where a weight is used, behind any Identity, Transpose, Cast, Reshape,
// DequantizeLinear nodes.
struct WeightUse {
  std::string scope;      // graph of the node
  std::size_t node = 0;   // index into that graph's nodes
  std::size_t input = 0;  // index into the node's inputs
  bool direct = true;     // false if other nodes stand between
};

struct Weight {
  WeightId id;
  Tensor value;
  WeightRole role = WeightRole::kKernel;
  std::vector<WeightUse> uses;  // at least one
  std::string layer;            // name of the first node that uses it (or its output's name)
  std::string op_type;          // of that node
  // Axis of the stored tensor along which output (input) channels lie; -1 where there is no such
  // single axis (recurrent weights, reshaped ones). Depthwise kernels have input_axis 1 of size 1.
  int output_axis = -1;
  int input_axis = -1;
  // False, with the reason in a short clause, for biases and normalisation ("a bias") and for
  // what must not be changed ("likely a fixed filter bank: rows are windowed sinusoids",
  // "quantized: int8").
  bool prunable = true;
  std::string why_not;
  bool fixed = false;  // a likely fixed filter bank; leaves both sides of the target

  std::int64_t size() const { return value.size(); }
};

// All parameters in the order of first use. Throws Error(kInput) for NaN or infinite weights,
// naming the node and the value.
std::vector<Weight> find_weights(const Network& network);

// The network with these tensors replaced; shapes and dtypes must stay. Sharing all else.
Network with_weights(const Network& network, const std::map<WeightId, Tensor>& values);

}  // namespace gcompress::graph
