// Layers in the walk: which outputs are constant, which weights and biases stay.
#include <algorithm>
#include <cmath>

#include "gcompress/core/graph/channel_analysis.h"

namespace gcompress::graph {
namespace {

// Words of a weight's mask; without one, all ones.
std::vector<std::uint64_t> words_of(const Mask* mask, const Tensor& weight) {
  const Mask all = mask == nullptr ? Mask(weight.shape(), true) : Mask();
  const auto words = (mask == nullptr ? all : *mask).words();
  return {words.begin(), words.end()};
}

// Calls visit(begin, row) for each row of `length` elements of a mask.
template <typename Visit>
void for_each_row(std::span<const std::uint64_t> words, std::int64_t begin, std::int64_t rows,
                  std::int64_t length, Visit&& visit) {
  BitRow row = make_bit_row(length);
  for (std::int64_t i = 0; i < rows; ++i, begin += length) {
    load_bits(words, begin, length, row);
    visit(i, begin, row);
  }
}

}  // namespace

ChannelAnalysis::RowClasses ChannelAnalysis::classes_of_group(const LinearStep& step,
                                                              std::int64_t group) const {
  const std::int64_t length = step.columns * step.taps;
  RowClasses classes{.live = make_bit_row(length), .constant = make_bit_row(length)};
  if (step.input == kNotFollowed) {
    set_bits(classes.live, 0, length);
    return classes;
  }
  for (std::int64_t column = 0; column < step.columns; ++column) {
    const Channel& input = channel(step.input, group * step.columns + column);
    const std::int64_t begin = column * step.taps;
    if (!input.constant) {
      set_bits(classes.live, begin, begin + step.taps);
    } else if (input.value != 0) {
      for (std::int64_t tap = 0; tap < step.taps; ++tap) {
        BitRow& row =
            step.safe_taps[static_cast<std::size_t>(tap)] ? classes.constant : classes.live;
        set_bits(row, begin + tap, begin + tap + 1);
      }
    }
  }
  return classes;
}

void ChannelAnalysis::read_output_rows(const LinearStep& step, std::vector<LinearOutput>& outputs,
                                       BitRow& live) {
  const auto words = words_of(given_mask(step.weight), tensor(step.weight));
  const std::int64_t length = step.columns * step.taps;
  const std::int64_t rows = step.outputs / step.groups;
  for (std::int64_t group = 0; group < step.groups; ++group) {
    const RowClasses classes = classes_of_group(step, group);
    const bool any_constant = any_bit(classes.constant);
    for_each_row(words, group * rows * length, rows, length,
                 [&](std::int64_t i, std::int64_t begin, BitRow& row) {
                   const std::int64_t o = group * rows + i;
                   if (any_common(row, classes.live)) set_bits(live, o, o + 1);
                   if (!any_constant) return;
                   for (std::size_t word = 0; word < row.size(); ++word)
                     row[word] &= classes.constant[word];
                   LinearOutput& output = outputs[static_cast<std::size_t>(o)];
                   for_each_bit(row, [&](std::int64_t at) {
                     const Channel& input =
                         channel(step.input, group * step.columns + at / step.taps);
                     output.absorbed += step.alpha * element(step.weight, begin + at) * input.value;
                     output.has_constants = true;
                   });
                 });
  }
}

void ChannelAnalysis::read_input_rows(const LinearStep& step, std::vector<LinearOutput>& outputs,
                                      BitRow& live) {
  const auto words = words_of(given_mask(step.weight), tensor(step.weight));
  const std::int64_t rows = tensor(step.weight).size() / step.columns;
  for_each_row(words, 0, rows, step.columns,
               [&](std::int64_t i, std::int64_t begin, const BitRow& row) {
                 const Channel* input =
                     step.input == kNotFollowed ? nullptr : &channel(step.input, i / step.taps);
                 if (input == nullptr || !input->constant) {
                   for (std::size_t word = 0; word < row.size(); ++word) live[word] |= row[word];
                 } else if (input->value != 0) {
                   for_each_bit(row, [&](std::int64_t o) {
                     LinearOutput& output = outputs[static_cast<std::size_t>(o)];
                     output.absorbed += step.alpha * element(step.weight, begin + o) * input->value;
                     output.has_constants = true;
                   });
                 }
               });
}

void ChannelAnalysis::find_takers(const LinearStep& step,
                                  std::vector<LinearOutput>& outputs) const {
  for (std::int64_t o = 0; o < step.outputs; ++o) {
    LinearOutput& output = outputs[static_cast<std::size_t>(o)];
    const bool by_bias = step.bias != kNotFollowed && !pinned(step.bias) && is_kept(step.bias, o);
    const bool by_mean = step.normalised && !pinned(step.mean);
    output.can_take = compensate_ && step.weight != kNotFollowed && !pinned(step.weight) &&
                      (by_bias || by_mean) && std::isfinite(output.absorbed);
    output.muted = step.normalised && !is_kept(step.scale, o);
  }
}

void ChannelAnalysis::forward(const LinearStep& step, std::size_t index) {
  std::vector<LinearOutput>& outputs = linear_[index];
  outputs.resize(static_cast<std::size_t>(step.outputs));
  BitRow live = make_bit_row(step.outputs);
  if (step.weight == kNotFollowed) {
    for (std::int64_t o = 0; o < step.outputs; ++o) {
      if (!channel(step.input, o).constant) set_bits(live, o, o + 1);
    }
  } else if (step.rows_are_outputs) {
    read_output_rows(step, outputs, live);
  } else {
    read_input_rows(step, outputs, live);
  }
  find_takers(step, outputs);
  for (std::int64_t o = 0; o < step.outputs; ++o) {
    channel(step.output, o) =
        output_channel(step, outputs[static_cast<std::size_t>(o)], o, test_bit(live, o));
  }
}

ChannelAnalysis::Channel ChannelAnalysis::output_channel(const LinearStep& step,
                                                         const LinearOutput& output, std::int64_t o,
                                                         bool live) const {
  Channel result;
  const bool all_free =
      free(step.weight) && free(step.bias) && free(step.scale) && free(step.shift);
  if (all_free) result.dropped = 0;
  if (live && !output.muted) return result;
  double value = step.weight == kNotFollowed ? channel(step.input, o).value : output.absorbed;
  if (step.bias != kNotFollowed) value += step.beta * masked_element(step.bias, o);
  if (output.muted) {
    value = masked_element(step.shift, o);
  } else if (step.normalised) {
    const double deviation = std::sqrt(element(step.variance, o) + step.epsilon);
    value = element(step.scale, o) / deviation * (value - element(step.mean, o)) +
            masked_element(step.shift, o);
  }
  result.constant = std::isfinite(value);
  if (result.constant) result.value = value;
  return result;
}

// Constant, and made by the bias or shift alone once the weights are gone.
bool ChannelAnalysis::is_settled(const LinearStep& step, const LinearOutput& output,
                                 std::int64_t o) const {
  if (!channel(step.output, o).constant || !free(step.weight)) return false;
  if (output.muted) return true;
  if (output.has_constants && !output.can_take) return false;
  if (!step.normalised) return true;
  return compensate_ && free(step.scale) && free(step.shift) && is_kept(step.shift, o);
}

void ChannelAnalysis::backward(const LinearStep& step, std::size_t index) {
  const std::vector<LinearOutput>& outputs = linear_[index];
  std::vector<bool> reads(static_cast<std::size_t>(step.outputs), false);
  for (std::int64_t o = 0; o < step.outputs; ++o) {
    const LinearOutput& output = outputs[static_cast<std::size_t>(o)];
    const bool needed = channel(step.output, o).needed();
    const bool settled = is_settled(step, output, o);
    if (step.weight != kNotFollowed && free(step.weight) && (!needed || settled)) ++dead_channels_;
    if (!needed) {
      drop(step.bias, o);
      drop(step.scale, o);
      drop(step.shift, o);
    } else if (settled) {
      settle_output(step, output, o);
    } else {
      compensate_output(step, output, o);
      reads[static_cast<std::size_t>(o)] = !output.muted;
    }
  }
  if (step.weight == kNotFollowed) {
    for (std::int64_t o = 0; o < step.outputs; ++o) {
      if (reads[static_cast<std::size_t>(o)]) channel(step.input, o).demanded = true;
    }
  } else if (step.rows_are_outputs) {
    keep_output_rows(step, outputs, reads);
  } else {
    keep_input_rows(step, outputs, reads);
  }
}

void ChannelAnalysis::settle_output(const LinearStep& step, const LinearOutput& output,
                                    std::int64_t o) {
  const double value = channel(step.output, o).value;
  const bool zero = static_cast<float>(value) == 0.0F;
  if (step.normalised) {
    drop(step.bias, o);
    drop(step.scale, o);
    if (zero) drop(step.shift, o);
    // A muted output's shift makes the value already.
    else if (!output.muted)
      set(step.shift, o, value);
  } else if (step.bias != kNotFollowed && !pinned(step.bias) && is_kept(step.bias, o)) {
    if (zero)
      drop(step.bias, o);
    else if (output.has_constants)
      set(step.bias, o, value / step.beta);
  }
}

void ChannelAnalysis::compensate_output(const LinearStep& step, const LinearOutput& output,
                                        std::int64_t o) {
  if (!output.can_take || !output.has_constants || output.muted) return;
  const bool by_bias = step.bias != kNotFollowed && !pinned(step.bias) && is_kept(step.bias, o);
  if (by_bias) {
    set(step.bias, o, element(step.bias, o) + output.absorbed / step.beta);
  } else {
    set(step.mean, o, element(step.mean, o) - output.absorbed);
  }
}

void ChannelAnalysis::keep_output_rows(const LinearStep& step,
                                       const std::vector<LinearOutput>& outputs,
                                       const std::vector<bool>& reads) {
  const auto words = words_of(given_mask(step.weight), tensor(step.weight));
  std::vector<std::uint64_t> kept(words.size());
  const bool may_drop = free(step.weight);
  const std::int64_t length = step.columns * step.taps;
  const std::int64_t rows = step.outputs / step.groups;
  for (std::int64_t group = 0; group < step.groups; ++group) {
    const RowClasses classes = classes_of_group(step, group);
    BitRow read = make_bit_row(length);
    for_each_row(words, group * rows * length, rows, length,
                 [&](std::int64_t i, std::int64_t begin, BitRow& row) {
                   const auto o = static_cast<std::size_t>(group * rows + i);
                   if (!reads[o]) return;
                   if (may_drop) {
                     for (std::size_t word = 0; word < row.size(); ++word) {
                       row[word] &=
                           classes.live[word] | (outputs[o].can_take ? 0 : classes.constant[word]);
                     }
                     store_bits(row, begin, length, kept);
                   }
                   for (std::size_t word = 0; word < row.size(); ++word) read[word] |= row[word];
                 });
    if (step.input == kNotFollowed) continue;
    for_each_bit(read, [&](std::int64_t at) {
      channel(step.input, group * step.columns + at / step.taps).demanded = true;
    });
  }
  if (may_drop) {
    kept_[static_cast<std::size_t>(step.weight)] =
        Mask::from_words(tensor(step.weight).shape(), std::move(kept));
  }
}

void ChannelAnalysis::keep_input_rows(const LinearStep& step,
                                      const std::vector<LinearOutput>& outputs,
                                      const std::vector<bool>& reads) {
  const auto words = words_of(given_mask(step.weight), tensor(step.weight));
  std::vector<std::uint64_t> kept(words.size());
  const bool may_drop = free(step.weight);
  BitRow read = make_bit_row(step.outputs);
  BitRow read_constants = make_bit_row(step.outputs);  // of constants that nothing can take
  for (std::int64_t o = 0; o < step.outputs; ++o) {
    const auto at = static_cast<std::size_t>(o);
    if (!reads[at]) continue;
    set_bits(read, o, o + 1);
    if (!outputs[at].can_take) set_bits(read_constants, o, o + 1);
  }
  const BitRow none = make_bit_row(step.outputs);
  const std::int64_t rows = tensor(step.weight).size() / step.columns;
  for_each_row(words, 0, rows, step.columns, [&](std::int64_t i, std::int64_t begin, BitRow& row) {
    Channel* input = step.input == kNotFollowed ? nullptr : &channel(step.input, i / step.taps);
    const BitRow* by = &read;
    if (may_drop && input != nullptr && input->constant) {
      by = input->value == 0 ? &none : &read_constants;
    }
    for (std::size_t word = 0; word < row.size(); ++word) row[word] &= (*by)[word];
    if (may_drop) store_bits(row, begin, step.columns, kept);
    if (input != nullptr && any_bit(row)) input->demanded = true;
  });
  if (may_drop) {
    kept_[static_cast<std::size_t>(step.weight)] =
        Mask::from_words(tensor(step.weight).shape(), std::move(kept));
  }
}

}  // namespace gcompress::graph
