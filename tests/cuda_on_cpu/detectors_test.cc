// Every detector of the CPU execution finds the mistake that it is there for, and leaves the right
// version of the kernel alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <optional>
#include <vector>

#include "gcompress/core/kernels/cuda/runtime.h"
#include "tests/cuda_on_cpu/fault.h"
#include "tests/cuda_on_cpu/runtime.h"
#include "tests/cuda_on_cpu/wrong_kernels.h"

namespace gcompress::cuda_on_cpu {
namespace {

constexpr int kThreads = 64;

struct Outcome {
  std::optional<Fault> fault;
  std::vector<float> out;
};

template <auto kKernel>
Outcome run(std::size_t shared_bytes = 0, std::uint64_t seed = 0) {
  set_order_seed(seed);
  std::vector<float> in(kThreads);
  std::iota(in.begin(), in.end(), 1.0F);
  const cuda::Array<float> input(in);
  const cuda::Array<float> output(std::vector<float>(kThreads, 0.0F));
  Outcome outcome;
  try {
    cuda::launch_kernel<kKernel>("kernel", {{1}, {kThreads}, shared_bytes}, nullptr, input.data(),
                                 output.data(), kThreads);
  } catch (const Fault& fault) {
    outcome.fault = fault;
  }
  outcome.out = output.to_host();
  return outcome;
}

// The fault must have the kind and its message the words, whatever the order of threads.
template <auto kKernel>
void expect_fault(FaultKind kind, const std::string& words, std::size_t shared_bytes = 0) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Outcome outcome = run<kKernel>(shared_bytes, seed);
    ASSERT_TRUE(outcome.fault.has_value()) << "seed " << seed;
    EXPECT_EQ(outcome.fault->kind, kind) << outcome.fault->what();
    EXPECT_NE(std::string(outcome.fault->what()).find(words), std::string::npos)
        << outcome.fault->what();
  }
}

// Where it depends on the order whether the reader comes before or after the writer.
template <auto kKernel>
void expect_race_or_nothing_written() {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Outcome outcome = run<kKernel>(0, seed);
    ASSERT_TRUE(outcome.fault.has_value()) << "seed " << seed;
    EXPECT_THAT(outcome.fault->kind, testing::AnyOf(FaultKind::kRace, FaultKind::kUninitialised))
        << outcome.fault->what();
  }
}

template <auto kKernel>
void expect_no_fault() {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Outcome outcome = run<kKernel>(0, seed);
    EXPECT_FALSE(outcome.fault.has_value()) << outcome.fault->what();
  }
}

TEST(GlobalBounds, ReadingPastTheEndIsFound) {
  expect_fault<reads_global_past_end>(FaultKind::kGlobalBounds,
                                      "reads 4 bytes at offset 256 of a buffer of 256 bytes");
  expect_no_fault<copies_within_bounds>();
}

TEST(GlobalBounds, WritingBeforeTheBeginIsFound) {
  expect_fault<writes_global_before_begin>(FaultKind::kGlobalBounds,
                                           "writes 4 bytes at 4 bytes before a buffer");
}

TEST(GlobalBounds, AnAsynchronousCopyFromPastTheEndIsFound) {
  expect_fault<copies_from_past_the_end>(FaultKind::kGlobalBounds, "reads 16 bytes at offset 256");
}

TEST(GlobalBounds, WritingAConstantIsFound) {
  expect_fault<writes_a_constant>(FaultKind::kGlobalBounds, "writes 4 bytes");
}

TEST(SharedBounds, WritingPastAStaticVariableIsFound) {
  expect_fault<writes_shared_past_end>(
      FaultKind::kSharedBounds, "writes 4 bytes at byte 252 of static shared memory (252 bytes)");
}

TEST(SharedBounds, WritingPastTheDynamicMemoryIsFound) {
  expect_fault<writes_dynamic_shared_past_end>(
      FaultKind::kSharedBounds, "byte 252 of dynamic shared memory (252 bytes)", 252);
}

TEST(Alignment, AVectorLoadFromAMultipleOfFourIsFound) {
  expect_fault<loads_misaligned_vectors>(FaultKind::kMisaligned,
                                         "reads 16 bytes at an address that is 4 modulo 16");
}

TEST(Alignment, AHalfWordsDistanceIsFound) {
  expect_fault<loads_a_misaligned_word>(FaultKind::kMisaligned, "2 modulo 8");
}

TEST(Barrier, AThreadThatNeverReachesItIsNamed) {
  expect_fault<leaves_before_the_barrier>(
      FaultKind::kBarrier, "63 threads wait at a barrier that threads 7 never reach");
}

TEST(Warp, LanesThatDoNotJoinAShuffleAreNamed) {
  expect_fault<shuffles_without_half_of_the_mask>(
      FaultKind::kWarp, "lanes 16, 17, 18, 19, 20, 21, 22, 23, ... never join");
}

TEST(Warp, DifferentMasksAreFound) {
  expect_fault<shuffles_with_two_masks>(FaultKind::kWarp, "with masks");
}

TEST(Warp, TakingFromALaneOutsideOfTheMaskIsFound) {
  expect_fault<shuffles_from_outside_of_the_mask>(FaultKind::kWarp, "which is not in the mask");
}

TEST(Races, ReadingWhatAnotherThreadWritesIsFound) {
  expect_fault<reads_what_others_write_without_barrier>(FaultKind::kRace,
                                                        "without a barrier in between");
}

TEST(Races, LanesOfAWarpNeedASyncwarpToo) {
  expect_fault<reads_the_warps_without_syncwarp>(FaultKind::kRace, "without a barrier in between");
  expect_no_fault<reads_the_warps_with_syncwarp>();
}

TEST(Races, ASyncwarpOrdersNothingBetweenWarps) {
  expect_race_or_nothing_written<reads_another_warp_with_syncwarp>();
}

TEST(Races, WritingWhatAnotherThreadMayStillReadIsFound) {
  expect_fault<overwrites_what_others_read>(FaultKind::kRace, "without a barrier in between");
}

TEST(Races, TwoThreadsThatWriteTheSamePlaceAreFound) {
  expect_fault<everyone_writes_the_same_place>(FaultKind::kRace, "writes byte 0");
}

TEST(Uninitialised, ReadingSharedMemoryThatNobodyWroteIsFound) {
  expect_fault<reads_shared_that_nobody_wrote>(FaultKind::kUninitialised,
                                               "reads byte 20 of static shared memory");
}

TEST(AsynchronousCopies, ReadingBeforeTheWaitIsFound) {
  expect_fault<reads_an_asynchronous_copy_too_early>(FaultKind::kUnfinishedCopy,
                                                     "has not been waited for");
  expect_fault<waits_for_too_few_copies>(FaultKind::kUnfinishedCopy, "has not been waited for");
}

TEST(AsynchronousCopies, OthersNeedABarrierBehindTheWait) {
  expect_race_or_nothing_written<waits_but_for_no_barrier>();
}

TEST(AsynchronousCopies, ArriveAtTheWait) {
  const Outcome outcome = run<copies_asynchronously>();
  ASSERT_FALSE(outcome.fault.has_value()) << outcome.fault->what();
  for (int i = 0; i < kThreads; ++i) {
    EXPECT_EQ(outcome.out[static_cast<std::size_t>(i)], static_cast<float>(i + 1));
  }
}

TEST(Launch, WhatNoDeviceAcceptsIsFound) {
  const cuda::Array<float> buffer(std::size_t{kThreads});
  const auto launch = [&](const cuda::LaunchShape& shape) {
    cuda::launch_kernel<copies_within_bounds>("kernel", shape, nullptr, buffer.data(),
                                              buffer.data(), kThreads);
  };
  EXPECT_THROW(launch({{1}, {1025}}), Fault);
  EXPECT_THROW(launch({{1}, {0}}), Fault);
  EXPECT_THROW(launch({{0}, {64}}), Fault);
  EXPECT_THROW(launch({{1, 65536}, {64}}), Fault);
  EXPECT_THROW(launch({{1}, {64}, 228 << 10}), Fault);
}

TEST(Faults, LeaveTheNextLaunchUntouched) {
  ASSERT_TRUE(run<leaves_before_the_barrier>().fault.has_value());
  EXPECT_FALSE(run<copies_asynchronously>().fault.has_value());
}

}  // namespace
}  // namespace gcompress::cuda_on_cpu
