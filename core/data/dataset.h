// Data sets: samples by number, read in batches, in seeded splits and subsets.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/base/tensor.h"

namespace gcompress::data {

// One input (or the labels) of every sample: its shape without the batch dimension.
struct Column {
  std::string name;  // the network's value name; "" means "the network's only input"
  DataType dtype = DataType::kUndefined;
  Shape shape;
};

// Samples 0..size()-1 and their raw columns (before preprocessing). Thread-safe to read.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::int64_t size() const = 0;
  virtual const std::vector<Column>& inputs() const = 0;
  virtual const Column* labels() const = 0;  // null: no labels
  // The rows of one column for these samples, one after another: [indices.size(), shape...].
  // Column numbers follow inputs(); labels() is column inputs().size().
  virtual Tensor read(std::size_t column, std::span<const std::int64_t> indices) const = 0;
};

// How raw values become what the network takes: (raw * scale - mean[c]) / std[c], channel c being
// the first axis of a sample. Stored in the model's metadata (to_metadata, preprocessing_of), so
// that the next command need not be told again.
struct Preprocessing {
  float scale = 1.0F;                     // 1/255 for bytes
  std::vector<float> mean;                // empty: 0; one value, or one a channel
  std::vector<float> standard_deviation;  // empty: 1
  // Images only, done while decoding, before the normalisation above: the shorter side is resized
  // to shorter_side pixels (0: so that the result just covers the next line's), then the middle of
  // resize_height x resize_width is cut out. All 0: images stay as they are.
  std::int64_t shorter_side = 0;
  std::int64_t resize_height = 0;
  std::int64_t resize_width = 0;
  bool operator==(const Preprocessing&) const = default;
};

// Random changes of training images, each drawn from (seed, "augment", epoch, sample).
struct Augmentation {
  bool flip = false;             // horizontally, half of the time
  std::int64_t padded_crop = 0;  // pad with zeros (after normalising) by so many, crop back
  bool any() const { return flip || padded_crop > 0; }
};

struct Batch {
  std::int64_t size = 0;
  std::vector<std::pair<std::string, Tensor>> inputs;  // names as in Column
  Tensor labels;                                       // undefined when there are none
  std::vector<std::int64_t> indices;                   // of the samples in the source
};

// A part of a source in a certain order, with preprocessing. A value; cheap to copy.
struct Dataset {
  std::shared_ptr<const Source> source;
  std::vector<std::int64_t> indices;  // samples of the source that belong to this part
  Preprocessing preprocessing;
  std::vector<std::string> classes;  // names, by label; may be empty
  std::string name;                  // "mnist test", for messages

  std::int64_t size() const { return static_cast<std::int64_t>(indices.size()); }
  bool labelled() const { return source->labels() != nullptr; }
  // Preprocessed samples at these positions (0..size()-1) of this part.
  Batch batch(std::span<const std::int64_t> positions) const;
};

// What --data names: training and test parts, kept apart.
struct DataParts {
  Dataset train;  // without the tuning split
  Dataset tune;   // the seeded tuning split of the training data
  Dataset test;   // opened for the final figure only
  // What the data says of the task; see execute::Task. "classification", "cells", "regression",
  // "binary" or "" when there are no labels.
  std::string task;
  std::int64_t life_steps = 0;  // generated Game of Life: how many steps the labels lie ahead
};

struct OpenOptions {
  std::uint64_t seed = 0;
  // Samples of the training data for the tuning split: a twelfth, at most 5,000, at least 1.
  // With one set given only (npz, csv without a test file), a fifth becomes the test part.
  std::int64_t tune_samples = -1;
  // What a network's metadata asks for (preprocessing_of); empty: the format's own default. Options
  // in the specification (scale, mean, std, size, resize) win over it.
  std::optional<Preprocessing> preprocessing;
  std::int64_t train_limit = -1;  // seeded subset of so many; -1: all
  std::int64_t test_limit = -1;
};

// Opens "life:size=8,steps=1,count=20000,density=0.4,seed=3,border=torus", "mnist:DIR",
// "images:DIR", "npz:FILE", "csv:FILE,label=NAME". Throws Error(kUsage) for a kind that does not
// exist (listing those that do) and Error(kInput) for files that are missing or damaged.
DataParts open(const std::string& specification, const OpenOptions& options,
               const RunContext& context);

// "life, mnist, ..." with an example each, for --help.
std::vector<std::pair<std::string, std::string>> formats();

// The entries "gcompress.preprocessing" and "gcompress.classes" of a model's metadata. Reading
// gives the fallback (no names) where there is no entry, and throws Error(kInput) where it is
// damaged.
inline constexpr const char* kPreprocessingKey = "gcompress.preprocessing";
Preprocessing preprocessing_of(const std::vector<std::pair<std::string, std::string>>& metadata,
                               const Preprocessing& fallback);
std::vector<std::string> classes_of(
    const std::vector<std::pair<std::string, std::string>>& metadata);
std::vector<std::pair<std::string, std::string>> to_metadata(
    const Preprocessing& preprocessing, const std::vector<std::string>& classes);

}  // namespace gcompress::data
