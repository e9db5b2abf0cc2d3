// What masks leave of a network's channels: one walk forward finds the channels that are constant,
// one walk back those that someone needs; what neither needs nor makes anything is dropped.
//
// A constant channel i is absorbed by a layer's output o if their weights can go: the constant is
// 0, or it can be moved into the layer's bias (or the mean of its normalisation) because no kept
// weight between them sees zero padding. An output that is constant itself, and needed, keeps one
// parameter: the bias or shift that makes the constant; none if the constant is 0 without it.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "gcompress/core/graph/bit_rows.h"
#include "gcompress/core/graph/channel_flow.h"
#include "gcompress/core/graph/cost_model.h"
#include "gcompress/core/graph/masks.h"

namespace gcompress::graph {

class ChannelAnalysis {
 public:
  // With `compensate` constants other than 0 may move into biases and means; without it only what
  // can go by itself goes.
  ChannelAnalysis(const ChannelFlow& flow, const Masks& masks,
                  const std::map<WeightId, Tensor>& values, bool compensate);

  std::int64_t kept() const;
  // Of each parameter that counts.
  KeptCounts kept_by_weight() const;
  std::int64_t dead_channels() const { return dead_channels_; }
  // The given masks without what is dropped; other constants only where something was dropped.
  Masks masks() const;
  // New values of constants that took compensation. Their dropped elements are not cleared.
  std::map<WeightId, Tensor> changed_values() const;

 private:
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

  struct Channel {
    bool constant = false;
    bool demanded = false;      // by a reader
    double value = kUnknown;    // where constant
    double dropped = kUnknown;  // what it becomes once what makes it is dropped, if that is sure

    // Without a reader, or what it becomes anyway is right.
    bool needed() const { return demanded && !(constant && dropped == value); }
  };
  using Channels = std::vector<Channel>;

  // What the forward walk finds out about one output of a layer.
  struct LinearOutput {
    double absorbed = 0;         // sum of weight times constant over constants that are not 0
    bool has_constants = false;  // any kept weight of those
    bool can_take = false;       // there is a bias or a mean for that sum
    bool muted = false;          // the scale of its normalisation is masked
  };
  // The elements of a row by the state of the input channels they read.
  struct RowClasses {
    BitRow live;      // live, or a constant that zero padding makes uneven
    BitRow constant;  // constant, not 0, and even
  };

  void forward(const LinearStep& step, std::size_t index);
  void forward(const MapStep& step, std::size_t index);
  void forward(const ScaleStep& step, std::size_t index);
  void forward(const ShiftStep& step, std::size_t index);
  void forward(const PairStep& step, std::size_t index);
  void forward(const BarrierStep& step, std::size_t index);
  void backward(const LinearStep& step, std::size_t index);
  void backward(const MapStep& step, std::size_t index);
  void backward(const ScaleStep& step, std::size_t index);
  void backward(const ShiftStep& step, std::size_t index);
  void backward(const PairStep& step, std::size_t index);
  void backward(const BarrierStep& step, std::size_t index);

  RowClasses classes_of_group(const LinearStep& step, std::int64_t group) const;
  void read_output_rows(const LinearStep& step, std::vector<LinearOutput>& outputs, BitRow& live);
  void read_input_rows(const LinearStep& step, std::vector<LinearOutput>& outputs, BitRow& live);
  void find_takers(const LinearStep& step, std::vector<LinearOutput>& outputs) const;
  Channel output_channel(const LinearStep& step, const LinearOutput& output, std::int64_t o,
                         bool live) const;
  bool is_settled(const LinearStep& step, const LinearOutput& output, std::int64_t o) const;
  void keep_output_rows(const LinearStep& step, const std::vector<LinearOutput>& outputs,
                        const std::vector<bool>& reads);
  void keep_input_rows(const LinearStep& step, const std::vector<LinearOutput>& outputs,
                       const std::vector<bool>& reads);
  void settle_output(const LinearStep& step, const LinearOutput& output, std::int64_t o);
  void compensate_output(const LinearStep& step, const LinearOutput& output, std::int64_t o);

  Channels& channels(int value) { return channels_[static_cast<std::size_t>(value)]; }
  const Channels& channels(int value) const { return channels_[static_cast<std::size_t>(value)]; }
  Channel& channel(int value, std::int64_t i) {
    return channels_[static_cast<std::size_t>(value)][static_cast<std::size_t>(i)];
  }
  const Channel& channel(int value, std::int64_t i) const {
    return channels_[static_cast<std::size_t>(value)][static_cast<std::size_t>(i)];
  }

  const Tensor& tensor(int constant) const;
  bool pinned(int constant) const;
  bool free(int constant) const { return constant == kNotFollowed || !pinned(constant); }
  const Mask* given_mask(int constant) const;
  bool is_kept(int constant, std::int64_t i) const;
  double element(int constant, std::int64_t i) const;         // as stored
  double masked_element(int constant, std::int64_t i) const;  // 0 where masked
  void drop(int constant, std::int64_t i);
  void set(int constant, std::int64_t i, double value);

  const ChannelFlow& flow_;
  const Masks& given_;
  const std::map<WeightId, Tensor>& values_;
  bool compensate_;
  std::int64_t dead_channels_ = 0;
  std::vector<Channels> channels_;                        // by value
  std::vector<std::vector<LinearOutput>> linear_;         // by step
  std::vector<std::optional<Mask>> kept_;                 // by constant, where it changed
  std::vector<std::optional<std::vector<float>>> edits_;  // by constant
};

}  // namespace gcompress::graph
