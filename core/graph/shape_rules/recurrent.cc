// Shapes of LSTM, GRU and RNN.
#include "gcompress/core/graph/operators/recurrent.h"

#include <array>

#include "gcompress/core/graph/shape_rules/rule.h"

namespace gcompress::graph {
namespace {

// Y [time, directions, batch, hidden], Y_h and Y_c [directions, batch, hidden]; with layout 1
// batch comes first in all of them.
void recurrent(RuleContext& context) {
  for (std::size_t output = 0; output < 3; ++output) context.set_dtype(output, context.dtype(0));
  const Dimensions* input = context.shape(0);
  const Dimensions* weight = context.shape(2);
  std::int64_t hidden = 0;
  if (weight != nullptr && weight->size() == 3 && weight->back().known()) {
    hidden = weight->back().size;
  }
  const RecurrentAttributes attributes = recurrent_attributes(context.node(), hidden);
  if (input == nullptr) return;
  if (input->size() != 3) {
    context.fail(
        context.node().op_type + " needs an input of 3 dimensions, not " + to_string(*input),
        context.input_name(0));
  }
  const Dimensions* input_weight = context.shape(1);
  if (input_weight != nullptr && input_weight->size() == 3 &&
      !merged(input_weight->back(), input->back())) {
    context.fail("the input has " + std::to_string(input->back().size) +
                     " features but the weight takes " + std::to_string(input_weight->back().size),
                 context.input_name(0));
  }
  const bool batch_first = attributes.batch_first;
  const Dimension time = (*input)[batch_first ? 1 : 0];
  const Dimension batch = (*input)[batch_first ? 0 : 1];
  const Dimension directions = known_dimension(attributes.directions);
  const Dimension size =
      attributes.hidden_size > 0 ? known_dimension(attributes.hidden_size) : Dimension{};
  const DataType dtype = context.dtype(0);
  const Dimensions state =
      batch_first ? Dimensions{batch, directions, size} : Dimensions{directions, batch, size};
  context.set(0, dtype,
              batch_first ? Dimensions{batch, time, directions, size}
                          : Dimensions{time, directions, batch, size});
  context.set(1, dtype, state);
  context.set(2, dtype, state);
}

constexpr std::array kRules = std::to_array<ShapeRuleRow>({
    {"GRU", recurrent},
    {"LSTM", recurrent},
    {"RNN", recurrent},
});

}  // namespace

std::span<const ShapeRuleRow> recurrent_shape_rules() { return kRules; }

}  // namespace gcompress::graph
