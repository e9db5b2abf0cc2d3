#include "gcompress/core/train/checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests/core/train/toy.h"
#include "tests/support/scratch.h"

namespace gcompress::train {
namespace {

using gcompress::testing::Scratch;
using gcompress::testing::thrown_by;

Checkpoint example() {
  Checkpoint checkpoint;
  checkpoint.identity = {1, 2, 3, 4, 5, 6, 7};
  checkpoint.threads = 2;
  checkpoint.position = {.step = 17, .epoch = 3, .batch = 2, .masks_asked = 16};
  checkpoint.running = {.loss_sum = 1.5, .steps = 2, .seconds = 0.25};
  const graph::WeightId weight{"loop.body/", "w"};
  checkpoint.live.parameters[weight] = Tensor::from<float>({2, 2}, {1, 2, 3, 4});
  checkpoint.live.buffers[{"", "mean"}] = Tensor::from<float>({1}, {0.5F});
  graph::Mask mask({2, 2}, true);
  mask.set(2, false);
  checkpoint.live.masks[weight] = mask;
  checkpoint.moments[weight] = {
      Tensor::from<float>({2, 2}, {5, 6, 7, 8}), {}, Tensor::scalar<float>(17)};
  checkpoint.best.seen = true;
  checkpoint.best.state = checkpoint.live;
  checkpoint.best.value = 0.75;
  checkpoint.best.epoch = 1;
  checkpoint.best.epochs_since = 1;
  checkpoint.epochs = {
      {.epoch = 0, .train_loss = 2, .tune_value = 0.5, .steps = 5, .seconds = 1},
      {.epoch = 1, .train_loss = 1, .tune_value = 0.75, .steps = 10, .seconds = 1}};
  return checkpoint;
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(Checkpoint, ComesBackAsItWas) {
  const Scratch scratch;
  write_checkpoint(scratch / "new/folder", example());
  const auto read = read_checkpoint(scratch / "new/folder");
  ASSERT_TRUE(read.has_value());
  const Checkpoint expected = example();
  EXPECT_EQ(read->identity, expected.identity);
  EXPECT_EQ(read->threads, 2);
  EXPECT_EQ(read->position.step, 17);
  EXPECT_EQ(read->position.batch, 2);
  EXPECT_EQ(read->position.masks_asked, 16);
  EXPECT_EQ(read->running.loss_sum, 1.5);
  const graph::WeightId weight{"loop.body/", "w"};
  EXPECT_TRUE(identical(read->live.parameters.at(weight), expected.live.parameters.at(weight)));
  EXPECT_TRUE(identical(read->best.state->buffers.at({"", "mean"}),
                        expected.live.buffers.at({"", "mean"})));
  EXPECT_EQ(read->live.masks, expected.live.masks);
  EXPECT_TRUE(identical(read->moments.at(weight).first, expected.moments.at(weight).first));
  EXPECT_FALSE(read->moments.at(weight).second.defined());
  EXPECT_TRUE(read->moments.at(weight).steps.shape().empty());
  EXPECT_EQ(read->best.epochs_since, 1);
  ASSERT_EQ(read->epochs.size(), 2U);
  EXPECT_EQ(read->epochs[1].tune_value, 0.75);
}

TEST(Checkpoint, AbsentIsNotAnError) {
  const Scratch scratch;
  EXPECT_FALSE(read_checkpoint(scratch / "nowhere").has_value());
}

TEST(Checkpoint, EveryTruncationIsRefused) {
  const Scratch scratch;
  write_checkpoint(scratch.path(), example());
  const std::string whole = content_of(checkpoint_file(scratch.path()));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    scratch.write("fit.checkpoint", whole.substr(0, size));
    EXPECT_THROW(read_checkpoint(scratch.path()), Error) << size;
  }
}

TEST(Checkpoint, EveryFlippedByteIsRefused) {
  const Scratch scratch;
  write_checkpoint(scratch.path(), example());
  const std::string whole = content_of(checkpoint_file(scratch.path()));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    scratch.write("fit.checkpoint", damaged);
    EXPECT_THROW(read_checkpoint(scratch.path()), Error) << i;
  }
}

TEST(Checkpoint, TheRefusalNamesTheFileAndTheWayOut) {
  const Scratch scratch;
  scratch.write("fit.checkpoint", "not a checkpoint at all, but long enough to have a header");
  const std::string message = thrown_by([&] { read_checkpoint(scratch.path()); });
  EXPECT_NE(message.find("fit.checkpoint"), std::string::npos) << message;
  EXPECT_NE(message.find("without --resume"), std::string::npos) << message;
}

TEST(Checkpoint, LeftoversOfKilledWritersAreRemoved) {
  const Scratch scratch;
  write_checkpoint(scratch.path(), example());
  scratch.write("fit.checkpoint.partial-12345", "half");
  scratch.write("other", "stays");
  remove_partial_checkpoints(scratch.path());
  EXPECT_FALSE(std::filesystem::exists(scratch / "fit.checkpoint.partial-12345"));
  EXPECT_TRUE(std::filesystem::exists(scratch / "other"));
  EXPECT_TRUE(read_checkpoint(scratch.path()).has_value());
}

RunIdentity identity_of(const FitOptions& options, std::uint64_t seed, std::uint64_t weights) {
  const data::Dataset train = testing::points(8, 1);
  return identify(testing::network(weights), train, train, testing::classification(), options, {},
                  std::nullopt, "", seed);
}

TEST(RunIdentity, SaysWhatDiffers) {
  const FitOptions options = testing::options();
  FitOptions faster = options;
  faster.learning_rate *= 2;
  const RunIdentity same = identity_of(options, 1, 1);
  EXPECT_EQ(differences(same, identity_of(options, 1, 1)), "");
  EXPECT_EQ(differences(same, identity_of(options, 2, 1)), "the seed");
  EXPECT_EQ(differences(same, identity_of(faster, 1, 1)), "the options");
  EXPECT_EQ(differences(same, identity_of(faster, 1, 2)), "the network and the options");
}

TEST(RunIdentity, WhereCheckpointsGoDoesNotMatter) {
  FitOptions elsewhere = testing::options();
  elsewhere.checkpoint_folder = "elsewhere";
  elsewhere.checkpoint_every_steps = 3;
  elsewhere.resume = true;
  EXPECT_EQ(identity_of(elsewhere, 1, 1), identity_of(testing::options(), 1, 1));
}

}  // namespace
}  // namespace gcompress::train
