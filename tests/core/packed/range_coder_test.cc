// The range coder and its models: what is written comes back, near the entropy, and any bytes can
// be decoded.
#include "gcompress/core/packed/internal/range_coder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/random.h"
#include "gcompress/core/packed/internal/bit_fields.h"
#include "gcompress/core/packed/internal/models.h"
#include "gcompress/core/packed/internal/statistics.h"

namespace gcompress::packed::internal {
namespace {

class Written {
 public:
  Sink sink() {
    return [this](std::span<const std::byte> bytes) {
      bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    };
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

std::vector<bool> random_bits(std::size_t count, float share, std::uint64_t seed) {
  RandomStream random(seed, "range coder test");
  std::vector<bool> bits(count);
  for (std::size_t i = 0; i < count; ++i) bits[i] = random.uniform() < share;
  return bits;
}

TEST(RangeCoder, BitsComeBackNearTheirEntropy) {
  for (const float share : {0.0F, 0.001F, 0.1F, 0.5F, 0.97F, 1.0F}) {
    for (const std::size_t count : {0U, 1U, 7U, 100U, 200'000U}) {
      const std::vector<bool> bits = random_bits(count, share, count);
      Written written;
      RangeEncoder encoder(written.sink());
      AdaptiveBit model;
      for (const bool bit : bits) encoder.encode(bit, model);
      encoder.finish();
      RangeDecoder decoder(written.bytes());
      AdaptiveBit same;
      for (const bool bit : bits) ASSERT_EQ(decoder.decode(same), bit) << share << " " << count;
      EXPECT_NO_THROW(decoder.finish());
      const auto ones = static_cast<std::size_t>(std::ranges::count(bits, true));
      EXPECT_LE(static_cast<double>(written.bytes().size()),
                1.02 * entropy_of_positions(count, ones) + 20);
    }
  }
}

// Bits that come as unlikely as can be make the range small and carries long.
TEST(RangeCoder, UnlikelyBitsAndCarriesComeBack) {
  RandomStream random(3, "unlikely");
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::vector<bool> bits(500);
    bool often = false;
    for (std::size_t i = 0; i < bits.size(); ++i) {
      if (random.uniform() < 0.02F) often = !often;
      bits[i] = often;
    }
    Written written;
    RangeEncoder encoder(written.sink());
    std::vector<AdaptiveBit> models(3);
    for (std::size_t i = 0; i < bits.size(); ++i) encoder.encode(bits[i], models[i % 3]);
    encoder.finish();
    RangeDecoder decoder(written.bytes());
    std::vector<AdaptiveBit> same(3);
    for (std::size_t i = 0; i < bits.size(); ++i) {
      ASSERT_EQ(decoder.decode(same[i % 3]), bits[i]) << repeat << " " << i;
    }
  }
}

TEST(RangeCoder, BytesLeftOverAreRefused) {
  const std::vector<std::byte> bytes(100, std::byte{7});
  RangeDecoder decoder(bytes);
  AdaptiveBit model;
  decoder.decode(model);
  EXPECT_THROW(decoder.finish(), Error);
}

// Golden bytes: other machines and later versions must write and read the same.
TEST(RangeCoder, WritesTheseBytes) {
  Written written;
  RangeEncoder encoder(written.sink());
  AdaptiveBit model;
  for (int i = 0; i < 64; ++i) encoder.encode(i % 5 == 0, model);
  SymbolModel symbols(3);
  for (std::uint32_t i = 0; i < 16; ++i) symbols.encode(i * i % 8, encoder);
  encoder.finish();
  std::string hex;
  for (const std::byte byte : written.bytes()) {
    constexpr const char* kDigits = "0123456789abcdef";
    hex += kDigits[std::to_integer<int>(byte) / 16];
    hex += kDigits[std::to_integer<int>(byte) % 16];
  }
  EXPECT_EQ(hex, "7bedee5f99747adc55dfee");
}

TEST(SymbolModel, SymbolsComeBackNearTheirEntropy) {
  RandomStream random(1, "symbols");
  std::vector<std::uint32_t> symbols(50'000);
  std::vector<double> counts(32);
  for (std::uint32_t& symbol : symbols) {
    symbol = static_cast<std::uint32_t>(std::min(31.0F, std::abs(8 * random.normal())));
    ++counts[symbol];
  }
  double bits = 0;
  for (const double count : counts) {
    if (count > 0) bits -= count * std::log2(count / static_cast<double>(symbols.size()));
  }
  Written written;
  RangeEncoder encoder(written.sink());
  SymbolModel model(5);
  for (const std::uint32_t symbol : symbols) model.encode(symbol, encoder);
  encoder.finish();
  EXPECT_LT(static_cast<double>(written.bytes().size()), 1.01 * bits / 8 + 20);
  RangeDecoder decoder(written.bytes());
  SymbolModel same(5);
  for (const std::uint32_t symbol : symbols) ASSERT_EQ(same.decode(decoder), symbol);
}

TEST(PositionModel, KnowsRowsAndColumns) {
  // Every eighth column keeps half of its weights, the others one in a hundred.
  RandomStream random(2, "positions");
  const std::size_t rows = 300;
  const std::size_t columns = 200;
  std::vector<bool> bits(rows * columns);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    bits[i] = random.uniform() < (i % columns % 8 == 0 ? 0.5F : 0.01F);
    kept += bits[i] ? 1 : 0;
  }
  Written written;
  RangeEncoder encoder(written.sink());
  PositionModel model(bits.size(), kept, columns);
  for (const bool bit : bits) {
    encoder.encode(bit, model.bit());
    model.update(bit);
  }
  encoder.finish();
  EXPECT_LT(static_cast<double>(written.bytes().size()),
            0.6 * entropy_of_positions(bits.size(), kept));
}

TEST(BitFields, ComeBackAndEndWhereTheyEnd) {
  for (const int bits : {0, 1, 5, 8, 13, 31}) {
    Written written;
    BitFieldWriter writer(bits, written.sink());
    const std::uint32_t mask = (std::uint32_t{1} << bits) - 1;
    for (std::uint32_t i = 0; i < 100; ++i) writer.put((i * 2654435761U) & mask);
    writer.finish();
    EXPECT_EQ(written.bytes().size(), static_cast<std::size_t>((100 * bits + 7) / 8));
    BitFieldReader reader(bits, written.bytes());
    for (std::uint32_t i = 0; i < 100; ++i) ASSERT_EQ(reader.next(), (i * 2654435761U) & mask);
    EXPECT_NO_THROW(reader.finish());
    if (bits < 8) continue;
    EXPECT_THROW(reader.next(), Error);
    BitFieldReader early(bits, written.bytes());
    EXPECT_THROW(early.finish(), Error);
  }
}

}  // namespace
}  // namespace gcompress::packed::internal
