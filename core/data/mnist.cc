// mnist:DIR, the four IDX files of MNIST and of the sets that copy its form.
#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "gcompress/core/data/formats.h"
#include "gcompress/core/data/idx.h"
#include "gcompress/core/data/memory_source.h"
#include "gcompress/core/data/splits.h"

namespace gcompress::data {
namespace {

namespace fs = std::filesystem;

// MNIST's own, of its training images after scaling to 0..1.
constexpr float kMean = 0.1307F;
constexpr float kDeviation = 0.3081F;

ErrorPlace place_of(const fs::path& file) {
  return {.file = file.string(), .node = {}, .value = {}};
}

// The file as it is usually called, gzipped or not.
fs::path find_file(const fs::path& folder, const std::string& set, const std::string& content) {
  const std::array<std::string, 2> names = {set + "-" + content, set + "." + content};
  for (const std::string& name : {set + "-" + content, set + "." + content}) {
    for (const char* ending : {".gz", ""}) {
      std::error_code problem;
      fs::path file = folder / (name + ending);
      if (fs::exists(file, problem)) return file;
    }
  }
  throw_input("has no file " + names.front() + " or " + names.front() + ".gz", place_of(folder),
              "give the folder of the four IDX files");
}

Tensor read_images(const fs::path& file) {
  const Tensor images = read_idx(file);
  const Shape& shape = images.shape();
  if (shape.size() != 3 || images.size() == 0) {
    throw_input("holds bytes of shape " + to_string(shape) + ", not images", place_of(file),
                "images are [count, height, width], magic 0x00000803");
  }
  return images.reshaped({shape[0], 1, shape[1], shape[2]});
}

Tensor read_labels(const fs::path& file, const fs::path& images_file, std::int64_t images) {
  const Tensor labels = read_idx(file);
  if (labels.rank() != 1) {
    throw_input("holds bytes of shape " + to_string(labels.shape()) + ", not labels",
                place_of(file), "labels are [count], magic 0x00000801");
  }
  if (labels.size() != images) {
    throw_input("holds " + std::to_string(labels.size()) + " labels, but " + images_file.string() +
                    " holds " + std::to_string(images) + " images",
                place_of(file));
  }
  return Tensor::from(labels.shape(), to_int64(labels));
}

std::shared_ptr<const MemorySource> read_set(const fs::path& folder, const std::string& set) {
  const fs::path images_file = find_file(folder, set + "-images", "idx3-ubyte");
  const fs::path labels_file = find_file(folder, set + "-labels", "idx1-ubyte");
  Tensor images = read_images(images_file);
  Tensor labels = read_labels(labels_file, images_file, images.shape().front());
  return std::make_shared<MemorySource>(std::vector<MemorySource::Part>{{"", std::move(images)}},
                                        MemorySource::Part{"labels", std::move(labels)});
}

std::int64_t largest_label(const MemorySource& source) {
  const auto labels = source.values(1).as<std::int64_t>();
  return *std::max_element(labels.begin(), labels.end());
}

}  // namespace

DataParts open_mnist(Specification& specification, const OpenOptions& options, const RunContext&) {
  const fs::path folder = required_path(specification);
  const Preprocessing preprocessing = read_preprocessing(
      specification, options,
      {.scale = 1.0F / 255, .mean = {kMean}, .standard_deviation = {kDeviation}});
  specification.finish();
  const auto train = read_set(folder, "train");
  const auto test = read_set(folder, "t10k");
  if (train->inputs().front().shape != test->inputs().front().shape) {
    throw_input("has training images of shape " + to_string(train->inputs().front().shape) +
                    " and test images of shape " + to_string(test->inputs().front().shape),
                place_of(folder));
  }
  const std::int64_t classes = 1 + largest_label(*train);
  if (largest_label(*test) >= classes) {
    throw_input("has test label " + std::to_string(largest_label(*test)) +
                    ", the training labels go to " + std::to_string(classes - 1),
                place_of(folder));
  }
  std::vector<std::string> names;
  for (std::int64_t label = 0; label < classes; ++label) names.push_back(std::to_string(label));
  return split({.train = train,
                .test = test,
                .preprocessing = preprocessing,
                .classes = std::move(names),
                .name = "mnist",
                .task = "classification"},
               options);
}

}  // namespace gcompress::data
