// The signs of floating zeros.
#include "gcompress/core/packed/internal/zero_signs.h"

#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/packed/internal/byte_stream.h"
#include "gcompress/core/packed/internal/elements.h"
#include "gcompress/core/packed/internal/range_coder.h"

namespace gcompress::packed::internal {
namespace {

// A bitmap for each group, lowest bit first.
template <typename Write>
void for_each_bitmap(const Bytes& bytes, std::size_t width, Write&& write) {
  std::vector<std::byte> bitmap;
  for_each_group(bytes, width, [&](const std::byte* elements, std::size_t count) {
    bitmap.assign((count + 7) / 8, std::byte{});
    std::size_t zeros = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::byte* element = elements + i * width;
      if (is_written(element, width, true)) continue;
      if (element[width - 1] == kSign) bitmap[zeros / 8] |= std::byte{1} << (zeros % 8);
      ++zeros;
    }
    write(std::span<const std::byte>(bitmap).first((zeros + 7) / 8));
  });
}

// Range-coded, all with one chance.
class CodedBitmap : public BitmapSource {
 public:
  explicit CodedBitmap(std::span<const std::byte> bytes) : decoder_(bytes) {}
  void read(std::span<std::byte> bitmap) override {
    for (std::byte& byte : bitmap) {
      byte = std::byte{};
      for (int bit = 0; bit < 8; ++bit) {
        if (decoder_.decode(model_)) byte |= std::byte{1} << bit;
      }
    }
  }
  void finish() override { decoder_.finish(); }

 private:
  RangeDecoder decoder_;
  AdaptiveBit model_;
};

void write_coded(std::span<const std::byte> bitmap, AdaptiveBit& model, RangeEncoder& encoder) {
  for (const std::byte byte : bitmap) {
    for (int bit = 0; bit < 8; ++bit) {
      encoder.encode((byte >> bit & std::byte{1}) != std::byte{}, model);
    }
  }
}

class SignedZeros : public PositionReader {
 public:
  SignedZeros(std::unique_ptr<PositionReader> positions, std::unique_ptr<BitmapSource> signs,
              std::size_t width)
      : positions_(std::move(positions)), signs_(std::move(signs)), width_(width) {}

  void next(std::size_t count, std::vector<std::uint32_t>& written, std::byte* group) override {
    positions_->next(count, written, group);
    bitmap_.resize((count - written.size() + 7) / 8);
    signs_->read(bitmap_);
    std::size_t zeros = 0;
    std::size_t passed = 0;  // of the written ones
    for (std::size_t i = 0; i < count; ++i) {
      if (passed < written.size() && written[passed] == i) {
        ++passed;
        continue;
      }
      if ((bitmap_[zeros / 8] >> (zeros % 8) & std::byte{1}) != std::byte{}) {
        group[i * width_ + width_ - 1] = kSign;
      }
      ++zeros;
    }
  }

  void finish() override {
    positions_->finish();
    signs_->finish();
  }

 private:
  std::unique_ptr<PositionReader> positions_;
  std::unique_ptr<BitmapSource> signs_;
  std::size_t width_;
  std::vector<std::byte> bitmap_;
};

}  // namespace

std::string write_zero_signs(const Bytes& bytes, const ElementKind& kind, Way way) {
  const bool coded = way == Way::kCoded;
  std::string signs{static_cast<char>(coded ? PositionForm::kCoded : PositionForm::kBitmap)};
  const Sink sink = append_to(signs);
  if (!coded) {
    for_each_bitmap(bytes, kind.width, sink);
    return signs;
  }
  RangeEncoder encoder(sink);
  AdaptiveBit model;
  for_each_bitmap(bytes, kind.width, [&](auto bitmap) { write_coded(bitmap, model, encoder); });
  encoder.finish();
  return signs;
}

std::unique_ptr<PositionReader> with_zero_signs(std::unique_ptr<PositionReader> positions,
                                                std::span<const std::byte> signs,
                                                const ElementKind& kind) {
  ByteReader reader(signs);
  const auto form = static_cast<PositionForm>(reader.byte());
  const auto rest = signs.subspan(1);
  std::unique_ptr<BitmapSource> source;
  if (form == PositionForm::kCoded) {
    source = std::make_unique<CodedBitmap>(rest);
  } else {
    source = bitmap_source(form, rest);
  }
  return std::make_unique<SignedZeros>(std::move(positions), std::move(source), kind.width);
}

}  // namespace gcompress::packed::internal
