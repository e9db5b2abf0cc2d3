// Attributes of LSTM, GRU and RNN.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

enum class RecurrentDirection { kForward, kReverse, kBidirectional };

// Inputs: X, W [directions, gates hidden, input], R [directions, gates hidden, hidden],
// B [directions, 2 gates hidden], sequence_lens, initial_h, LSTM also initial_c and P (peepholes).
// Gates: LSTM 4 (i, o, f, c), GRU 3 (z, r, h), RNN 1.
struct RecurrentAttributes {
  std::int64_t gates = 1;
  std::int64_t hidden_size = 0;
  RecurrentDirection direction = RecurrentDirection::kForward;
  std::int64_t directions = 1;
  // Spelled out, one for each gate function and direction: LSTM 3, GRU 2, RNN 1 each.
  std::vector<std::string> activations;
  std::vector<float> activation_alpha;
  std::vector<float> activation_beta;
  float clip = 0;                    // 0: no clipping
  bool input_forget = false;         // LSTM: forget = 1 - input
  bool linear_before_reset = false;  // GRU
  bool batch_first = false;          // layout 1: X [batch, time, input]
};

// `hidden` is the hidden size by the weight R, for files that leave the attribute out; 0 if
// unknown.
RecurrentAttributes recurrent_attributes(const Node& node, std::int64_t hidden = 0);

// Gates of LSTM (4), GRU (3) and RNN (1); 0 for any other operator.
std::int64_t recurrent_gates(const std::string& op_type);

}  // namespace gcompress::graph
