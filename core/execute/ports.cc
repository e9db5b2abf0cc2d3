// Types and shapes, declared and given.
#include "gcompress/core/execute/ports.h"

#include "gcompress/core/base/error.h"
#include "gcompress/core/graph/shape_rules/dimensions.h"

namespace gcompress::execute {
namespace {

bool fits(const std::vector<graph::Dimension>& declared, const Shape& shape) {
  if (declared.size() != shape.size()) return false;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (declared[axis].known() && declared[axis].size != shape[axis]) return false;
  }
  return true;
}

// `verb` and `given` make the sentence: "the network takes float and was given int64".
void check(const graph::Value& declared, const Tensor& tensor, const std::string& verb,
           const std::string& given) {
  if (declared.dtype != tensor.dtype()) {
    throw_input("the network " + verb + " " + name_of(declared.dtype) + " and " + given + " " +
                    name_of(tensor.dtype()),
                {.file = {}, .node = {}, .value = declared.name});
  }
  if (declared.shape && !fits(*declared.shape, tensor.shape())) {
    throw_input("the network " + verb + " shape " + graph::to_string(*declared.shape) + " and " +
                    given + " " + gcompress::to_string(tensor.shape()),
                {.file = {}, .node = {}, .value = declared.name});
  }
}

}  // namespace

void check_inputs(const std::vector<graph::Value>& declared, const Values& given) {
  for (const graph::Value& input : declared) {
    const auto found = given.find(input.name);
    if (found == given.end()) {
      throw_input("the network's input is missing" +
                      (input.shape ? "; it takes shape " + to_string(*input.shape) : ""),
                  {.file = {}, .node = {}, .value = input.name});
    }
    check(input, found->second, "takes", "was given");
  }
}

void check_outputs(const std::vector<graph::Value>& declared, const Values& given,
                   const std::string& who) {
  for (const graph::Value& output : declared) {
    const auto found = given.find(output.name);
    if (found == given.end()) {
      throw_input(who + " did not answer with the network's output",
                  {.file = {}, .node = {}, .value = output.name},
                  "name the arrays of the answer like the network's outputs");
    }
    check(output, found->second, "declares", who + " answered with");
  }
}

}  // namespace gcompress::execute
