// A fit that is killed, at any moment, and resumed ends with the bits of one that was not. Killing
// is done for real: this program runs itself again as the child (a fork alone would inherit
// OpenMP's threads without their owners).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/train/checkpoint.h"
#include "gcompress/core/train/fit.h"
#include "tests/core/train/toy.h"
#include "tests/support/scratch.h"

namespace gcompress::train {
namespace {

using gcompress::testing::Scratch;
using gcompress::testing::thrown_by;
using testing::classification;
using testing::context;
using testing::network;
using testing::points;
using testing::same_weights;

FitOptions options_in(const std::filesystem::path& folder) {
  FitOptions options = testing::options();
  options.checkpoint_folder = folder;
  options.checkpoint_every_steps = 3;
  options.l1 = 1e-4;
  return options;
}

// 4 epochs of 10 steps, pruning in three strokes, so that masks and moments matter; `before_step`
// sees every step.
FitHooks hooks_with(std::function<void(std::int64_t)> before_step) {
  FitHooks hooks;
  hooks.identity = "three strokes";
  hooks.masks_due = [](std::int64_t, std::int64_t) { return true; };
  hooks.masks_at = [before_step](std::int64_t step, std::int64_t,
                                 const WeightState& state) -> std::optional<graph::Masks> {
    if (before_step) before_step(step);
    if (step != 5 && step != 15 && step != 25) return std::nullopt;
    graph::Masks masks;
    for (const auto& [id, tensor] : state.values) {
      graph::Mask mask(tensor.shape(), true);
      const auto values = tensor.as<float>();
      for (std::int64_t i = 0; i < mask.size(); ++i) {
        if (std::abs(values[i]) < 0.003F * static_cast<float>(step)) mask.set(i, false);
      }
      masks[id] = mask;
    }
    return masks;
  };
  return hooks;
}

FitResult fit_in(const FitOptions& options, const FitHooks& hooks,
                 const RunContext& run = context()) {
  return fit(network(), points(300, 1), points(100, 2), classification(), options, hooks, {}, {},
             run);
}

const FitResult& uninterrupted() {
  static const FitResult result = [] {
    FitOptions options = options_in({});
    return fit_in(options, hooks_with({}));
  }();
  return result;
}

void expect_same(const FitResult& result) {
  EXPECT_TRUE(same_weights(result.network, uninterrupted().network));
  EXPECT_EQ(result.masks, uninterrupted().masks);
  EXPECT_EQ(result.best_epoch, uninterrupted().best_epoch);
  ASSERT_EQ(result.epochs.size(), uninterrupted().epochs.size());
  for (std::size_t i = 0; i < result.epochs.size(); ++i) {
    EXPECT_EQ(result.epochs[i].train_loss, uninterrupted().epochs[i].train_loss) << i;
    EXPECT_EQ(result.epochs[i].tune_value, uninterrupted().epochs[i].tune_value) << i;
  }
}

FitResult resume_in(const std::filesystem::path& folder) {
  FitOptions options = options_in(folder);
  options.resume = true;
  return fit_in(options, hooks_with({}));
}

// Runs ResumeChild.Dies in a process of its own; returns its wait status.
int run_child(const std::filesystem::path& folder, const std::string& moment) {
  const pid_t child = fork();
  if (child == 0) {
    setenv("GCOMPRESS_TEST_FOLDER", folder.c_str(), 1);
    setenv("GCOMPRESS_TEST_MOMENT", moment.c_str(), 1);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    execl("/proc/self/exe", "test", "--gtest_filter=ResumeChild.DISABLED_Dies",
          "--gtest_also_run_disabled_tests", nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(ResumeChild, DISABLED_Dies) {
  const char* folder = std::getenv("GCOMPRESS_TEST_FOLDER");
  const char* moment = std::getenv("GCOMPRESS_TEST_MOMENT");
  ASSERT_TRUE(folder != nullptr && moment != nullptr);
  const std::string at = moment;
  FitOptions options = options_in(folder);
  options.resume = true;
  FitHooks hooks = hooks_with([&](std::int64_t step) {
    if (at == "step " + std::to_string(step)) raise(SIGKILL);
  });
  hooks.on_epoch = [&](const EpochResult& epoch) {
    if (at == "end of epoch " + std::to_string(epoch.epoch)) raise(SIGKILL);
  };
  fit_in(options, hooks);
}

class KilledAt : public ::testing::TestWithParam<const char*> {};

TEST_P(KilledAt, EndsWithTheSameBits) {
  const Scratch scratch;
  const int status = run_child(scratch.path(), GetParam());
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  expect_same(resume_in(scratch.path()));
}

INSTANTIATE_TEST_SUITE_P(Moments, KilledAt,
                         ::testing::Values("step 1", "step 9", "step 16", "end of epoch 2",
                                           "step 39"));

TEST(Resume, SurvivesBeingKilledAgainAndAgain) {
  const Scratch scratch;
  for (const char* moment : {"step 7", "step 14", "end of epoch 1", "step 28"}) {
    const int status = run_child(scratch.path(), moment);
    ASSERT_TRUE(WIFSIGNALED(status)) << moment;
  }
  expect_same(resume_in(scratch.path()));
}

TEST(Resume, CancellingWritesACheckpointAtThatStep) {
  const Scratch scratch;
  std::atomic<bool> cancel = false;
  RunContext cancelled = context();
  cancelled.cancel = &cancel;
  FitOptions options = options_in(scratch.path());
  options.checkpoint_every_steps = 0;
  const FitHooks hooks = hooks_with([&](std::int64_t step) { cancel = step == 17; });
  try {
    fit_in(options, hooks, cancelled);
    FAIL() << "was not interrupted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInterrupted);
    EXPECT_EQ(exit_code(error.kind()), 130);
  }
  EXPECT_EQ(read_checkpoint(scratch.path())->position.step, 18);
  expect_same(resume_in(scratch.path()));
}

TEST(Resume, CancellingWhileTheEpochIsJudgedLosesNothing) {
  const Scratch scratch;
  std::atomic<bool> cancel = false;
  RunContext cancelled = context();
  cancelled.cancel = &cancel;
  FitHooks hooks = hooks_with([&](std::int64_t step) { cancel = step == 19; });
  EXPECT_THROW(fit_in(options_in(scratch.path()), hooks, cancelled), Error);
  expect_same(resume_in(scratch.path()));
}

TEST(Resume, AFinishedFitGivesItsResultAtOnce) {
  const Scratch scratch;
  fit_in(options_in(scratch.path()), hooks_with({}));
  FitOptions options = options_in(scratch.path());
  options.resume = true;
  RunContext counting = context();
  int reports = 0;
  counting.on_progress = [&](const Progress&) { ++reports; };
  expect_same(fit_in(options, hooks_with({}), counting));
  EXPECT_EQ(reports, 0);
}

TEST(Resume, WithoutItTheFitStartsAnew) {
  const Scratch scratch;
  scratch.write("fit.checkpoint", "damaged");
  expect_same(fit_in(options_in(scratch.path()), hooks_with({})));
}

TEST(Resume, CheckpointsOfOtherRunsAreRefused) {
  const Scratch scratch;
  fit_in(options_in(scratch.path()), hooks_with({}));
  FitOptions options = options_in(scratch.path());
  options.resume = true;
  options.learning_rate *= 2;
  const std::string message = thrown_by([&] { fit_in(options, hooks_with({})); });
  EXPECT_NE(message.find("another run: the options changed"), std::string::npos) << message;
  options = options_in(scratch.path());
  options.resume = true;
  FitHooks hooks = hooks_with({});
  hooks.identity = "four strokes";
  EXPECT_THROW(fit_in(options, hooks), Error);
  EXPECT_THROW(fit(network(2), points(300, 1), points(100, 2), classification(), options,
                   hooks_with({}), {}, {}, context()),
               Error);
  EXPECT_THROW(fit(network(), points(301, 1), points(100, 2), classification(), options,
                   hooks_with({}), {}, {}, context()),
               Error);
}

// What only some fits keep: held weights, their average, gradients for the next masks.
class ResumeWith : public ::testing::TestWithParam<MaskedWeights> {};

FitHooks hooks_by_gradient(std::atomic<bool>* cancel, std::int64_t at) {
  FitHooks hooks;
  hooks.identity = "by gradient";
  hooks.wants_gradients = true;
  hooks.masks_due = [cancel, at](std::int64_t step, std::int64_t) {
    if (cancel != nullptr && step == at) *cancel = true;
    return step > 0 && step % 6 == 0;
  };
  hooks.masks_at = [](std::int64_t, std::int64_t,
                      const WeightState& state) -> std::optional<graph::Masks> {
    graph::Masks masks;
    for (const auto& [id, tensor] : state.gradients) {
      graph::Mask mask(tensor.shape(), true);
      const auto slopes = tensor.as<float>();
      const auto values = state.values.at(id).as<float>();
      for (std::int64_t i = 0; i < mask.size(); ++i) {
        if (std::abs(slopes[i]) + std::abs(values[i]) < 0.1F) mask.set(i, false);
      }
      masks[id] = mask;
    }
    return masks;
  };
  return hooks;
}

TEST_P(ResumeWith, TheSameBitsWhereverItIsInterrupted) {
  FitOptions options = options_in({});
  options.checkpoint_every_steps = 0;
  options.l1 = 0;
  options.masked = GetParam();
  options.average = 0.8;
  const FitResult whole = fit_in(options, hooks_by_gradient(nullptr, 0));
  // 11 and 12: with the gradients for the masks due at 12, and just behind them.
  for (const std::int64_t at : {3, 11, 12, 19, 33}) {
    const Scratch scratch;
    options.checkpoint_folder = scratch.path();
    options.resume = false;
    std::atomic<bool> cancel = false;
    RunContext cancelled = context();
    cancelled.cancel = &cancel;
    EXPECT_THROW(fit_in(options, hooks_by_gradient(&cancel, at), cancelled), Error) << at;
    options.resume = true;
    const FitResult resumed = fit_in(options, hooks_by_gradient(nullptr, 0));
    EXPECT_TRUE(same_weights(resumed.network, whole.network)) << at;
    EXPECT_EQ(resumed.masks, whole.masks) << at;
    EXPECT_EQ(resumed.epochs.back().tune_value, whole.epochs.back().tune_value) << at;
  }
}

INSTANTIATE_TEST_SUITE_P(Masked, ResumeWith,
                         ::testing::Values(MaskedWeights::kZero, MaskedWeights::kHeld));

}  // namespace
}  // namespace gcompress::train
