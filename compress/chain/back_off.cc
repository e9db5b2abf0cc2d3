// Backing off.
#include "gcompress/compress/chain/back_off.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "gcompress/compress/chain/walk.h"
#include "gcompress/compress/tuning_score.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/execute/evaluate.h"

namespace gcompress::compress {
namespace {

using Clock = std::chrono::steady_clock;

// Values nearer than this factor are not worth another trial.
constexpr double kNearEnough = 1.1;

struct Trial {
  double value = 0;  // of the option that backs off
  double drop = 0;   // on the tuning split
  Recipe recipe;     // as it was resolved
  StageState state;
};

// The first stage that can back off, or none.
std::optional<std::size_t> stage_that_backs_off(const Recipe& recipe, const Tables& tables) {
  for (std::size_t i = 0; i < recipe.stages.size(); ++i) {
    if (!tables.stage(recipe.stages[i].name).back_off.empty()) return i;
  }
  return std::nullopt;
}

class BackingOff {
 public:
  BackingOff(const Recipe& given, const Tables& tables, const StageState& start,
             const StageContext& base, std::size_t stage)
      : given_(given),
        tables_(tables),
        start_(start),
        base_(base),
        stage_(stage),
        option_(tables.stage(given.stages[stage].name).back_off),
        goal_(base.common.number("max-drop")) {}

  // The trial to keep, its state with the note.
  Trial run() {
    const double asked = given_.stages[stage_].settings.number(option_);
    const auto most = static_cast<std::size_t>(base_.common.integer("back-off"));
    double fails = asked;
    double holds = 1;
    keep(walk_with(asked));
    if (best_->drop <= goal_) return *std::move(best_);
    while (count_ <= most && holds / fails > kNearEnough && !is_late()) {
      const double next = std::sqrt(fails * holds);
      Trial trial = walk_with(next);
      (trial.drop <= goal_ ? holds : fails) = next;
      keep(std::move(trial));
    }
    if (count_ > 1) add_note();
    return *std::move(best_);
  }

 private:
  Trial walk_with(double value) {
    Trial trial{.value = value, .recipe = given_, .state = start_};
    trial.recipe.stages[stage_].settings.resolve(option_, value);
    StageContext context = base_;
    if (count_ > 0 && !base_.checkpoints.empty()) {
      context.checkpoints = base_.checkpoints / fmt::format("back-off-{}", count_);
    }
    walk(trial.recipe, tables_, trial.state, context);
    trial.drop = drop_of(trial.state);
    const std::string line = fmt::format("{} {:.4g} loses {:.4g}", option_, value, trial.drop);
    tried_ += (tried_.empty() ? "" : ", ") + line;
    ++count_;
    base_.run.say(fmt::format("{} on the tuning split; the goal is {:.4g}", line, goal_));
    return trial;
  }

  // How much worse than the network before: accuracy lost, or without labels the share of answers
  // that differ.
  double drop_of(const StageState& state) {
    if (state.task.kind == execute::TaskKind::kUnlabelled) {
      execute::EvaluateOptions options;
      options.work = "tuning split";
      const auto before = base_.make_executor(*state.before);
      const auto after = base_.make_executor(state.network);
      return 1 - execute::compare_outputs(*after, *before, state.data->tune, options, base_.run)
                     .same_answer;
    }
    // The network before is the same in every trial.
    if (!score_before_) score_before_ = tuning_score(*state.before, state, base_);
    return *score_before_ - tuning_score(state.network, state, base_);
  }

  // Holding the goal comes first, then being small; of those that miss it the most accurate.
  void keep(Trial trial) {
    const bool holds = trial.drop <= goal_;
    const bool had_one = best_ && best_->drop <= goal_;
    const bool better = !best_ || (holds && !had_one) || (holds && trial.value < best_->value) ||
                        (!holds && !had_one && trial.drop < best_->drop);
    if (better) best_ = std::move(trial);
  }

  bool is_late() const {
    const double minutes = base_.common.number("back-off-minutes");
    return minutes > 0 &&
           std::chrono::duration<double>(Clock::now() - began_).count() > 60 * minutes;
  }

  void add_note() {
    best_->state.notes.push_back(
        fmt::format("Backed off in {} trials to {} {:.4g} of the stage {}: on the tuning split {} "
                    "(the goal: at most {:.4g}).",
                    count_, option_, best_->value, given_.stages[stage_].name, tried_, goal_));
  }

  const Recipe& given_;
  const Tables& tables_;
  const StageState& start_;
  const StageContext& base_;
  std::size_t stage_;
  std::string option_;
  double goal_;
  Clock::time_point began_ = Clock::now();
  std::size_t count_ = 0;
  std::string tried_;
  std::optional<double> score_before_;
  std::optional<Trial> best_;
};

}  // namespace

std::vector<OptionRow> back_off_options() {
  return {{.name = "back-off",
           .fallback = std::int64_t{0},
           .help = "where --max-drop is missed: try so many larger targets, by bisection",
           .least = 0,
           .most = 100},
          {.name = "back-off-minutes",
           .fallback = 0.0,
           .help = "begin no further trial after so long; 0: no limit",
           .least = 0,
           .most = 1e6}};
}

void check_back_off(const Recipe& recipe, const Tables& tables) {
  if (recipe.common.integer("back-off") == 0) return;
  if (recipe.common.number("max-drop") < 0) {
    throw_usage("--back-off needs a goal", "add --max-drop, as in --max-drop 0.01");
  }
  if (recipe.common.text("data").empty()) {
    throw_usage("--back-off needs data: its tuning split decides", "add --data");
  }
  if (!stage_that_backs_off(recipe, tables)) {
    throw_usage("no stage of this recipe can back off", "leave --back-off out");
  }
}

void walk_to_goal(Recipe& recipe, const Tables& tables, StageState& state,
                  const StageContext& base) {
  const auto stage = stage_that_backs_off(recipe, tables);
  if (base.common.integer("back-off") == 0 || !stage) {
    walk(recipe, tables, state, base);
    return;
  }
  const Recipe given = recipe;
  const StageState start = state;
  Trial kept = BackingOff(given, tables, start, base, *stage).run();
  recipe = std::move(kept.recipe);
  // A repeat needs no search.
  recipe.common.resolve("back-off", std::int64_t{0});
  state = std::move(kept.state);
}

}  // namespace gcompress::compress
