// Backtracking: cut a little, train, and keep the cut only if the network is as good as before on
// the tuning split. A cut that does not recover is taken back and a smaller one tried; an element
// whose removal alone does not recover is left in peace. When all are, other cuts are tried from an
// earlier standing.
//
// Costs a training for each trial, so it is for networks that train in seconds. There it finds what
// a schedule misses: when few weights are left, each is part of a rule or it is not, and scores say
// little about which.
#include <fmt/format.h>

#include "gcompress/compress/training/pruning/evidence.h"
#include "gcompress/compress/training/pruning/methods.h"
#include "gcompress/compress/tuning_score.h"
#include "gcompress/prune/cut.h"

namespace gcompress::compress {
namespace {

constexpr double kFirstShare = 0.25;  // of what is still to go, in the first trial
constexpr double kLargestShare = 0.5;
constexpr int kMostSetbacks = 8;

// What the network holds after a trial.
struct Standing {
  graph::Network network;
  graph::Masks masks;
  double cost = 0;  // effective
};

class Backtracking {
 public:
  explicit Backtracking(const PruneAttempt& attempt)
      : attempt_(attempt),
        counter_(attempt.state.network, attempt.plan.weights, prune::outside_of(attempt.plan)),
        now_{.network = attempt.state.network, .masks = {}, .cost = attempt.plan.cost_all},
        smallest_(now_) {
    needed_ =
        tuning_score(attempt.state.network, attempt.state.network, attempt.state, quiet_context()) -
        attempt.settings.number("tolerance");
  }

  prune::PruneResult run() {
    const std::int64_t trials = attempt_.settings.integer("trials");
    double share = kFirstShare;
    for (trial_ = 0; trial_ < trials && now_.cost > budget(); ++trial_) {
      const double goal =
          std::max(budget(), now_.cost - std::max(1.0, share * (now_.cost - budget())));
      const prune::FittingPrefix prefix = cut_to(std::floor(goal));
      if (prefix.fits && take_if_recovered(prefix)) {
        share = std::min(kLargestShare, share * 1.5);
      } else if (prefix.fits && now_.cost - goal > 1) {
        share /= 2;
      } else if (!prefix.fits || !protect_removed(prefix.allocation.masks)) {
        if (++setbacks_ > kMostSetbacks) break;
        go_back();
        share = kFirstShare;
      }
      attempt_.context.run.report({.work = "backtracking",
                                   .step = trial_ + 1,
                                   .total = trials,
                                   .values = {{"kept", now_.cost}, {"target", budget()}}});
    }
    if (now_.cost > budget()) force();
    prune::PruneResult result = prune::finish(now_.network, attempt_.plan, now_.masks);
    if (!note_.empty()) result.notes.push_back(note_);
    return result;
  }

 private:
  double budget() const { return attempt_.plan.budget; }

  StageContext quiet_context() const {
    StageContext context = attempt_.context;
    context.run.on_progress = nullptr;
    return context;
  }

  prune::FittingPrefix cut_to(double budget) {
    const auto values = prune::values_of(now_.network);
    return prune::cut({.network = now_.network,
                       .plan = attempt_.plan,
                       .options = attempt_.options,
                       .counter = counter_,
                       .budget = budget,
                       .values = values,
                       .evidence = gather_evidence(attempt_, now_.network),
                       .within = &now_.masks,
                       .protect = &protected_});
  }

  Standing train(const graph::Masks& masks) {
    const StageContext context = quiet_context();
    const graph::Masks still = counter_.without_idle(masks, prune::values_of(now_.network));
    train::FitOptions options = recovery_options_of(
        attempt_.settings, context, attempt_.name + "-trial-" + std::to_string(trial_));
    RunContext run = context.run;
    run.seed = attempt_.options.seed + static_cast<std::uint64_t>(trial_);
    train::FitHooks hooks;
    hooks.identity = way_of_pruning(attempt_);
    const StageState& state = attempt_.state;
    train::FitResult fitted =
        train::fit(now_.network, state.data->train, state.data->tune, state.task, options, hooks,
                   still, teacher_of(attempt_.settings, state), run);
    const double cost = attempt_.plan.cost.cost(
        counter_.kept_by_weight(fitted.masks, prune::values_of(fitted.network)));
    return {std::move(fitted.network), std::move(fitted.masks), cost};
  }

  bool take_if_recovered(const prune::FittingPrefix& prefix) {
    Standing after = train(prefix.allocation.masks);
    const double score =
        tuning_score(after.network, attempt_.state.network, attempt_.state, quiet_context());
    if (score < needed_) return false;
    path_.push_back(now_);
    now_ = std::move(after);
    if (now_.cost < smallest_.cost) smallest_ = now_;
    return true;
  }

  // Nothing that is left can go. Other cuts from an earlier standing may lead further; each time it
  // is one further back.
  void go_back() {
    const double least = smallest_.cost * (1 + 0.5 * setbacks_);
    while (path_.size() > 1 && path_.back().cost < least) path_.pop_back();
    if (!path_.empty()) now_ = path_.back();
    protected_.clear();
  }

  // False if there is nothing new to protect.
  bool protect_removed(const graph::Masks& masks) {
    bool any = false;
    for (const auto& [id, mask] : masks) {
      const auto before = now_.masks.find(id);
      for (std::int64_t i = 0; i < mask.size(); ++i) {
        const bool was_kept = before == now_.masks.end() || before->second.test(i);
        if (!was_kept || mask.test(i)) continue;
        auto& entry = protected_[id];
        if (entry.size() == 0) entry = graph::Mask(mask.shape(), false);
        any = any || !entry.test(i);
        entry.set(i, true);
      }
    }
    return any;
  }

  // The target counts: what is missing goes in one cut, recovered or not.
  void force() {
    protected_.clear();
    now_ = smallest_;
    note_ = fmt::format("No network below {:.0f} recovered; the rest was cut without.", now_.cost);
    const prune::FittingPrefix prefix = cut_to(budget());
    if (!prefix.fits)
      prune::throw_target_too_low(attempt_.plan, attempt_.options, prefix.effective);
    now_ = train(prefix.allocation.masks);
  }

  const PruneAttempt& attempt_;
  graph::DeadChannelCounter counter_;
  Standing now_;
  std::vector<Standing> path_;  // the standings before it
  Standing smallest_;           // of all that were as good as the dense network
  int setbacks_ = 0;
  std::string note_;
  graph::Masks protected_;
  double needed_ = 0;
  std::int64_t trial_ = 0;
};

}  // namespace

prune::PruneResult run_backtracking(const PruneAttempt& attempt) {
  return Backtracking(attempt).run();
}

}  // namespace gcompress::compress
