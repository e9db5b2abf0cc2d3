// Which samples train, which tune, which test: seeded and disjoint.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gcompress/core/data/dataset.h"

namespace gcompress::data {

// Training and test sets that come apart. The tuning split is drawn from `train` by the seed, then
// the limits are applied; indices of each part are ascending. Throws Error(kInput) for fewer than 2
// training samples or no test sample, Error(kUsage) if the tuning split would leave no training
// sample.
struct Sets {
  std::shared_ptr<const Source> train;
  std::shared_ptr<const Source> test;
  Preprocessing preprocessing;
  std::vector<std::string> classes;
  std::string name;  // "mnist"
  std::string task;
};
DataParts split(const Sets& sets, const OpenOptions& options);

// One set only: a seeded fifth becomes the test part. Sets::test is not looked at.
DataParts split_one(const Sets& sets, const OpenOptions& options);

// The samples that split_one() would keep for training and tuning: for statistics that must not
// see the test part.
std::vector<std::int64_t> training_indices_of_one(std::int64_t count, std::uint64_t seed);

// A twelfth, at most 5,000, at least 1; or what the options say.
std::int64_t tune_count(std::int64_t training_samples, const OpenOptions& options);

// 0..count-1, or a seeded subset of `limit` of them in ascending order (-1: no limit).
std::vector<std::int64_t> limited(std::vector<std::int64_t> indices, std::int64_t limit,
                                  std::uint64_t seed, const std::string& purpose);
std::vector<std::int64_t> all_indices(std::int64_t count);

}  // namespace gcompress::data
