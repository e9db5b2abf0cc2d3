// The engine as an executor.
#include "gcompress/core/engine/executor.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "gcompress/core/engine/integer/pieces.h"
#include "gcompress/core/engine/number_types.h"
#include "gcompress/core/engine/plan.h"
#include "gcompress/core/engine/prepare.h"
#include "gcompress/core/engine/threads.h"
#include "gcompress/core/execute/ports.h"
#include "gcompress/core/graph/qdq/pattern.h"
#include "gcompress/core/graph/shapes.h"

namespace gcompress::engine {
namespace {

using Shapes = std::map<std::string, Shape>;
constexpr std::size_t kPlansKept = 2;

class EngineExecutor : public execute::Executor {
 public:
  EngineExecutor(const graph::Network& network, const RunContext& context)
      : network_(prepared(network)),
        inputs_(graph::runtime_inputs(network.graph)),
        threads_(thread_count(context.threads)) {
    check_types(inputs_);
    check_types(network_.graph.outputs);
    integer_ = graph::is_quantized(network_);
    if (!all_sizes_known()) return;  // but of samples: what is missing shows when sizes come
    const Shapes shapes = graph::concrete_input_shapes(network_, 1, 1);
    if (pieces_of(shapes) == nullptr) plan_of(shapes);
  }

  std::string name() const override { return "engine"; }
  const std::vector<graph::Value>& inputs() const override { return inputs_; }
  const std::vector<graph::Value>& outputs() const override { return network_.graph.outputs; }
  execute::Runtime runtime() const override {
    return {.version = {}, .precision = integer_ ? "int8" : "float"};
  }

  execute::Values run(const execute::Values& inputs) override {
    execute::check_inputs(inputs_, inputs);
    Shapes shapes;
    for (const graph::Value& input : inputs_) shapes[input.name] = inputs.at(input.name).shape();
    const execute::Values floats = as_floats(inputs_, inputs);
    integer::Pieces* pieces = pieces_of(shapes);
    return as_declared(network_.graph.outputs,
                       pieces != nullptr ? pieces->run(floats) : plan_of(shapes).run(floats));
  }

 private:
  // Of the inputs, but for the first axis.
  bool all_sizes_known() const {
    return std::ranges::all_of(inputs_, [](const graph::Value& input) {
      return input.shape.has_value() &&
             std::all_of(input.shape->begin() + (input.shape->empty() ? 0 : 1), input.shape->end(),
                         [](const graph::Dimension& dimension) { return dimension.known(); });
    });
  }

  // Null where nothing runs on integers.
  integer::Pieces* pieces_of(Shapes shapes) {
    if (!integer_) return nullptr;
    for (auto& [input, shape] : shapes) {
      if (!shape.empty()) shape[0] = 1;  // any number of images
    }
    for (auto& [known, pieces] : pieces_) {
      if (known == shapes) return pieces.get();
    }
    std::unique_ptr<integer::Pieces> pieces = integer::Pieces::make(network_, shapes, threads_);
    integer_ = pieces != nullptr;
    if (!integer_) return nullptr;
    if (pieces_.size() == kPlansKept) pieces_.pop_front();
    pieces_.emplace_back(shapes, std::move(pieces));
    return pieces_.back().second.get();
  }

  Plan& plan_of(const Shapes& shapes) {
    for (auto& [known, plan] : plans_) {
      if (known == shapes) return plan;
    }
    if (plans_.size() == kPlansKept) plans_.pop_front();
    plans_.emplace_back(shapes, Plan(network_, shapes, threads_));
    return plans_.back().second;
  }

  graph::Network network_;
  std::vector<graph::Value> inputs_;
  int threads_;
  std::deque<std::pair<Shapes, Plan>> plans_;
  bool integer_ = false;
  std::deque<std::pair<Shapes, std::unique_ptr<integer::Pieces>>> pieces_;
};

}  // namespace

std::unique_ptr<execute::Executor> make_engine_executor(const graph::Network& network,
                                                        const RunContext& context) {
  return std::make_unique<EngineExecutor>(network, context);
}

}  // namespace gcompress::engine
