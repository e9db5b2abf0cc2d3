// QuantizeLinear and DequantizeLinear in a network: found, and written.
//
// A quantized network keeps its float operators: a value that is computed on integers goes through
// a pair of QuantizeLinear and DequantizeLinear, weights and biases are stored as integers behind a
// DequantizeLinear. Runtimes find these patterns and run integer operators in their place. This is
// the only place that reads or writes them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/qdq/arithmetic.h"
#include "gcompress/core/graph/rewriting.h"

namespace gcompress::graph {

// True if anything in the network quantizes, dequantizes, or computes on 8-bit integers.
bool is_quantized(const Network& network);

// Collects edits of a network's main graph and applies them all at once.
class QdqWriter {
 public:
  // The network must be at kQuantizingOpset or beyond and stay alive.
  explicit QdqWriter(const Network& network);

  // Whoever reads the value now reads what is left of it behind a pair. Values that nodes produce
  // keep their name behind the pair, so outputs of the network stay what they were.
  void quantize_value(const std::string& value, const ActivationQuantization& quantization);
  // The constant at an input of a node becomes int8. `axis` is that of the scales, -1: one scale.
  // The same constant in several places with the same axis and scales is stored once.
  void quantize_weight(std::size_t node, std::size_t input, const QuantizedWeight& weight,
                       int axis);
  // The constant at an input stays floating and goes through a pair of these scales whenever the
  // network runs, so that training feels the rounding.
  void round_weight(std::size_t node, std::size_t input, const std::vector<float>& scales,
                    int axis);
  // The constant at an input becomes int32 of shape [n], one scale for each or one in all.
  void quantize_bias(std::size_t node, std::size_t input, const Tensor& values,
                     std::vector<float> scales);

  // The network with all edits. Constants that nobody reads any more are gone. Call once.
  Network finish();

 private:
  struct Stored {
    std::string values, scales, zero_points;
  };
  // A new initializer, named like this or nearly.
  std::string add(const std::string& wanted, Tensor tensor);
  Stored store(const std::string& constant, const Tensor& values, const std::vector<float>& scales,
               int axis);
  void dequantize_at(std::size_t node, std::size_t input, const Stored& stored, int axis);

  const Network& network_;
  NewNames names_;
  Network result_;
  std::map<std::string, ActivationQuantization> pairs_;
  std::map<std::size_t, std::vector<Node>> before_;    // new nodes, by the node that they precede
  std::map<std::string, std::vector<Stored>> stored_;  // by the constant's name
  std::set<std::string> replaced_;
};

}  // namespace gcompress::graph
