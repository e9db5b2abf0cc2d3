// The experiment.
#include "gcompress/measure/protocol/gather.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/random.h"
#include "gcompress/measure/protocol/summary.h"

namespace gcompress::measure {
namespace {

std::size_t index_of(Side side) { return side == Side::kBefore ? 0 : 1; }

class Experiment {
 public:
  Experiment(const Workload& before, const Workload& after, const Probes& probes,
             const ProtocolOptions& options, const RunContext& context)
      : workloads_{&before, &after}, probes_(probes), options_(options), context_(context) {}

  Evidence run();

 private:
  void calibrate();
  void warm_up_both();
  void limit_blocks(double elapsed);
  void baseline(std::int64_t block);
  BlockOutcome measure_block(std::int64_t index, const BlockOrder& order);
  bool measure_work(std::int64_t block, std::int64_t position, Side side);
  double least_seconds() const {
    return evidence_.step ? kLeastSteps * evidence_.step->seconds : 0;
  }
  WindowLimits limits() const {
    return {.least_seconds = least_seconds(),
            .counters_differ = options_.counters_differ,
            .wants_energy = evidence_.step.has_value()};
  }

  std::array<const Workload*, 2> workloads_;
  Probes probes_;
  ProtocolOptions options_;
  const RunContext& context_;
  std::array<std::int64_t, 2> inferences_{};  // of a window, by side
  double window_seconds_ = 0;
  Evidence evidence_;
};

void Experiment::calibrate() {
  evidence_.seed = context_.seed;
  evidence_.rule = options_.rule;
  window_seconds_ = options_.window_seconds;
  evidence_.step = calibrate_counter(probes_, options_.calibration);
  if (evidence_.step) {
    window_seconds_ = std::max(window_seconds_, kWindowSteps * evidence_.step->seconds);
    evidence_.rule.resolution = evidence_.step->seconds / window_seconds_;
    return;
  }
  evidence_.notes.emplace_back(
      probes_.energy ? "The energy counter did not move as a counter should; only time is measured."
                     : "No energy counter; only time is measured.");
  probes_.energy = {};
  probes_.integrated_power = {};
}

void Experiment::warm_up_both() {
  for (const Side side : {Side::kBefore, Side::kAfter}) {
    const WarmUp warm = warm_up(probes_, *workloads_[index_of(side)], side, window_seconds_,
                                options_.warm_up, context_);
    evidence_.windows.insert(evidence_.windows.end(), warm.windows.begin(), warm.windows.end());
    if (!warm.steady) {
      evidence_.notes.push_back(
          fmt::format("No steady state within {:.0f} s of warm-up; intervals may be wide.",
                      options_.warm_up.most_seconds));
    }
    const double fit = warm.inferences_per_second * window_seconds_;
    if (fit < 1) {
      throw_usage(fmt::format("one inference takes {:.3g} s, longer than a window of {:.3g} s",
                              1 / warm.inferences_per_second, window_seconds_),
                  "allow longer windows or measure a smaller batch");
    }
    inferences_[index_of(side)] = std::llround(fit);
  }
}

// Fits the number of blocks into what is left of the time.
void Experiment::limit_blocks(double elapsed) {
  if (options_.most_seconds <= 0) return;
  constexpr double kWindows = 4;
  const double idle = evidence_.step ? options_.settle_seconds + options_.idle_seconds : 0;
  const double block = kWindows * (window_seconds_ + options_.most_delay_seconds / 2) + idle +
                       options_.rewarm_seconds;
  constexpr int kFewestBlocks = 3;
  const double fit = std::clamp((options_.most_seconds - elapsed) / block, 0.0, 1e6);
  StoppingRule& rule = evidence_.rule;
  rule.most_blocks = std::min(rule.most_blocks, std::max(kFewestBlocks, static_cast<int>(fit)));
  rule.pilot_blocks = std::min(rule.pilot_blocks, rule.most_blocks);
}

void Experiment::baseline(std::int64_t block) {
  if (!evidence_.step) return;
  const double seconds = std::max(options_.idle_seconds, 1.02 * least_seconds());
  probes_.wait(options_.settle_seconds);
  evidence_.windows.push_back(measure_window({.kind = WindowKind::kIdle, .block = block}, probes_,
                                             limits(), [&] { probes_.wait(seconds); }));
}

bool Experiment::measure_work(std::int64_t block, std::int64_t position, Side side) {
  const double step = evidence_.step ? evidence_.step->seconds : 0;
  RandomStream random(context_.seed, "start delay", static_cast<std::uint64_t>(block),
                      static_cast<std::uint64_t>(position));
  probes_.wait(random.uniform() * std::max(options_.most_delay_seconds, 2 * step));
  const std::int64_t inferences = inferences_[index_of(side)];
  const Window plan = {.kind = WindowKind::kWork,
                       .side = side,
                       .block = block,
                       .position = position,
                       .inferences = inferences};
  evidence_.windows.push_back(
      measure_window(plan, probes_, limits(), [&] { (*workloads_[index_of(side)])(inferences); }));
  return evidence_.windows.back().rejected.empty();
}

BlockOutcome Experiment::measure_block(std::int64_t index, const BlockOrder& order) {
  context_.check_cancelled();
  baseline(index);
  for (const Side side : {order[0], order[1]}) {
    run_for(probes_, *workloads_[index_of(side)], options_.rewarm_seconds / 2);
  }
  bool good = true;
  for (std::size_t i = 0; good && i < order.size(); ++i) {
    good = measure_work(index, static_cast<std::int64_t>(i), order[i]);
  }
  context_.report({.work = "measure", .step = index + 1, .total = 0, .values = {}});
  const Unit unit = evidence_.step ? Unit::kJoules : Unit::kSeconds;
  return good ? block_outcomes(evidence_, unit).back() : std::nullopt;
}

Evidence Experiment::run() {
  const double begin = probes_.clock();
  calibrate();
  warm_up_both();
  limit_blocks(probes_.clock() - begin);
  const std::vector<BlockOutcome> outcomes = measure_blocks(
      evidence_.rule, context_.seed,
      [this](std::int64_t index, const BlockOrder& order) { return measure_block(index, order); });
  baseline(static_cast<std::int64_t>(outcomes.size()));
  return std::move(evidence_);
}

}  // namespace

Evidence gather(const Workload& before, const Workload& after, const Probes& probes,
                const ProtocolOptions& options, const RunContext& context) {
  GCOMPRESS_CHECK(before && after && probes.clock && probes.wait);
  if (!(options.window_seconds > 0)) throw_usage("a window must last longer than 0 s");
  return Experiment(before, after, probes, options, context).run();
}

}  // namespace gcompress::measure
