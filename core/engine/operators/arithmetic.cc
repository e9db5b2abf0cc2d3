// Arithmetic of two operands, spread over each other.
#include <cmath>

#include "gcompress/core/engine/operators/broadcast.h"
#include "gcompress/core/engine/operators/operator.h"

namespace gcompress::engine {
namespace {

Kernel add(const Binding& binding) {
  return elementwise<2>(binding, [](float a, float b) { return a + b; });
}
Kernel sub(const Binding& binding) {
  return elementwise<2>(binding, [](float a, float b) { return a - b; });
}
Kernel mul(const Binding& binding) {
  return elementwise<2>(binding, [](float a, float b) { return a * b; });
}
Kernel div(const Binding& binding) {
  return elementwise<2>(binding, [](float a, float b) { return a / b; });
}
Kernel pow_of(const Binding& binding) {
  return elementwise<2>(binding, [](float a, float b) { return std::pow(a, b); });
}
Kernel prelu(const Binding& binding) {
  return elementwise<2>(binding, [](float x, float slope) { return x < 0 ? slope * x : x; });
}

constexpr OperatorRow kRows[] = {
    {.op_type = "Add", .make = add, .planes = Planes::kKeeps, .reads_constants = true},
    {.op_type = "Div", .make = div, .reads_constants = true},
    {.op_type = "Mul", .make = mul, .planes = Planes::kKeeps, .reads_constants = true},
    {.op_type = "PRelu", .make = prelu, .reads_constants = true},
    {.op_type = "Pow", .make = pow_of, .reads_constants = true},
    {.op_type = "Sub", .make = sub, .planes = Planes::kKeeps, .reads_constants = true},
};

}  // namespace

std::span<const OperatorRow> arithmetic_rows() { return kRows; }

}  // namespace gcompress::engine
