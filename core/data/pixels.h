// Images as bytes: decoding JPEG and PNG, resizing, cutting out the middle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace gcompress::data {

// Rows of pixels, red, green and blue beside each other: [height, width, 3].
struct Pixels {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<std::uint8_t> rgb;
};

// Decodes a JPEG (libjpeg-turbo, smooth chroma upsampling) or a PNG (8 bits a channel, transparency
// dropped), told apart by their first bytes. Images of more than 2^27 pixels are refused before
// anything is allocated. Throws Error(kInput) without a file name: damaged, too large, another
// format.
Pixels decode_image(std::span<const std::byte> bytes);

// The same for a file; errors name it. Thread-safe.
Pixels read_image(const std::filesystem::path& file);

// Resizes with a triangle filter as wide as the shrinking asks for (Pillow's BILINEAR): every
// source pixel counts, so that shrinking does not alias. Sizes are at least 1.
Pixels resized(const Pixels& image, std::int64_t height, std::int64_t width);

// The middle of an image, rounded as torchvision's CenterCrop; sizes at most the image's.
Pixels middle_of(const Pixels& image, std::int64_t height, std::int64_t width);

// Writes channels one after another: [3, height, width], or [1, height, width] of luma
// (0.299 R + 0.587 G + 0.114 B, rounded).
void write_planes(const Pixels& image, std::int64_t channels, std::uint8_t* planes);

}  // namespace gcompress::data
