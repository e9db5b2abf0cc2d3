// images:DIR, a folder a class; DIR/train and DIR/test where they exist, else a seeded split.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <utility>

#include "gcompress/core/data/formats.h"
#include "gcompress/core/data/image_source.h"
#include "gcompress/core/data/splits.h"

namespace gcompress::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostSide = 8192;

// ImageNet's, for red, green and blue from 0 to 1.
const std::vector<float> kMean = {0.485F, 0.456F, 0.406F};
const std::vector<float> kDeviation = {0.229F, 0.224F, 0.225F};

ErrorPlace place_of(const fs::path& file) {
  return {.file = file.string(), .node = {}, .value = {}};
}

bool is_image_name(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

// Names in a folder for which keep(entry) holds, sorted by their bytes; hidden ones are left out.
template <typename Keep>
std::vector<std::string> sorted_names(const fs::path& folder, Keep&& keep) {
  std::vector<std::string> names;
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      std::string name = entry.path().filename().string();
      if (!name.starts_with('.') && keep(entry)) names.push_back(std::move(name));
    }
  } catch (const fs::filesystem_error& error) {
    throw_input("cannot be read: " + error.code().message(), place_of(folder));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> class_folders(const fs::path& folder) {
  auto names = sorted_names(folder, [](const auto& entry) { return entry.is_directory(); });
  if (names.empty()) {
    throw_input("has no class folders", place_of(folder),
                "put the images of each class into a folder named like the class");
  }
  return names;
}

std::vector<ImageFile> list_images(const fs::path& folder,
                                   const std::vector<std::string>& classes) {
  std::vector<ImageFile> files;
  for (std::size_t label = 0; label < classes.size(); ++label) {
    const fs::path part = folder / classes[label];
    const auto names = sorted_names(part, [](const fs::directory_entry& entry) {
      return is_image_name(entry.path()) && entry.is_regular_file();
    });
    if (names.empty()) throw_input("holds no .jpg, .jpeg or .png files", place_of(part));
    for (const std::string& name : names) {
      files.push_back({part / name, static_cast<std::int64_t>(label)});
    }
  }
  return files;
}

// Reads "size=" and "resize=" into the preprocessing.
void read_size(Specification& specification, Preprocessing& preprocessing) {
  const auto sizes = specification.sizes("size", {});
  if (!sizes.empty()) {
    preprocessing.resize_height = sizes.front();
    preprocessing.resize_width = sizes.back();
    preprocessing.shorter_side = 0;
  }
  if (sizes.size() > 2 || preprocessing.resize_height > kMostSide ||
      preprocessing.resize_width > kMostSide) {
    throw_usage("\"" + specification.text() + "\": the size of the images",
                "give size=32 or size=32x48 (height x width), at most 8192 each way");
  }
  preprocessing.shorter_side =
      specification.integer("resize", preprocessing.shorter_side, 1, kMostSide);
  const std::int64_t smaller = std::min(preprocessing.resize_height, preprocessing.resize_width);
  if (preprocessing.shorter_side > 0 && preprocessing.shorter_side < smaller) {
    throw_usage("\"" + specification.text() + "\": images resized to " +
                    std::to_string(preprocessing.shorter_side) + " cannot be cut to " +
                    std::to_string(preprocessing.resize_height) + " x " +
                    std::to_string(preprocessing.resize_width),
                "resize= is the shorter side before cutting out size=");
  }
  if (preprocessing.shorter_side > 0 && smaller == 0) {
    throw_usage("\"" + specification.text() + "\": resize= without size=",
                "give size=, what is cut out of the resized image");
  }
}

Preprocessing default_preprocessing(std::int64_t channels) {
  if (channels == 3) {
    return {.scale = 1.0F / 255, .mean = kMean, .standard_deviation = kDeviation};
  }
  return {.scale = 1.0F / 255, .mean = {0.5F}, .standard_deviation = {0.5F}};
}

}  // namespace

DataParts open_images(Specification& specification, const OpenOptions& options,
                      const RunContext& context) {
  const fs::path folder = required_path(specification);
  ImageSourceOptions image_options;
  image_options.threads = context.threads;
  image_options.channels = specification.choice("channels", "3", {"3", "1"}) == "3" ? 3 : 1;
  image_options.cache_bytes = specification.integer("cache_mib", 512, 0, 1 << 20) << 20;
  Preprocessing preprocessing =
      read_preprocessing(specification, options, default_preprocessing(image_options.channels));
  read_size(specification, preprocessing);
  specification.finish();
  image_options.shorter_side = preprocessing.shorter_side;
  image_options.resize = preprocessing.resize_height > 0;
  image_options.height = preprocessing.resize_height;
  image_options.width = preprocessing.resize_width;
  const bool split_already =
      fs::is_directory(folder / "train") && fs::is_directory(folder / "test");
  const fs::path train_folder = split_already ? folder / "train" : folder;
  const std::vector<std::string> classes = class_folders(train_folder);
  Sets sets = {.train = image_source(list_images(train_folder, classes), image_options),
               .test = nullptr,
               .preprocessing = preprocessing,
               .classes = classes,
               .name = folder.filename().empty() ? "images" : folder.filename().string(),
               .task = "classification"};
  if (!split_already) return split_one(sets, options);
  if (class_folders(folder / "test") != classes) {
    throw_input("has other class folders than train", place_of(folder / "test"));
  }
  image_options.height = sets.train->inputs().front().shape[1];
  image_options.width = sets.train->inputs().front().shape[2];
  sets.test = image_source(list_images(folder / "test", classes), image_options);
  return split(sets, options);
}

}  // namespace gcompress::data
