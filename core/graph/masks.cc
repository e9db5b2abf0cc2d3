// Masks: bits, and zeroing the elements that they drop.
#include "gcompress/core/graph/masks.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "gcompress/core/graph/constants.h"

namespace gcompress::graph {
namespace {

constexpr std::int64_t kPiece = std::int64_t{1} << 20;  // elements copied between two page releases

std::size_t words_for(std::int64_t elements) {
  return static_cast<std::size_t>((elements + 63) / 64);
}

// The bits of a last word that holds elements of a mask of this size.
std::uint64_t last_word_bits(std::int64_t size) {
  const std::int64_t used = size % 64;
  return used == 0 ? ~std::uint64_t{0} : (std::uint64_t{1} << used) - 1;
}

void check_fits(const Shape& tensor, const Shape& mask, const std::string& name) {
  if (tensor == mask) return;
  throw_input("a mask of shape " + gcompress::to_string(mask) + " does not fit a weight of shape " +
                  gcompress::to_string(tensor),
              {.file = {}, .node = {}, .value = name});
}

// Zeroes the elements of one word of the mask; `data` points at its first element.
void zero_dropped(std::uint64_t keep, std::int64_t count, std::size_t width, std::byte* data) {
  std::uint64_t dropped = ~keep & last_word_bits(count);
  if (count == 64 && keep == 0) {
    std::memset(data, 0, 64 * width);
    return;
  }
  for (; dropped != 0; dropped &= dropped - 1) {
    std::memset(data + static_cast<std::size_t>(std::countr_zero(dropped)) * width, 0, width);
  }
}

// Bits of the elements that are not +0 or -0.
template <typename T>
Mask nonzeros_of(const Tensor& tensor) {
  const auto* elements = reinterpret_cast<const T*>(tensor.bytes().data());
  constexpr T kNotSign = static_cast<T>(~T{0}) >> 1;
  std::vector<std::uint64_t> words(words_for(tensor.size()));
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    const bool keep = (elements[i] & kNotSign) != 0;
    words[static_cast<std::size_t>(i >> 6)] |= std::uint64_t{keep} << (i & 63);
  }
  return Mask::from_words(tensor.shape(), std::move(words));
}

}  // namespace

Mask::Mask(Shape shape, bool keep)
    : shape_(std::move(shape)),
      size_(element_count(shape_)),
      words_(words_for(size_), keep ? ~std::uint64_t{0} : 0) {
  if (!words_.empty()) words_.back() &= last_word_bits(size_);
}

std::int64_t Mask::kept() const {
  std::int64_t count = 0;
  for (const std::uint64_t word : words_) count += std::popcount(word);
  return count;
}

std::vector<std::uint8_t> Mask::bytes() const {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size_));
  for (std::int64_t i = 0; i < size_; ++i) bytes[static_cast<std::size_t>(i)] = test(i) ? 1 : 0;
  return bytes;
}

Mask Mask::from_bytes(Shape shape, std::span<const std::uint8_t> bytes) {
  Mask mask(std::move(shape), false);
  GCOMPRESS_CHECK(bytes.size() == static_cast<std::size_t>(mask.size_));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != 0) mask.words_[i / 64] |= std::uint64_t{1} << (i % 64);
  }
  return mask;
}

Mask Mask::from_words(Shape shape, std::vector<std::uint64_t> words) {
  Mask mask;
  mask.shape_ = std::move(shape);
  mask.size_ = element_count(mask.shape_);
  GCOMPRESS_CHECK(words.size() == words_for(mask.size_));
  mask.words_ = std::move(words);
  if (!mask.words_.empty()) mask.words_.back() &= last_word_bits(mask.size_);
  return mask;
}

Tensor masked(const Tensor& tensor, const Mask& mask) {
  check_fits(tensor.shape(), mask.shape(), {});
  if (bits_of(tensor.dtype()) < 8) {
    throw_input("a tensor of type " + name_of(tensor.dtype()) + " cannot be masked");
  }
  const auto width = static_cast<std::size_t>(bits_of(tensor.dtype()) / 8);
  std::vector<std::byte> copy(tensor.byte_size());
  for (std::int64_t begin = 0; begin < tensor.size(); begin += kPiece) {
    const std::int64_t end = std::min(begin + kPiece, tensor.size());
    const Bytes piece = tensor.bytes().slice(static_cast<std::size_t>(begin) * width,
                                             static_cast<std::size_t>(end - begin) * width);
    std::byte* target = copy.data() + static_cast<std::size_t>(begin) * width;
    std::memcpy(target, piece.data(), piece.size());
    for (std::int64_t i = begin; i < end; i += 64, target += 64 * width) {
      const std::uint64_t keep = mask.words()[static_cast<std::size_t>(i >> 6)];
      if (keep != ~std::uint64_t{0}) {
        zero_dropped(keep, std::min<std::int64_t>(64, end - i), width, target);
      }
    }
    piece.release_pages();
  }
  return Tensor(tensor.dtype(), tensor.shape(), Bytes::own(std::move(copy)));
}

Network apply_masks(const Network& network, const Masks& masks) {
  std::map<WeightId, Tensor> values;
  for_each_graph(network.graph, [&](const std::string& scope, const Graph& graph) {
    std::optional<ValueScope> values_here;
    for (auto i = masks.lower_bound(WeightId{scope, {}});
         i != masks.end() && i->first.scope == scope; ++i) {
      if (!values_here) values_here.emplace(graph, scope);
      const Tensor tensor = values_here->constant(i->first.tensor);
      if (!tensor.defined()) continue;
      check_fits(tensor.shape(), i->second.shape(), to_string(i->first));
      values.emplace(i->first, masked(tensor, i->second));
    }
  });
  for (const auto& [id, mask] : masks) {
    if (!values.contains(id)) {
      throw_input("there is a mask for it, but the network has no such weight",
                  {.file = network.source.string(), .node = {}, .value = to_string(id)});
    }
  }
  return with_weights(network, values);
}

Masks masks_of_zeros(const Network& network) {
  Masks masks;
  for (const Weight& weight : find_weights(network)) {
    if (!weight.prunable) continue;
    switch (weight.value.dtype()) {
      case DataType::kFloat64:
        masks[weight.id] = nonzeros_of<std::uint64_t>(weight.value);
        break;
      case DataType::kFloat32:
        masks[weight.id] = nonzeros_of<std::uint32_t>(weight.value);
        break;
      case DataType::kFloat16:
      case DataType::kBfloat16:
        masks[weight.id] = nonzeros_of<std::uint16_t>(weight.value);
        break;
      default:
        continue;
    }
    weight.value.bytes().release_pages();
  }
  return masks;
}

}  // namespace gcompress::graph
