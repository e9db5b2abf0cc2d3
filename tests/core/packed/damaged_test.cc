// Damaged and hostile .gcz files are refused, whatever byte is wrong.
#include <cmath>
#include <set>
#include <sstream>

#include "gcompress/core/packed/internal/layout.h"
#include "gcompress/core/packed/internal/section.h"
#include "gcompress/core/packed/internal/structure.h"
#include "gcompress/core/packed/internal/tensor_codec.h"
#include "tests/core/packed/networks.h"

namespace gcompress::packed {
namespace {

using testing::as_bytes;
using testing::float_tensor;
using ::testing::HasSubstr;
using testing::network_with;
using testing::sparse_floats;

std::string refusal(const std::string& bytes) {
  try {
    read_bytes(as_bytes(bytes), "test.gcz");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput) << error.what();
    EXPECT_EQ(error.place().file, "test.gcz");
    return error.what();
  }
  ADD_FAILURE() << "the file was read";
  return {};
}

// Sparse floats, coded and plain; the same with few different values.
std::vector<std::string> small_files() {
  std::vector<float> shared = sparse_floats(300, 0.2);
  for (float& value : shared) value = value == 0 ? 0 : std::round(20 * value) + 0.5F;
  std::vector<std::string> files;
  for (const bool plain : {false, true}) {
    for (const auto& values : {sparse_floats(300, 0.2), shared}) {
      files.push_back(write_bytes(network_with(float_tensor(values)), {.plain = plain}));
    }
  }
  return files;
}

std::string small_file() { return small_files().front(); }

TEST(PackedDamaged, EveryTruncationIsRefused) {
  for (const std::string& bytes : small_files()) {
    for (std::size_t size = 0; size < bytes.size(); ++size) refusal(bytes.substr(0, size));
    refusal(bytes + '\0');
    refusal(bytes + bytes);
  }
}

TEST(PackedDamaged, EveryChangedByteIsRefused) {
  for (const std::string& bytes : small_files()) {
    for (std::size_t place = 0; place < bytes.size(); ++place) {
      for (const int change : {0x01, 0x80, 0xFF}) {
        std::string changed = bytes;
        changed[place] = static_cast<char>(changed[place] ^ change);
        refusal(changed);
      }
    }
  }
}

TEST(PackedDamaged, OtherFilesAreNamedForWhatTheyAreNot) {
  EXPECT_THAT(refusal(std::string(1000, 'x')), HasSubstr("not a .gcz file"));
  EXPECT_THAT(refusal(""), HasSubstr("not a .gcz file"));
  std::string newer = small_file();
  newer[internal::kMagic.size()] = 3;
  EXPECT_THAT(refusal(newer), HasSubstr("version 3, but only versions up to 2"));
  const gcompress::testing::Scratch scratch;
  EXPECT_THROW(read(scratch.path()), Error);
  EXPECT_THROW(read(scratch / "none.gcz"), Error);
}

TEST(PackedDamaged, ANetworkThatDoesNotHangTogetherIsRefused) {
  graph::Network cyclic = network_with(float_tensor({1}));
  cyclic.graph.nodes[0].inputs[0] = "y";
  EXPECT_THAT(refusal(write_bytes(cyclic)), HasSubstr("cycle"));
  graph::Network missing = network_with(float_tensor({1}));
  missing.graph.initializers.clear();
  EXPECT_THAT(refusal(write_bytes(missing)), HasSubstr("node 'product': value 'w'"));
}

// Sections with a right checksum but a wrong description.
class HostileSection : public ::testing::Test {
 protected:
  HostileSection() {
    std::vector<float> values = sparse_floats(100'000, 0.1);
    values.back() = 1;  // fewer elements would miss it
    const Tensor tensor = float_tensor(std::move(values));
    std::ostringstream stream;
    section_ =
        internal::write_section(tensor.bytes(), kKind, internal::Way::kCoded, stream).section;
    packed_ = std::move(stream).str();
  }

  void read() {
    section_.checksum = internal::checksum_of(as_bytes(packed_));
    internal::read_section(section_, kKind, as_bytes(packed_));
  }

  static constexpr internal::ElementKind kKind{.width = 4, .floating = true};
  internal::Section section_;
  std::string packed_;
};

TEST_F(HostileSection, IsReadWhenItIsRight) { EXPECT_NO_THROW(read()); }

TEST_F(HostileSection, MayNotClaimMoreThanItsSizeAllows) {
  section_.raw_bytes = std::uint64_t{1} << 50;
  EXPECT_THAT(gcompress::testing::thrown_by([&] { read(); }), HasSubstr("1024 times"));
}

TEST_F(HostileSection, MayNotHoldMoreOrLessThanItClaims) {
  for (const int change : {-32, 32, -400'000 + 4, 1}) {
    section_.raw_bytes = static_cast<std::uint64_t>(400'000 + change);
    EXPECT_THROW(read(), Error) << change;
  }
}

TEST_F(HostileSection, PartsMustLieInside) {
  const auto parts = section_.parts;
  section_.parts[0] = packed_.size() + 1;
  EXPECT_THROW(read(), Error);
  section_.parts = parts;
  section_.parts[4] = ~std::uint64_t{0};
  EXPECT_THROW(read(), Error);
  section_.parts = parts;
  --section_.parts[1];
  EXPECT_THROW(read(), Error);
  section_.parts.assign(5, 0);
  EXPECT_THROW(read(), Error);
  section_.parts.clear();
  EXPECT_THROW(read(), Error);
}

TEST_F(HostileSection, OtherCodingsDoNotFitItsParts) {
  for (const auto coding : {internal::Coding::kDense, internal::Coding::kSignedZeros}) {
    section_.coding = coding;
    EXPECT_THROW(read(), Error);
  }
}

TEST_F(HostileSection, ChangedContentIsRefusedOrReadWithoutHarm) {
  const std::string original = packed_;
  for (std::size_t place = 0; place < original.size(); place += 97) {
    packed_ = original;
    packed_[place] = static_cast<char>(packed_[place] ^ 0x55);
    try {
      read();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
    }
  }
}

// Parts that claim to be something else than they are, with a right checksum: every coding, every
// byte of small sections set to every value.
TEST(PackedDamaged, EveryChangedByteOfASectionIsReadOrRefused) {
  constexpr internal::ElementKind kKind{.width = 4, .floating = true, .row = 40};
  std::vector<float> shared = sparse_floats(400, 0.2);
  for (float& value : shared) value = value == 0 ? 0 : std::round(20 * value) + 0.5F;
  std::vector<float> signs = shared;
  for (std::size_t i = 0; i < signs.size(); i += 3) signs[i] = signs[i] == 0 ? -0.0F : signs[i];
  std::set<internal::Coding> codings;
  for (const auto way : {internal::Way::kCoded, internal::Way::kPlain}) {
    for (const auto& values : {sparse_floats(400, 0.2), shared, sparse_floats(400, 1), signs}) {
      const Tensor tensor = float_tensor(values);
      std::ostringstream stream;
      internal::Section section =
          internal::write_section(tensor.bytes(), kKind, way, stream).section;
      codings.insert(section.coding);
      const std::string packed = std::move(stream).str();
      for (std::size_t place = 0; place < packed.size(); ++place) {
        for (int value = 0; value < 256; value += place < 8 ? 1 : 17) {
          std::string changed = packed;
          changed[place] = static_cast<char>(value);
          section.checksum = internal::checksum_of(as_bytes(changed));
          try {
            internal::read_section(section, kKind, as_bytes(changed));
          } catch (const Error& error) {
            ASSERT_EQ(error.kind(), ErrorKind::kInput) << error.what();
          }
        }
      }
    }
  }
  EXPECT_EQ(codings.size(), 5U);  // dense, planes, shared, raw, packed shared
}

// Structures with every byte changed: what the checksums keep out, but an attacker can make.
TEST(PackedDamaged, EveryChangedByteOfTheStructureIsReadOrRefused) {
  const graph::Network network = network_with(float_tensor(sparse_floats(4, 1)));
  std::ostringstream sections;
  internal::ByteWriter writer;
  internal::write_structure(network, writer, [&](const Tensor& tensor, internal::ByteWriter& each) {
    internal::write_tensor(tensor, internal::Way::kCoded, each, sections);
  });
  for (std::size_t place = 0; place < writer.bytes().size(); ++place) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = writer.bytes();
      changed[place] = static_cast<char>(value);
      internal::ByteReader reader(as_bytes(changed));
      try {
        internal::read_structure(reader, [&](internal::ByteReader& each) {
          std::span<const std::byte> none;
          return internal::read_tensor(each, none);
        });
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kInput) << error.what();
      }
    }
  }
}

TEST(PackedDamaged, StringTensorsMustHoldTheirStrings) {
  internal::ByteWriter writer;
  writer.signed_varint(static_cast<std::int64_t>(DataType::kString));
  writer.varint(1);
  writer.signed_varint(std::int64_t{1} << 40);  // as many strings
  writer.byte(0);
  writer.varint(8);
  writer.fixed64(0);
  internal::ByteReader reader(as_bytes(writer.bytes()));
  std::span<const std::byte> none;
  EXPECT_THROW(internal::read_tensor(reader, none), Error);
}

}  // namespace
}  // namespace gcompress::packed
