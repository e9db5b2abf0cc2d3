// The stage "ticket".
#include "gcompress/compress/training/ticket_stage.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "gcompress/compress/pruning/accept.h"
#include "gcompress/compress/pruning/options.h"
#include "gcompress/compress/pruning/rewind.h"
#include "gcompress/compress/training/fit_settings.h"
#include "gcompress/compress/training/pruning/rounds.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/base/random.h"
#include "gcompress/prune/rigging.h"

namespace gcompress::compress {
namespace {

// Other weights from the distribution of the first ones: shuffled within each tensor.
graph::Network shuffled(const graph::Network& network, std::uint64_t seed) {
  std::map<graph::WeightId, Tensor> values;
  std::uint64_t index = 0;
  for (const graph::Weight& weight : graph::find_weights(network)) {
    ++index;
    if (!weight.prunable) continue;
    RandomStream random(seed, "shuffled weights", 0, index);
    const std::vector<std::int64_t> order = permutation(weight.size(), random);
    const std::vector<float> old = to_float32(weight.value);
    std::vector<float> moved;
    moved.reserve(old.size());
    for (const std::int64_t i : order) moved.push_back(old[static_cast<std::size_t>(i)]);
    if (weight.value.dtype() != DataType::kFloat32) continue;
    values[weight.id] = Tensor::from<float>(weight.value.shape(), std::move(moved));
  }
  return graph::with_weights(network, values);
}

// All trainings of one seed.
class Trial {
 public:
  Trial(const Settings& settings, const StageState& state, const StageContext& context,
        std::int64_t index)
      : settings_(settings),
        state_(state),
        context_(context),
        name_("seed-" + std::to_string(index)),
        run_(context.run),
        first_(state.network) {
    run_.seed += static_cast<std::uint64_t>(index);
    if (index > 0) first_ = shuffled(state.network, run_.seed);
    options_ = prune_options_of(settings, run_.seed);
    plan_ = prune::make_plan(first_, options_);
    start_ = start();
  }

  const prune::Plan& plan() const { return plan_; }

  graph::Network train_dense() const { return train("dense", start_.network, start_.step, {}); }

  // Cut by cut from the dense network, each followed by a training from the first weights: the last
  // is the ticket's own.
  prune::PruneResult find_ticket(const graph::Network& dense) {
    RoundsResult result = prune_in_rounds(
        dense, {.state = state_,
                .plan = plan_,
                .options = options_,
                .rounds = settings_.integer("rounds"),
                .fit_options =
                    [&](std::int64_t round) { return fitting("round-" + std::to_string(round)); },
                .rewind = start_,
                .identity = identity(),
                .run = run_});
    masks_ = result.masks;
    return prune::finish(result.network, plan_, result.masks, result.floored);
  }

  // The ticket's part of a network that began with other weights.
  graph::Network train_reinitialised() const {
    return pruned(
        train("re-initialised", shuffled(first_, run_.seed + (std::uint64_t{1} << 32)), 0, masks_),
        masks_);
  }

  // The first weights, as many of each layer as the ticket has, drawn at random.
  graph::Network train_random() const {
    std::map<graph::WeightId, std::int64_t> counts;
    for (const std::size_t i : plan_.pruned) {
      const graph::Weight& weight = plan_.weights[i];
      const auto mask = masks_.find(weight.id);
      counts[weight.id] = mask == masks_.end() ? weight.size() : mask->second.kept();
    }
    const graph::Masks masks = prune::random_masks(plan_, counts, run_.seed);
    return pruned(train("random", start_.network, start_.step, masks), masks);
  }

 private:
  std::string identity() const {
    return fmt::format("ticket of {} cuts to {}, {} {}, rewound to {}", settings_.integer("rounds"),
                       options_.target, options_.allocation, options_.criterion,
                       settings_.text("rewind-to"));
  }

  train::FitOptions fitting(const std::string& part) const {
    train::FitOptions options = fit_options_of(settings_, context_, name_ + "/" + part);
    options.work = name_ + " " + part;
    return options;
  }

  // The weights to go back to: the first, or those of the step --rewind-to.
  RewindPoint start() const {
    train::FitOptions options = fitting("start");
    const train::FitLength length = train::length_of_fit(first_, state_.data->train, options);
    const TrainingPlace place = parse_training_place("rewind-to", settings_.text("rewind-to"));
    RewindPoint point{.network = first_, .step = place.step(length.epoch_steps, length.steps)};
    if (point.step == 0) return point;
    options.stop_after = point.step;
    options.restore_best = false;
    point.network = fit(first_, options, {});
    return point;
  }

  graph::Network train(const std::string& part, const graph::Network& network, std::int64_t step,
                       const graph::Masks& masks) const {
    train::FitOptions options = fitting(part);
    options.start_at = step;
    return fit(network, options, masks);
  }

  graph::Network fit(const graph::Network& network, const train::FitOptions& options,
                     const graph::Masks& masks) const {
    train::FitHooks hooks;
    hooks.identity = identity();
    return train::fit(network, state_.data->train, state_.data->tune, state_.task, options, hooks,
                      masks, std::nullopt, run_)
        .network;
  }

  graph::Network pruned(const graph::Network& network, const graph::Masks& masks) const {
    return prune::finish(network, plan_, masks).network;
  }

  const Settings& settings_;
  const StageState& state_;
  const StageContext& context_;
  std::string name_;
  RunContext run_;
  graph::Network first_;
  prune::PruneOptions options_;
  prune::Plan plan_;
  RewindPoint start_;
  graph::Masks masks_;
};

// The arms, in the order of the table.
enum Arm { kDense, kTicket, kReinitialised, kRandom };

measure::Trials empty_trials() {
  return {.arms = {{.name = "dense", .models = {}},
                   {.name = "ticket", .models = {}},
                   {.name = "re-initialised", .models = {}},
                   {.name = "random mask", .models = {}}},
          .differences = {},
          .subject = "ticket",
          .verdict = {}};
}

// The first seed's own names are those that every report has.
void add(Arm arm, std::int64_t seed, graph::Network network, measure::Trials& trials,
         std::vector<Rival>& rivals) {
  measure::TrialArm& row = trials.arms[arm];
  if (seed == 0 && arm == kDense) {
    row.models.emplace_back("before");
  } else if (seed == 0 && arm == kTicket) {
    row.models.emplace_back("after");
  } else {
    row.models.push_back(fmt::format("{} {}", row.name, seed + 1));
    network.source.clear();
    rivals.push_back({.name = row.models.back(), .network = std::move(network)});
  }
}

}  // namespace

void run_ticket(Settings& settings, StageState& state, const StageContext& context) {
  if (state.task.kind == execute::TaskKind::kUnlabelled) {
    throw_usage("a ticket is judged by labels, and the data has none", "give labelled data");
  }
  measure::Trials trials = empty_trials();
  std::vector<Rival> rivals;
  graph::Network first_dense;
  std::optional<prune::PruneResult> first_ticket;
  std::optional<prune::Plan> plan;
  for (std::int64_t seed = 0; seed < settings.integer("seeds"); ++seed) {
    Trial trial(settings, state, context, seed);
    const graph::Network dense = trial.train_dense();
    prune::PruneResult ticket = trial.find_ticket(dense);
    add(kDense, seed, dense, trials, rivals);
    add(kTicket, seed, ticket.network, trials, rivals);
    add(kReinitialised, seed, trial.train_reinitialised(), trials, rivals);
    add(kRandom, seed, trial.train_random(), trials, rivals);
    if (seed > 0) continue;
    first_dense = dense;
    first_dense.source.clear();
    first_ticket = std::move(ticket);
    plan = trial.plan();
  }
  GCOMPRESS_CHECK(first_ticket.has_value() && plan.has_value());  // there is at least one seed
  state.before = std::move(first_dense);
  accept(std::move(*first_ticket), *plan, state, context.run);
  state.rivals = std::move(rivals);
  state.trials = std::move(trials);
}

}  // namespace gcompress::compress
