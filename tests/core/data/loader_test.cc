// Batches: order, resuming, prefetching, augmentation, preprocessing, splits.
#include "gcompress/core/data/loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>

#include "gcompress/core/data/augment.h"
#include "gcompress/core/data/memory_source.h"
#include "gcompress/core/data/preprocess.h"
#include "gcompress/core/data/splits.h"
#include "tests/support/scratch.h"

namespace gcompress::data {
namespace {

using testing::thrown_by;

// `count` images [2, 4, 5] of consecutive numbers; the label is the sample's number.
Dataset images(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count * 40));
  std::iota(values.begin(), values.end(), 1.0F);
  std::vector<std::int64_t> labels(static_cast<std::size_t>(count));
  std::iota(labels.begin(), labels.end(), 0);
  auto source = std::make_shared<MemorySource>(
      std::vector<MemorySource::Part>{{"", Tensor::from({count, 2, 4, 5}, std::move(values))}},
      MemorySource::Part{"labels", Tensor::from({count}, std::move(labels))});
  return {.source = source,
          .indices = all_indices(count),
          .preprocessing = {},
          .classes = {},
          .name = "images"};
}

std::vector<Batch> epoch(const Dataset& data, const LoaderOptions& options, std::uint64_t number,
                         std::int64_t first = 0) {
  Loader loader(data, options, 7, number, first);
  std::vector<Batch> batches;
  while (auto batch = loader.next()) batches.push_back(std::move(*batch));
  EXPECT_EQ(static_cast<std::int64_t>(batches.size()), loader.batches() - first);
  EXPECT_FALSE(loader.next());
  return batches;
}

void expect_same(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].indices, b[i].indices);
    EXPECT_TRUE(identical(a[i].inputs.front().second, b[i].inputs.front().second));
    EXPECT_TRUE(identical(a[i].labels, b[i].labels));
  }
}

TEST(Loader, GivesEverySampleOnceInOrder) {
  const auto batches = epoch(images(10), {.batch_size = 4}, 0);
  ASSERT_EQ(batches.size(), 3U);
  EXPECT_EQ(batches[0].indices, (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(batches[2].indices, (std::vector<std::int64_t>{8, 9}));
  EXPECT_EQ(batches[2].size, 2);
  EXPECT_EQ(batches[2].labels.as<std::int64_t>()[1], 9);
}

TEST(Loader, DropsALastBatchThatIsNotFullWhenAsked) {
  EXPECT_EQ(epoch(images(10), {.batch_size = 4, .drop_last = true}, 0).size(), 2U);
  EXPECT_EQ(epoch(images(3), {.batch_size = 4, .drop_last = true}, 0).size(), 0U);
}

TEST(Loader, ShufflesEveryEpochAnew) {
  const LoaderOptions options = {.batch_size = 100, .shuffle = true};
  const auto first = epoch(images(100), options, 0).front().indices;
  const auto second = epoch(images(100), options, 1).front().indices;
  EXPECT_NE(first, second);
  EXPECT_EQ(std::set<std::int64_t>(first.begin(), first.end()).size(), 100U);
}

TEST(Loader, PrefetchingChangesNoBit) {
  LoaderOptions options = {.batch_size = 7, .shuffle = true};
  options.augmentation = {.flip = true, .padded_crop = 2};
  options.prefetch = 0;
  const auto alone = epoch(images(100), options, 3);
  for (const int prefetch : {1, 2, 50}) {
    options.prefetch = prefetch;
    expect_same(epoch(images(100), options, 3), alone);
  }
}

TEST(Loader, ResumesInsideAnEpoch) {
  LoaderOptions options = {.batch_size = 7, .shuffle = true};
  options.augmentation = {.flip = true, .padded_crop = 1};
  const auto whole = epoch(images(50), options, 2);
  expect_same(epoch(images(50), options, 2, 3), {whole.begin() + 3, whole.end()});
  EXPECT_TRUE(epoch(images(50), options, 2, 8).empty());
}

TEST(Loader, CanBeLeftInTheMiddle) {
  Loader loader(images(1000), {.batch_size = 1}, 0, 0);
  EXPECT_TRUE(loader.next());
}

// Throws at sample 20.
class Failing : public Source {
 public:
  std::int64_t size() const override { return 30; }
  const std::vector<Column>& inputs() const override { return inputs_; }
  const Column* labels() const override { return nullptr; }
  Tensor read(std::size_t, std::span<const std::int64_t> indices) const override {
    if (indices.back() >= 20) throw_input("sample 20 is damaged");
    return Tensor::zeros(DataType::kFloat32, {static_cast<std::int64_t>(indices.size()), 1});
  }

 private:
  std::vector<Column> inputs_ = {{"", DataType::kFloat32, {1}}};
};

TEST(Loader, RethrowsWhatReadingThrew) {
  for (const int prefetch : {0, 2}) {
    const Dataset data = {.source = std::make_shared<Failing>(),
                          .indices = all_indices(30),
                          .preprocessing = {},
                          .classes = {},
                          .name = "failing"};
    Loader loader(data, {.batch_size = 10, .prefetch = prefetch}, 0, 0);
    EXPECT_TRUE(loader.next());
    EXPECT_TRUE(loader.next());
    for (int again = 0; again < 2; ++again) {
      EXPECT_EQ(thrown_by([&] { loader.next(); }), "sample 20 is damaged");
    }
  }
}

TEST(Loader, RefusesABatchOfNothing) {
  EXPECT_THROW(Loader(images(3), {.batch_size = 0}, 0, 0), Error);
}

// The naive oracle: one pixel after the other.
std::vector<float> naive_change(std::span<const float> image, bool flip, int down, int right) {
  std::vector<float> result;
  for (int channel = 0; channel < 2; ++channel) {
    for (int row = 0; row < 4; ++row) {
      for (int column = 0; column < 5; ++column) {
        const int from_row = row + down;
        const int from_column = column + right;
        const bool inside = from_row >= 0 && from_row < 4 && from_column >= 0 && from_column < 5;
        const int flipped = flip ? 4 - from_column : from_column;
        result.push_back(
            inside ? image[static_cast<std::size_t>(channel * 20 + from_row * 5 + flipped)] : 0);
      }
    }
  }
  return result;
}

TEST(Augment, GivesEveryShiftAndFlipOfTheImageAndNothingElse) {
  const Dataset data = images(1);
  const auto image = data.batch(std::vector<std::int64_t>{0}).inputs.front().second;
  std::set<std::vector<float>> possible;
  for (const bool flip : {false, true}) {
    for (int down = -6; down <= 6; ++down) {
      for (int right = -6; right <= 6; ++right) {
        possible.insert(naive_change(image.as<float>(), flip, down, right));
      }
    }
  }
  std::set<std::vector<float>> seen;
  for (std::uint64_t number = 0; number < 4000; ++number) {
    Batch batch = data.batch(std::vector<std::int64_t>{0});
    augment(batch, {.flip = true, .padded_crop = 6}, 1, number);
    const auto changed = batch.inputs.front().second.as<float>();
    seen.insert({changed.begin(), changed.end()});
  }
  // A shift of 4 rows or 5 columns leaves nothing, so some of the 338 changes look the same.
  EXPECT_EQ(seen, possible);
}

TEST(Augment, RefusesWhatIsNoImageAndLabelsOnTheGrid) {
  Batch row;
  row.size = 1;
  row.indices = {0};
  row.inputs.emplace_back("", Tensor::from<float>({1, 2}, {1, 2}));
  EXPECT_THROW(augment(row, {.flip = true}, 0, 0), Error);
  Batch cells;
  cells.size = 1;
  cells.indices = {0};
  cells.inputs.emplace_back("", Tensor::zeros(DataType::kFloat32, {1, 1, 3, 3}));
  cells.labels = Tensor::zeros(DataType::kFloat32, {1, 1, 3, 3});
  EXPECT_THROW(augment(cells, {.padded_crop = 1}, 0, 0), Error);
}

TEST(Preprocess, NormalisesEachChannelForEveryType) {
  const Preprocessing preprocessing = {.scale = 0.5F, .mean = {1, 2}, .standard_deviation = {4}};
  const std::vector<float> expected = {(3 * 0.5F - 1) / 4, (200 * 0.5F - 1) / 4, (5 * 0.5F - 2) / 4,
                                       (6 * 0.5F - 2) / 4};
  for (const Tensor& raw : {Tensor::from<std::uint8_t>({1, 2, 2}, {3, 200, 5, 6}),
                            Tensor::from<float>({1, 2, 2}, {3, 200, 5, 6}),
                            Tensor::from<double>({1, 2, 2}, {3, 200, 5, 6}),
                            Tensor::from<std::int32_t>({1, 2, 2}, {3, 200, 5, 6})}) {
    const Tensor result = preprocess(raw, preprocessing);
    const auto values = result.as<float>();
    EXPECT_EQ(std::vector<float>(values.begin(), values.end()), expected) << name_of(raw.dtype());
  }
}

TEST(Preprocess, LeavesValuesAloneThatNeedNothing) {
  const Tensor raw = Tensor::from<std::int64_t>({2}, {1, 2});
  EXPECT_TRUE(identical(preprocess(raw, {}), raw));
}

TEST(Preprocess, RefusesMeansThatFitNoChannels) {
  const Tensor raw = Tensor::from<float>({1, 2}, {1, 2});
  EXPECT_NE(thrown_by([&] { preprocess(raw, {.mean = {1, 2, 3}}); }).find("2 channels"),
            std::string::npos);
  EXPECT_EQ(preprocess(Tensor::zeros(DataType::kUint8, {0, 2}), {.scale = 2}).shape(),
            (Shape{0, 2}));
}

TEST(Metadata, BringsPreprocessingAndClassesBack) {
  const Preprocessing preprocessing = {.scale = 1.0F / 255,
                                       .mean = {0.1307F, 0.5F},
                                       .standard_deviation = {0.3081F},
                                       .shorter_side = 36,
                                       .resize_height = 32,
                                       .resize_width = 24};
  const std::vector<std::string> classes = {"a, b", "back\\slash", "", "d"};
  const auto metadata = to_metadata(preprocessing, classes);
  EXPECT_EQ(preprocessing_of(metadata, {}), preprocessing);
  EXPECT_EQ(classes_of(metadata), classes);
  EXPECT_EQ(preprocessing_of({}, preprocessing), preprocessing);
  EXPECT_EQ(preprocessing_of(to_metadata({}, {}), preprocessing), Preprocessing{});
  EXPECT_THROW(preprocessing_of({{"gcompress.preprocessing", "scale=x"}}, {}), Error);
}

Sets sets_of(std::int64_t count) {
  const Dataset data = images(count);
  return {.train = data.source,
          .test = data.source,
          .preprocessing = {},
          .classes = {},
          .name = "set",
          .task = ""};
}

TEST(Splits, AreDisjointSeededAndComplete) {
  const auto parts = split_one(sets_of(100), {.seed = 1});
  EXPECT_EQ(parts.test.size(), 20);
  EXPECT_EQ(parts.tune.size(), 6);
  std::vector<std::int64_t> all;
  for (const Dataset* part : {&parts.train, &parts.tune, &parts.test}) {
    EXPECT_TRUE(std::is_sorted(part->indices.begin(), part->indices.end()));
    all.insert(all.end(), part->indices.begin(), part->indices.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, all_indices(100));
  EXPECT_EQ(split_one(sets_of(100), {.seed = 1}).test.indices, parts.test.indices);
  EXPECT_NE(split_one(sets_of(100), {.seed = 2}).test.indices, parts.test.indices);
}

TEST(Splits, LimitsTakeFromTheirPartOnly) {
  const auto whole = split(sets_of(100), {.seed = 1});
  const auto some = split(sets_of(100), {.seed = 1, .train_limit = 10, .test_limit = 5});
  EXPECT_EQ(some.train.size(), 10);
  EXPECT_EQ(some.test.size(), 5);
  EXPECT_EQ(some.tune.indices, whole.tune.indices);
  for (const std::int64_t index : some.train.indices) {
    EXPECT_TRUE(std::binary_search(whole.train.indices.begin(), whole.train.indices.end(), index));
  }
}

TEST(Splits, TooFewSamplesAreAnError) {
  EXPECT_THROW(split_one(sets_of(2), {}), Error);
  EXPECT_THROW(split(sets_of(1), {}), Error);
  EXPECT_THROW(split(sets_of(10), {.tune_samples = 10}), Error);
  EXPECT_THROW(split(sets_of(10), {.tune_samples = 0}), Error);
  EXPECT_THROW(split(sets_of(10), {.train_limit = 0}), Error);
}

}  // namespace
}  // namespace gcompress::data
