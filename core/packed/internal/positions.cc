// Which elements are written: the forms, one after another, each with its reader.
#include "gcompress/core/packed/internal/positions.h"

#include <algorithm>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/packed/internal/bit_fields.h"
#include "gcompress/core/packed/internal/byte_stream.h"
#include "gcompress/core/packed/internal/elements.h"
#include "gcompress/core/packed/internal/models.h"
#include "gcompress/core/packed/internal/zero_signs.h"

namespace gcompress::packed::internal {
namespace {

constexpr int kMostGapBits = 16;

[[noreturn]] void throw_damaged() {
  throw_input("its section is damaged: positions that are not in the tensor");
}

std::string beginning(PositionForm form) { return {static_cast<char>(form)}; }

// --- Bitmaps: bits of a group of elements, lowest first, filled to a byte.
template <typename Write>
void for_each_bitmap(const Bytes& bytes, const ElementKind& kind, Write&& write) {
  const std::size_t width = kind.width;
  std::vector<std::byte> bitmap;
  for_each_group(bytes, width, [&](const std::byte* elements, std::size_t count) {
    bitmap.assign((count + 7) / 8, std::byte{});
    for (std::size_t i = 0; i < count; ++i) {
      if (is_written(elements + i * width, width, kind.floating))
        bitmap[i / 8] |= std::byte{1} << (i % 8);
    }
    write(bitmap);
  });
}

std::string write_zstd_bitmap(const Bytes& bytes, const ElementKind& kind) {
  std::string part = beginning(PositionForm::kZstdBitmap);
  Compressor compressor(kind.content, append_to(part));
  for_each_bitmap(bytes, kind, [&](const auto& bitmap) { compressor.write(bitmap); });
  compressor.finish();
  return part;
}

std::string write_bitmap(const Bytes& bytes, const ElementKind& kind) {
  std::string part = beginning(PositionForm::kBitmap);
  for_each_bitmap(bytes, kind, append_to(part));
  return part;
}

void places_of(std::span<const std::byte> bitmap, std::size_t count,
               std::vector<std::uint32_t>& written) {
  for (std::size_t i = 0; i < count; ++i) {
    if ((bitmap[i / 8] >> (i % 8) & std::byte{1}) != std::byte{}) {
      written.push_back(static_cast<std::uint32_t>(i));
    }
  }
}

class ZstdBitmap : public BitmapSource {
 public:
  explicit ZstdBitmap(std::span<const std::byte> bytes) : zstd_(bytes) {}
  void read(std::span<std::byte> bitmap) override { zstd_.read(bitmap); }
  void finish() override { zstd_.finish(); }

 private:
  Decompressor zstd_;
};

class RawBitmap : public BitmapSource {
 public:
  explicit RawBitmap(std::span<const std::byte> bytes) : reader_(bytes) {}
  void read(std::span<std::byte> bitmap) override {
    std::ranges::copy(reader_.raw(bitmap.size()), bitmap.begin());
  }
  void finish() override {
    if (reader_.left() != 0) throw_damaged();
  }

 private:
  ByteReader reader_;
};

class BitmapReader : public PositionReader {
 public:
  explicit BitmapReader(std::unique_ptr<BitmapSource> source) : source_(std::move(source)) {}
  void next(std::size_t count, std::vector<std::uint32_t>& written, std::byte*) override {
    bitmap_.resize((count + 7) / 8);
    source_->read(bitmap_);
    places_of(bitmap_, count, written);
  }
  void finish() override { source_->finish(); }

 private:
  std::unique_ptr<BitmapSource> source_;
  std::vector<std::byte> bitmap_;
};

class AllReader : public PositionReader {
 public:
  explicit AllReader(std::span<const std::byte> part) {
    if (!part.empty()) throw_damaged();
  }
  void next(std::size_t count, std::vector<std::uint32_t>& written, std::byte*) override {
    for (std::size_t i = 0; i < count; ++i) written.push_back(static_cast<std::uint32_t>(i));
  }
  void finish() override {}
};

// --- Range-coded: varint of the written elements, then a bit for each.
std::string write_coded(const Bytes& bytes, const ElementKind& kind, std::size_t written) {
  ByteWriter head;
  head.varint(written);
  std::string part = beginning(PositionForm::kCoded) + head.bytes();
  RangeEncoder encoder(append_to(part));
  PositionModel model(bytes.size() / kind.width, written, kind.row);
  for_each_group(bytes, kind.width, [&](const std::byte* elements, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const bool is = is_written(elements + i * kind.width, kind.width, kind.floating);
      encoder.encode(is, model.bit());
      model.update(is);
    }
  });
  encoder.finish();
  return part;
}

class CodedReader : public PositionReader {
 public:
  CodedReader(ByteReader part, const ElementKind& kind, std::size_t elements)
      : left_(part.varint()),
        model_(elements, std::min<std::uint64_t>(left_, elements), kind.row),
        decoder_(part.raw(part.left())) {}
  void next(std::size_t count, std::vector<std::uint32_t>& written, std::byte*) override {
    const std::size_t before = written.size();
    for (std::size_t i = 0; i < count; ++i) {
      const bool is = decoder_.decode(model_.bit());
      model_.update(is);
      if (is) written.push_back(static_cast<std::uint32_t>(i));
    }
    const std::size_t found = written.size() - before;
    if (found > left_) throw_damaged();
    left_ -= found;
  }
  void finish() override {
    if (left_ != 0) throw_damaged();
    decoder_.finish();
  }

 private:
  std::uint64_t left_;
  PositionModel model_;
  RangeDecoder decoder_;
};

// --- Gaps: varint of the written elements, byte bits, then fields of so many bits. A field below
// 2^bits - 1 skips so many elements and finds a written one; that number only skips.
template <typename Visit>
void for_each_gap(const Bytes& bytes, const ElementKind& kind, Visit&& visit) {
  const std::size_t width = kind.width;
  std::uint64_t gap = 0;
  for_each_group(bytes, width, [&](const std::byte* elements, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (is_written(elements + i * width, width, kind.floating)) {
        visit(gap);
        gap = 0;
      } else {
        ++gap;
      }
    }
  });
}

std::uint32_t skip_of(int bits) { return (std::uint32_t{1} << bits) - 1; }

int best_gap_bits(const Bytes& bytes, const ElementKind& kind) {
  constexpr std::size_t kLongest = std::size_t{1} << 16;  // longer ones count as this
  std::vector<std::size_t> counts(kLongest + 1);
  for_each_gap(bytes, kind,
               [&](std::uint64_t gap) { ++counts[std::min<std::uint64_t>(gap, kLongest)]; });
  int best = 1;
  std::size_t least = ~std::size_t{0};
  for (int bits = 1; bits <= kMostGapBits; ++bits) {
    std::size_t fields = 0;
    for (std::size_t gap = 0; gap <= kLongest; ++gap)
      fields += counts[gap] * (gap / skip_of(bits) + 1);
    if (fields * static_cast<std::size_t>(bits) >= least) continue;
    least = fields * static_cast<std::size_t>(bits);
    best = bits;
  }
  return best;
}

std::string write_gaps(const Bytes& bytes, const ElementKind& kind, std::size_t written) {
  const int bits = best_gap_bits(bytes, kind);
  ByteWriter head;
  head.varint(written);
  head.byte(static_cast<std::uint8_t>(bits));
  std::string part = beginning(PositionForm::kGaps) + head.bytes();
  BitFieldWriter fields(bits, append_to(part));
  const std::uint32_t skip = skip_of(bits);
  for_each_gap(bytes, kind, [&](std::uint64_t gap) {
    for (; gap >= skip; gap -= skip) fields.put(skip);
    fields.put(static_cast<std::uint32_t>(gap));
  });
  fields.finish();
  return part;
}

class GapsReader : public PositionReader {
 public:
  GapsReader(ByteReader part, std::size_t elements)
      : left_(part.varint()),
        bits_(bits_of(part)),
        elements_(elements),
        fields_(bits_, part.raw(part.left())) {
    advance();
  }
  void next(std::size_t count, std::vector<std::uint32_t>& written, std::byte*) override {
    const std::uint64_t end = begin_ + count;
    for (; found_ && place_ < end; ++place_, advance()) {
      written.push_back(static_cast<std::uint32_t>(place_ - begin_));
    }
    begin_ = end;
  }
  void finish() override {
    if (found_) throw_damaged();
    fields_.finish();
  }

 private:
  static int bits_of(ByteReader& part) {
    const int bits = part.byte();
    if (bits < 1 || bits > kMostGapBits) throw_damaged();
    return bits;
  }
  // From place_ to the next written element, if there is one.
  void advance() {
    found_ = left_ > 0;
    if (!found_) return;
    --left_;
    for (const std::uint32_t skip = skip_of(bits_);;) {
      const std::uint32_t gap = fields_.next();
      place_ += gap;
      if (place_ >= elements_) throw_damaged();
      if (gap < skip) return;
    }
  }

  std::uint64_t left_;
  int bits_;
  std::uint64_t elements_;
  BitFieldReader fields_;
  std::uint64_t begin_ = 0;  // of the next group
  std::uint64_t place_ = 0;
  bool found_ = false;
};

std::string write_written(const Bytes& bytes, const ElementKind& kind, std::size_t written,
                          Way way) {
  if (written == bytes.size() / kind.width) return beginning(PositionForm::kAll);
  const bool coded = way == Way::kCoded;
  std::string part = coded ? write_coded(bytes, kind, written) : write_gaps(bytes, kind, written);
  std::string bitmap = coded ? write_zstd_bitmap(bytes, kind) : write_bitmap(bytes, kind);
  return bitmap.size() < part.size() ? bitmap : part;
}

}  // namespace

Sink append_to(std::string& text) {
  return [&text](std::span<const std::byte> bytes) {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
}

std::unique_ptr<BitmapSource> bitmap_source(PositionForm form, std::span<const std::byte> bytes) {
  if (form == PositionForm::kZstdBitmap) return std::make_unique<ZstdBitmap>(bytes);
  if (form == PositionForm::kBitmap) return std::make_unique<RawBitmap>(bytes);
  throw_input("its section is damaged: unknown form of a bitmap");
}

std::string write_positions(const Bytes& bytes, const ElementKind& kind,
                            const Statistics& statistics, Way way) {
  std::string part = write_written(bytes, kind, statistics.not_zero, way);
  if (statistics.negative_zeros == 0) return part;
  ByteWriter size;
  size.varint(part.size());
  return beginning(PositionForm::kWithSigns) + size.bytes() + part +
         write_zero_signs(bytes, kind, way);
}

std::unique_ptr<PositionReader> read_positions(std::span<const std::byte> part,
                                               const ElementKind& kind, std::size_t elements) {
  ByteReader reader(part);
  const auto form = static_cast<PositionForm>(reader.byte());
  const auto rest = part.subspan(1);
  switch (form) {
    case PositionForm::kAll:
      return std::make_unique<AllReader>(rest);
    case PositionForm::kZstdBitmap:
    case PositionForm::kBitmap:
      return std::make_unique<BitmapReader>(bitmap_source(form, rest));
    case PositionForm::kCoded:
      return std::make_unique<CodedReader>(ByteReader(rest), kind, elements);
    case PositionForm::kGaps:
      return std::make_unique<GapsReader>(ByteReader(rest), elements);
    case PositionForm::kWithSigns: {
      const auto inner = reader.raw(reader.varint());
      const bool again = !inner.empty() && inner.front() == part.front();
      if (again || !kind.floating) throw_damaged();
      return with_zero_signs(read_positions(inner, kind, elements), reader.raw(reader.left()),
                             kind);
    }
  }
  throw_input("its section is damaged: unknown form of positions");
}

}  // namespace gcompress::packed::internal
