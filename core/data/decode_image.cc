// JPEG by libjpeg-turbo, PNG by libspng.
#include <spng.h>
#include <turbojpeg.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "gcompress/core/base/error.h"
#include "gcompress/core/data/pixels.h"

namespace gcompress::data {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 27;
constexpr std::uint32_t kMostSide = 1U << 16;
constexpr std::size_t kMostChunkBytes = 64U << 20U;

struct CloseJpeg {
  void operator()(void* decoder) const { tjDestroy(decoder); }
};
struct ClosePng {
  void operator()(spng_ctx* decoder) const { spng_ctx_free(decoder); }
};

void require_size(std::int64_t height, std::int64_t width) {
  if (height >= 1 && width >= 1 && height * width <= kMostPixels) return;
  throw_input("is an image of " + std::to_string(width) + " x " + std::to_string(height) +
              " pixels, which is too large");
}

// A failed decoder keeps parts of the bad file's state, which the next file would stumble over.
[[noreturn]] void fail_jpeg(std::unique_ptr<void, CloseJpeg>& decoder) {
  const std::string problem = tjGetErrorStr2(decoder.get());
  decoder.reset();
  throw_input("is a damaged JPEG: " + problem);
}

Pixels decode_jpeg(std::span<const std::byte> bytes) {
  // One decoder a thread: setting one up costs as much as decoding a small image.
  thread_local std::unique_ptr<void, CloseJpeg> decoder;
  if (decoder == nullptr) decoder.reset(tjInitDecompress());
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto size = static_cast<unsigned long>(bytes.size());
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colours = 0;
  if (tjDecompressHeader3(decoder.get(), data, size, &width, &height, &subsampling, &colours) !=
      0) {
    fail_jpeg(decoder);
  }
  require_size(height, width);
  if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
    throw_input("is a JPEG in CMYK colours", {}, "convert it to RGB");
  }
  Pixels image = {.height = height, .width = width, .rgb = {}};
  image.rgb.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  if (tjDecompress2(decoder.get(), data, size, image.rgb.data(), width, 0, height, TJPF_RGB,
                    TJFLAG_LIMITSCANS) != 0) {
    fail_jpeg(decoder);
  }
  return image;
}

void check_png(int status) {
  if (status != SPNG_OK) throw_input(std::string("is a damaged PNG: ") + spng_strerror(status));
}

Pixels decode_png(std::span<const std::byte> bytes) {
  const std::unique_ptr<spng_ctx, ClosePng> decoder(spng_ctx_new(0));
  if (decoder == nullptr) throw_input("cannot be decoded: no memory");
  check_png(spng_set_image_limits(decoder.get(), kMostSide, kMostSide));
  check_png(spng_set_chunk_limits(decoder.get(), kMostChunkBytes, kMostChunkBytes));
  check_png(spng_set_png_buffer(decoder.get(), bytes.data(), bytes.size()));
  spng_ihdr header{};
  check_png(spng_get_ihdr(decoder.get(), &header));
  require_size(header.height, header.width);
  std::size_t size = 0;
  check_png(spng_decoded_image_size(decoder.get(), SPNG_FMT_RGB8, &size));
  Pixels image = {.height = header.height, .width = header.width, .rgb = {}};
  image.rgb.resize(size);
  check_png(spng_decode_image(decoder.get(), image.rgb.data(), size, SPNG_FMT_RGB8, 0));
  check_png(spng_decode_chunks(decoder.get()));  // to the end, so that a cut file is noticed
  return image;
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Read, not mapped: small files cost less this way, and nobody can cut them under our hands.
std::vector<std::byte> read_file(const std::filesystem::path& file) {
  const std::unique_ptr<std::FILE, CloseFile> stream(std::fopen(file.c_str(), "rbe"));
  if (stream == nullptr) throw_input("cannot be opened");
  std::setvbuf(stream.get(), nullptr, _IONBF, 0);
  std::vector<std::byte> bytes(std::size_t{1} << 14U);
  std::size_t done = 0;
  while (true) {
    done += std::fread(bytes.data() + done, 1, bytes.size() - done, stream.get());
    if (done < bytes.size()) break;
    bytes.resize(bytes.size() * 4);
  }
  if (std::ferror(stream.get()) != 0) throw_input("cannot be read");
  bytes.resize(done);
  return bytes;
}

}  // namespace

Pixels decode_image(std::span<const std::byte> bytes) {
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (start.starts_with("\xFF\xD8")) return decode_jpeg(bytes);
  if (start.starts_with("\x89PNG\r\n\x1A\n")) return decode_png(bytes);
  throw_input("is neither a JPEG nor a PNG");
}

Pixels read_image(const std::filesystem::path& file) {
  try {
    return decode_image(read_file(file));
  } catch (const Error& error) {
    throw error.in_file(file.string());
  }
}

}  // namespace gcompress::data
