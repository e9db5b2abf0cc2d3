// Decoding in parallel and keeping what was decoded.
#include "gcompress/core/data/image_source.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "gcompress/core/data/pixels.h"

namespace gcompress::data {
namespace {

constexpr std::size_t kImagesAThread = 16;  // fewer are not worth a thread

// The first so many decoded images. Each is written once and then only read; thread-safe.
class Cache {
 public:
  Cache(std::size_t images, std::size_t image_bytes)
      : count_(images),
        image_bytes_(image_bytes),
        // Not zeroed, so that memory is taken only where images arrive.
        bytes_(new std::uint8_t[std::max<std::size_t>(1, images * image_bytes)]),
        states_(std::make_unique<std::atomic<std::uint8_t>[]>(images)) {}

  bool get(std::size_t index, std::uint8_t* to) const {
    if (index >= count_ || states_[index].load(std::memory_order_acquire) != kFilled) return false;
    std::memcpy(to, bytes_.get() + index * image_bytes_, image_bytes_);
    return true;
  }

  void put(std::size_t index, const std::uint8_t* from) {
    if (index >= count_) return;
    std::uint8_t expected = kEmpty;
    if (!states_[index].compare_exchange_strong(expected, kFilling)) return;
    std::memcpy(bytes_.get() + index * image_bytes_, from, image_bytes_);
    states_[index].store(kFilled, std::memory_order_release);
  }

 private:
  enum State : std::uint8_t { kEmpty, kFilling, kFilled };
  std::size_t count_;
  std::size_t image_bytes_;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::unique_ptr<std::atomic<std::uint8_t>[]> states_;
};

class ImageSource : public Source {
 public:
  ImageSource(std::vector<ImageFile> files, const ImageSourceOptions& options);
  std::int64_t size() const override { return static_cast<std::int64_t>(files_.size()); }
  const std::vector<Column>& inputs() const override { return inputs_; }
  const Column* labels() const override { return &labels_; }
  Tensor read(std::size_t column, std::span<const std::int64_t> indices) const override;

 private:
  Pixels decode(const std::filesystem::path& file) const;
  void fetch(std::int64_t index, std::uint8_t* planes) const;
  void fetch_all(std::span<const std::int64_t> indices, std::uint8_t* planes) const;
  Tensor labels_of(std::span<const std::int64_t> indices) const;

  std::vector<ImageFile> files_;
  ImageSourceOptions options_;
  std::vector<Column> inputs_;
  Column labels_{.name = "labels", .dtype = DataType::kInt64, .shape = {}};
  std::size_t image_bytes_ = 0;
  std::unique_ptr<Cache> cache_;
};

ImageSource::ImageSource(std::vector<ImageFile> files, const ImageSourceOptions& options)
    : files_(std::move(files)), options_(options) {
  GCOMPRESS_CHECK(!files_.empty());
  if (options_.height == 0) {
    const Pixels first = read_image(files_.front().file);
    options_.height = first.height;
    options_.width = first.width;
  }
  const Shape shape = {options_.channels, options_.height, options_.width};
  inputs_ = {{.name = "", .dtype = DataType::kUint8, .shape = shape}};
  image_bytes_ = static_cast<std::size_t>(element_count(shape));
  const auto fitting = static_cast<std::size_t>(options_.cache_bytes) / image_bytes_;
  cache_ = std::make_unique<Cache>(std::min(fitting, files_.size()), image_bytes_);
}

Pixels ImageSource::decode(const std::filesystem::path& file) const {
  Pixels image = read_image(file);
  const std::int64_t height = options_.height;
  const std::int64_t width = options_.width;
  if (!options_.resize) {
    if (image.height == height && image.width == width) return image;
    throw_input("has shape " + to_string({3, image.height, image.width}) +
                    ", the first image of the set has " + to_string({3, height, width}),
                {.file = file.string(), .node = {}, .value = {}}, "give size= to resize all");
  }
  double scale = std::max(static_cast<double>(height) / static_cast<double>(image.height),
                          static_cast<double>(width) / static_cast<double>(image.width));
  if (options_.shorter_side > 0) {
    const std::int64_t shorter = std::min(image.height, image.width);
    scale =
        std::max(scale, static_cast<double>(options_.shorter_side) / static_cast<double>(shorter));
  }
  // Rounded down, as torchvision does; a hair more, so that exact products stay exact.
  const auto scaled = [scale](std::int64_t side, std::int64_t least) {
    constexpr double kHair = 1e-6;
    const double exact = scale * static_cast<double>(side) + kHair;
    return std::max(least, static_cast<std::int64_t>(exact));
  };
  return middle_of(resized(image, scaled(image.height, height), scaled(image.width, width)), height,
                   width);
}

void ImageSource::fetch(std::int64_t index, std::uint8_t* planes) const {
  GCOMPRESS_CHECK(index >= 0 && index < size());
  const auto place = static_cast<std::size_t>(index);
  if (cache_->get(place, planes)) return;
  write_planes(decode(files_[place].file), options_.channels, planes);
  cache_->put(place, planes);
}

// Threads take images one after the other; of several failures the one of the first image is
// thrown, so that errors do not depend on timing.
void ImageSource::fetch_all(std::span<const std::int64_t> indices, std::uint8_t* planes) const {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::size_t failed = indices.size();
  std::exception_ptr failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < indices.size(); i = next++) {
      try {
        fetch(indices[i], planes + i * image_bytes_);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (i < failed) failure = std::current_exception();
        failed = std::min(failed, i);
      }
    }
  };
  const std::size_t machine = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t wanted =
      options_.threads > 0 ? static_cast<std::size_t>(options_.threads) : machine;
  const std::size_t threads = std::min(wanted, indices.size() / kImagesAThread + 1);
  std::vector<std::thread> helpers;
  for (std::size_t i = 1; i < threads; ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
  if (failure) std::rethrow_exception(failure);
}

Tensor ImageSource::labels_of(std::span<const std::int64_t> indices) const {
  std::vector<std::int64_t> labels;
  labels.reserve(indices.size());
  for (const std::int64_t index : indices) {
    labels.push_back(files_[static_cast<std::size_t>(index)].label);
  }
  return Tensor::from({static_cast<std::int64_t>(indices.size())}, std::move(labels));
}

Tensor ImageSource::read(std::size_t column, std::span<const std::int64_t> indices) const {
  if (column == 1) return labels_of(indices);
  Shape shape = inputs_.front().shape;
  shape.insert(shape.begin(), static_cast<std::int64_t>(indices.size()));
  std::vector<std::uint8_t> planes(indices.size() * image_bytes_);
  fetch_all(indices, planes.data());
  return Tensor::from(std::move(shape), std::move(planes));
}

}  // namespace

std::shared_ptr<const Source> image_source(std::vector<ImageFile> files,
                                           const ImageSourceOptions& options) {
  return std::make_shared<ImageSource>(std::move(files), options);
}

}  // namespace gcompress::data
