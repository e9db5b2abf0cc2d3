// Preparing pieces and running them in turn.
#include "gcompress/core/engine/integer/pieces.h"

#include <algorithm>
#include <optional>

#include "gcompress/core/graph/shapes.h"

namespace gcompress::engine::integer {
namespace {

constexpr std::size_t kPlansKept = 2;

}  // namespace

std::unique_ptr<Pieces> Pieces::make(const graph::Network& network, const Shapes& inputs,
                                     int threads) {
  for (const auto& [name, shape] : inputs) {
    if (shape.empty() || shape[0] != inputs.begin()->second[0]) return nullptr;
  }
  std::unique_ptr<Pieces> pieces(new Pieces(network, threads));
  std::set<std::size_t> refused;
  while (!pieces->prepare(inputs, refused)) {
  }
  if (pieces->cut_.pieces.empty()) return nullptr;
  pieces->plan_floats(inputs);
  return pieces;
}

bool Pieces::prepare(const Shapes& inputs, std::set<std::size_t>& refused) {
  cut_ = cut_network(network_, refused);
  runners_.clear();
  std::vector<Refusal> refusals;
  for (const Piece& piece : cut_.pieces) {
    Runner& runner = runners_.emplace_back();
    if (!piece.on_integers) continue;
    runner.program =
        std::make_unique<Program>(network_, cut_.codes, piece, inputs, threads_, refusals);
  }
  for (const Refusal& refusal : refusals) {
    GCOMPRESS_CHECK(refused.insert(refusal.node).second || refusals.size() > 1);
  }
  return refusals.empty();
}

// Now, so that what cannot run is said before anything runs.
void Pieces::plan_floats(const Shapes& inputs) {
  if (integer_pieces() == cut_.pieces.size()) return;
  const graph::InferredShapes shapes = graph::infer_shapes(network_, inputs);
  for (std::size_t i = 0; i < cut_.pieces.size(); ++i) {
    if (cut_.pieces[i].on_integers) continue;
    Shapes of_piece;
    bool known = true;
    for (const std::string& name : cut_.pieces[i].inputs) {
      const std::optional<Shape> shape = graph::known_shape(shapes, name);
      known = known && shape.has_value();
      if (!known) break;
      of_piece[name] = *shape;
    }
    if (known) plan_of(i, of_piece);
  }
}

Plan& Pieces::plan_of(std::size_t piece, const Shapes& inputs) {
  auto& plans = runners_[piece].plans;
  for (auto& [known, plan] : plans) {
    if (known == inputs) return plan;
  }
  if (plans.size() == kPlansKept) plans.pop_front();
  plans.emplace_back(inputs, Plan(cut_.pieces[piece].floats, inputs, threads_));
  return plans.back().second;
}

execute::Values Pieces::run(const execute::Values& inputs) { return run_pieces(inputs, nullptr); }

execute::Values Pieces::run_timed(const execute::Values& inputs, std::vector<double>& seconds) {
  return run_pieces(inputs, &seconds);
}

Pieces::Facts Pieces::facts(const Shapes& inputs) {
  const std::int64_t images = inputs.begin()->second[0];
  const graph::InferredShapes shapes = graph::infer_shapes(network_, inputs);
  Facts all;
  for (std::size_t i = 0; i < cut_.pieces.size(); ++i) {
    std::vector<StepFacts> steps;
    if (Program* program = runners_[i].program.get()) {
      steps = program->steps(images);
      all.bytes += static_cast<std::int64_t>(program->memory_bytes(images));
    } else {
      Shapes of_piece;
      for (const std::string& name : cut_.pieces[i].inputs) {
        const std::optional<Shape> shape = graph::known_shape(shapes, name);
        GCOMPRESS_CHECK(shape.has_value());
        of_piece[name] = *shape;
      }
      const Plan& plan = plan_of(i, of_piece);
      steps = plan.steps();
      all.bytes += plan.arena_bytes();
    }
    all.steps.insert(all.steps.end(), steps.begin(), steps.end());
  }
  return all;
}

execute::Values Pieces::run_pieces(const execute::Values& inputs, std::vector<double>* seconds) {
  if (seconds != nullptr) seconds->clear();
  execute::Values values = inputs;
  for (std::size_t i = 0; i < cut_.pieces.size(); ++i) {
    execute::Values given;
    Shapes shapes;
    for (const std::string& name : cut_.pieces[i].inputs) {
      given[name] = values.at(name);
      shapes[name] = given[name].shape();
    }
    Program* program = runners_[i].program.get();
    execute::Values made;
    if (seconds == nullptr) {
      made = program != nullptr ? program->run(given) : plan_of(i, shapes).run(given);
    } else {
      std::vector<double> once;
      made = program != nullptr ? program->run_timed(given, once)
                                : plan_of(i, shapes).run_timed(given, once);
      seconds->insert(seconds->end(), once.begin(), once.end());
    }
    for (auto& [name, value] : made) values[name] = std::move(value);
  }
  execute::Values outputs;
  for (const graph::Value& output : network_.graph.outputs) {
    outputs[output.name] = values.at(output.name);
  }
  return outputs;
}

std::size_t Pieces::integer_pieces() const {
  return static_cast<std::size_t>(std::ranges::count(cut_.pieces, true, &Piece::on_integers));
}

}  // namespace gcompress::engine::integer
