// Reading IDX by zlib, which passes files through that are not gzipped.
#include "gcompress/core/data/idx.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace gcompress::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kUnsignedBytes = 0x08;
constexpr std::uint32_t kMostDimensions = 8;
// Deflate turns one byte into 1,032 at best.
constexpr std::uint64_t kMostDeflation = 1032;

class GzipFile {
 public:
  explicit GzipFile(const fs::path& file) : name_(file.string()) {
    std::error_code problem;
    const bool regular = fs::is_regular_file(file, problem);
    if (!regular) throw_input("is not there, or not a regular file", place());
    file_ = gzopen(file.c_str(), "rb");
    if (file_ == nullptr) throw_input("cannot be opened", place());
    gzbuffer(file_, 1U << 17U);
    packed_size_ = fs::file_size(file);
  }
  ~GzipFile() { gzclose_r(file_); }
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;

  ErrorPlace place() const { return {.file = name_, .node = {}, .value = {}}; }
  // An upper bound of what the file can hold unpacked.
  std::uint64_t most_bytes() const {
    return gzdirect(file_) != 0 ? packed_size_ : packed_size_ * kMostDeflation;
  }

  // Reads as many bytes as there are, at most all of `bytes`; damage throws.
  std::size_t read(std::span<std::uint8_t> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto wanted =
          static_cast<unsigned>(std::min<std::size_t>(bytes.size() - done, 1U << 30U));
      const int got = gzread(file_, bytes.data() + done, wanted);
      if (got < 0) throw_input(std::string("is damaged: ") + problem(), place());
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    // A cut gzip stream reads as its end, with the truth only in the error number.
    if (done < bytes.size()) {
      int number = Z_OK;
      gzerror(file_, &number);
      if (number != Z_OK && number != Z_STREAM_END) {
        throw_input(std::string("is damaged: ") + problem(), place());
      }
    }
    return done;
  }

 private:
  std::string problem() const {
    int number = 0;
    const char* text = gzerror(file_, &number);
    return text == nullptr || *text == 0 ? "error " + std::to_string(number) : text;
  }

  std::string name_;
  gzFile file_ = nullptr;
  std::uint64_t packed_size_ = 0;
};

std::uint32_t read_number(GzipFile& file) {
  std::array<std::uint8_t, 4> bytes{};
  if (file.read(bytes) != bytes.size()) throw_input("ends inside its IDX header", file.place());
  return (static_cast<std::uint32_t>(bytes[0]) << 24U) |
         (static_cast<std::uint32_t>(bytes[1]) << 16U) |
         (static_cast<std::uint32_t>(bytes[2]) << 8U) | bytes[3];
}

Shape read_shape(GzipFile& file) {
  const std::uint32_t magic = read_number(file);
  const std::uint32_t dimensions = magic & 0xFFU;
  if (magic >> 8U != kUnsignedBytes || dimensions < 1 || dimensions > kMostDimensions) {
    char text[16];
    std::snprintf(text, sizeof(text), "0x%08x", magic);
    throw_input(std::string("starts with ") + text + ", not with the magic number of an IDX file",
                file.place(), "unsigned bytes are 0x00000801 (labels) or 0x00000803 (images)");
  }
  Shape shape;
  for (std::uint32_t i = 0; i < dimensions; ++i) shape.push_back(read_number(file));
  return shape;
}

}  // namespace

Tensor read_idx(const fs::path& path) {
  GzipFile file(path);
  Shape shape = read_shape(file);
  const auto count = static_cast<std::uint64_t>(element_count(shape));
  if (count > file.most_bytes()) {
    throw_input("claims " + std::to_string(count) + " bytes of shape " + to_string(shape) +
                    ", more than the file can hold",
                file.place());
  }
  std::vector<std::uint8_t> bytes(count);
  const std::size_t got = file.read(bytes);
  if (got != count) {
    throw_input("is cut short: its header says " + to_string(shape) + ", " + std::to_string(count) +
                    " bytes, but only " + std::to_string(got) + " follow",
                file.place());
  }
  // Reading on to the end also checks the checksum of a gzipped file.
  std::array<std::uint8_t, 1> more{};
  if (file.read(more) != 0) {
    throw_input(
        "goes on after the " + std::to_string(count) + " bytes of its header " + to_string(shape),
        file.place());
  }
  return Tensor::from(std::move(shape), std::move(bytes));
}

}  // namespace gcompress::data
