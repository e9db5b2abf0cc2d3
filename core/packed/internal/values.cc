// The values of the elements that are written.
#include "gcompress/core/packed/internal/values.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "gcompress/core/base/error.h"
#include "gcompress/core/packed/internal/bit_fields.h"
#include "gcompress/core/packed/internal/byte_stream.h"
#include "gcompress/core/packed/internal/elements.h"
#include "gcompress/core/packed/internal/models.h"

namespace gcompress::packed::internal {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;

[[noreturn]] void throw_damaged() {
  throw_input("its section is damaged: its values do not fit its codebook");
}

// Bits that number so many values.
int index_bits(std::size_t values) {
  return values < 2 ? 0 : static_cast<int>(std::bit_width(values - 1));
}

class PlanesReader : public ValueReader {
 public:
  PlanesReader(std::span<const std::span<const std::byte>> parts, const ElementKind& kind)
      : width_(kind.width) {
    for (const auto& part : parts) planes_.emplace_back(part);
  }
  void next(std::span<const std::uint32_t> written, std::byte* group) override {
    values_.resize(written.size());
    for (std::size_t plane = 0; plane < width_; ++plane) {
      planes_[plane].read(values_);
      for (std::size_t i = 0; i < written.size(); ++i) {
        group[written[i] * width_ + plane] = values_[i];
      }
    }
  }
  void finish() override {
    for (Decompressor& plane : planes_) plane.finish();
  }

 private:
  std::size_t width_;
  std::vector<Decompressor> planes_;
  std::vector<std::byte> values_;
};

class RawReader : public ValueReader {
 public:
  RawReader(std::span<const std::byte> part, std::size_t width) : reader_(part), width_(width) {}
  void next(std::span<const std::uint32_t> written, std::byte* group) override {
    const auto values = reader_.raw(written.size() * width_);
    for (std::size_t i = 0; i < written.size(); ++i) {
      std::memcpy(group + written[i] * width_, values.data() + i * width_, width_);
    }
  }
  void finish() override {
    if (reader_.left() != 0) throw_damaged();
  }

 private:
  ByteReader reader_;
  std::size_t width_;
};

// Index comes from a function object, so that the loop is compiled for each way.
template <typename Indices>
class SharedReader : public ValueReader {
 public:
  SharedReader(std::span<const std::byte> codebook, std::size_t width, Indices indices)
      : codebook_(codebook),
        width_(width),
        values_(codebook.size() / width),
        indices_(std::move(indices)) {}
  void next(std::span<const std::uint32_t> written, std::byte* group) override {
    for (const std::uint32_t place : written) {
      const std::uint32_t index = indices_.next();
      if (index >= values_) throw_damaged();
      std::memcpy(group + place * width_, codebook_.data() + index * width_, width_);
    }
  }
  void finish() override { indices_.finish(); }

 private:
  std::span<const std::byte> codebook_;
  std::size_t width_;
  std::size_t values_;
  Indices indices_;
};

class CodedIndices {
 public:
  CodedIndices(int bits, std::span<const std::byte> part) : model_(bits), decoder_(part) {}
  std::uint32_t next() { return model_.decode(decoder_); }
  void finish() const { decoder_.finish(); }

 private:
  SymbolModel model_;
  RangeDecoder decoder_;
};

}  // namespace

void write_plane(const Bytes& bytes, const ElementKind& kind, Coding coding, std::size_t plane,
                 const Sink& sink) {
  Compressor compressor(kind.content, sink);
  std::vector<std::byte> values;
  for_each_group(bytes, kind.width, [&](const std::byte* elements, std::size_t count) {
    values.clear();
    for (std::size_t i = 0; i < count; ++i) {
      const std::byte* element = elements + i * kind.width;
      if (coding == Coding::kDense || is_written(element, kind.width, kind.floating)) {
        values.push_back(element[plane]);
      }
    }
    compressor.write(values);
  });
  compressor.finish();
}

void write_raw(const Bytes& bytes, const ElementKind& kind, const Sink& sink) {
  std::vector<std::byte> buffer;
  for_each_written(bytes, kind, [&](const std::byte* element) {
    buffer.insert(buffer.end(), element, element + kind.width);
    if (buffer.size() < kBufferBytes) return;
    sink(buffer);
    buffer.clear();
  });
  if (!buffer.empty()) sink(buffer);
}

void write_codebook(const Statistics& statistics, const ElementKind& kind, const Sink& sink) {
  for (const std::uint64_t value : statistics.values) {
    sink(std::as_bytes(std::span(&value, 1)).first(kind.width));
  }
}

void write_indices(const Bytes& bytes, const ElementKind& kind, const Statistics& statistics,
                   Way way, const Sink& sink) {
  const int bits = index_bits(statistics.values.size());
  const auto for_each_index = [&](auto&& visit) {
    for_each_written(bytes, kind, [&](const std::byte* element) {
      const auto found =
          std::ranges::lower_bound(statistics.values, bits_of_element(element, kind.width));
      visit(static_cast<std::uint32_t>(found - statistics.values.begin()));
    });
  };
  if (way == Way::kCoded) {
    SymbolModel model(bits);
    RangeEncoder encoder(sink);
    for_each_index([&](std::uint32_t index) { model.encode(index, encoder); });
    encoder.finish();
  } else {
    BitFieldWriter fields(bits, sink);
    for_each_index([&](std::uint32_t index) { fields.put(index); });
    fields.finish();
  }
}

std::unique_ptr<ValueReader> read_planes(std::span<const std::span<const std::byte>> parts,
                                         const ElementKind& kind) {
  return std::make_unique<PlanesReader>(parts, kind);
}

std::unique_ptr<ValueReader> read_raw(std::span<const std::byte> part, const ElementKind& kind) {
  return std::make_unique<RawReader>(part, kind.width);
}

std::unique_ptr<ValueReader> read_shared(std::span<const std::byte> codebook,
                                         std::span<const std::byte> indices,
                                         const ElementKind& kind, Way way) {
  const std::size_t values = codebook.size() / kind.width;
  if (codebook.size() % kind.width != 0 || values > kMostShared) throw_damaged();
  const int bits = index_bits(values);
  if (way == Way::kCoded) {
    return std::make_unique<SharedReader<CodedIndices>>(codebook, kind.width,
                                                        CodedIndices(bits, indices));
  }
  return std::make_unique<SharedReader<BitFieldReader>>(codebook, kind.width,
                                                        BitFieldReader(bits, indices));
}

}  // namespace gcompress::packed::internal
