// Strict reading and writing of .npy headers: a Python dictionary with three known keys.
#include "gcompress/core/data/npy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace gcompress::data {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kLongestHeader = 65000;

struct TypeName {
  const char* name;  // without byte order
  DataType dtype;
};

constexpr std::array<TypeName, 12> kTypes = {{{"f2", DataType::kFloat16},
                                              {"f4", DataType::kFloat32},
                                              {"f8", DataType::kFloat64},
                                              {"i1", DataType::kInt8},
                                              {"i2", DataType::kInt16},
                                              {"i4", DataType::kInt32},
                                              {"i8", DataType::kInt64},
                                              {"u1", DataType::kUint8},
                                              {"u2", DataType::kUint16},
                                              {"u4", DataType::kUint32},
                                              {"u8", DataType::kUint64},
                                              {"b1", DataType::kBool}}};

[[noreturn]] void damaged(const std::string& what) {
  throw_input("has a damaged .npy header: " + what);
}

// Reads the dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class Dictionary {
 public:
  explicit Dictionary(std::string_view text) : text_(text) {}

  void parse(NpyHeader& header) {
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !descr_) {
        read_type(header);
        descr_ = true;
      } else if (key == "fortran_order" && !order_) {
        header.column_major = truth();
        order_ = true;
      } else if (key == "shape" && !shape_) {
        header.shape = tuple();
        shape_ = true;
      } else {
        damaged("the key \"" + key + "\"");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    if (place_ != text_.size()) damaged("something follows the dictionary");
    if (!descr_ || !order_ || !shape_) damaged("descr, fortran_order or shape is missing");
  }

 private:
  void skip_spaces() {
    while (place_ < text_.size() && (text_[place_] == ' ' || text_[place_] == '\n')) ++place_;
  }
  bool accept(char c) {
    skip_spaces();
    if (place_ >= text_.size() || text_[place_] != c) return false;
    ++place_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) damaged(std::string("no '") + c + "' at character " + std::to_string(place_));
  }

  std::string quoted() {
    skip_spaces();
    if (place_ >= text_.size() || (text_[place_] != '\'' && text_[place_] != '"')) {
      damaged("no text at character " + std::to_string(place_));
    }
    const std::size_t end = text_.find(text_[place_], place_ + 1);
    if (end == std::string_view::npos) damaged("a text does not end");
    const std::string value(text_.substr(place_ + 1, end - place_ - 1));
    place_ = end + 1;
    return value;
  }

  bool truth() {
    skip_spaces();
    for (const auto& [word, value] : {std::pair("True", true), std::pair("False", false)}) {
      if (!text_.substr(place_).starts_with(word)) continue;
      place_ += std::strlen(word);
      return value;
    }
    damaged("fortran_order is neither True nor False");
  }

  Shape tuple() {
    Shape shape;
    expect('(');
    while (!accept(')')) {
      skip_spaces();
      std::int64_t size = 0;
      const char* const first = text_.data() + place_;
      const auto [stop, problem] = std::from_chars(first, text_.data() + text_.size(), size);
      if (problem != std::errc() || size < 0) damaged("a dimension is no number");
      place_ += static_cast<std::size_t>(stop - first);
      shape.push_back(size);
      if (shape.size() > 32) damaged("more than 32 dimensions");
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }

  void read_type(NpyHeader& header) {
    skip_spaces();
    if (place_ < text_.size() && text_[place_] == '[') {
      throw_input("holds records, not numbers", {}, "save each field as an array of its own");
    }
    const std::string type = quoted();
    const std::size_t order = !type.empty() && std::strchr("<>|=", type[0]) != nullptr ? 1 : 0;
    for (const TypeName& row : kTypes) {
      if (type.substr(order) != row.name) continue;
      header.dtype = row.dtype;
      header.big_endian = type[0] == '>';
      return;
    }
    throw_input("holds elements of the type \"" + type + "\", which are not numbers we read", {},
                "save floats, integers or booleans; class names as class numbers");
  }

  std::string_view text_;
  std::size_t place_ = 0;
  bool descr_ = false;
  bool order_ = false;
  bool shape_ = false;
};

void swap_bytes(std::vector<std::byte>& elements, std::size_t item) {
  for (std::size_t i = 0; i + item <= elements.size(); i += item) {
    std::reverse(elements.begin() + static_cast<std::ptrdiff_t>(i),
                 elements.begin() + static_cast<std::ptrdiff_t>(i + item));
  }
}

// Column-major to row-major, element by element in the order of the result.
std::vector<std::byte> row_major(const std::vector<std::byte>& elements, const Shape& shape,
                                 std::size_t item) {
  std::vector<std::byte> result(elements.size());
  std::vector<std::size_t> stride(shape.size(), 1);
  for (std::size_t d = 1; d < shape.size(); ++d) {
    stride[d] = stride[d - 1] * static_cast<std::size_t>(shape[d - 1]);
  }
  Shape place(shape.size(), 0);
  std::size_t source = 0;
  for (std::size_t target = 0; target < result.size(); target += item) {
    std::memcpy(result.data() + target, elements.data() + source * item, item);
    for (std::size_t d = shape.size(); d-- > 0;) {
      source += stride[d];
      if (++place[d] < shape[d]) break;
      source -= stride[d] * static_cast<std::size_t>(shape[d]);
      place[d] = 0;
    }
  }
  return result;
}

std::size_t little_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8U | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

}  // namespace

NpyHeader parse_npy_header(std::string_view bytes) {
  if (!bytes.starts_with(kMagic) || bytes.size() < 8) throw_input("is no .npy array");
  const char version = bytes[6];
  if (version < 1 || version > 3) damaged("version " + std::to_string(version));
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  const std::size_t start = 8 + length_bytes;
  if (bytes.size() < start) damaged("it is cut short");
  const std::size_t length = little_endian(bytes.substr(8, length_bytes));
  if (length > kLongestHeader) damaged("it is " + std::to_string(length) + " bytes long");
  if (bytes.size() < start + length) damaged("it is cut short");
  NpyHeader header;
  Dictionary(bytes.substr(start, length)).parse(header);
  header.data_offset = start + length;
  return header;
}

std::string npy_header(DataType dtype, const Shape& shape) {
  const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                 [dtype](const TypeName& row) { return row.dtype == dtype; });
  if (type == kTypes.end()) {
    throw Error(ErrorKind::kUnsupported, "NumPy has no element type " + name_of(dtype));
  }
  std::string text = std::string("{'descr': '") + (bits_of(dtype) == 8 ? "|" : "<") + type->name +
                     "', 'fortran_order': False, 'shape': (";
  for (const std::int64_t size : shape) text += std::to_string(size) + ", ";
  if (shape.size() > 1) text.resize(text.size() - 2);
  if (shape.size() == 1) text.resize(text.size() - 1);
  text += "), }";
  constexpr std::size_t kStart = 10;
  while ((kStart + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  std::string header(kMagic);
  header += {'\x01', '\x00', static_cast<char>(text.size() & 0xFFU),
             static_cast<char>(text.size() >> 8U)};
  return header + text;
}

Tensor npy_tensor(const NpyHeader& header, std::vector<std::byte> elements) {
  const auto item = static_cast<std::size_t>(bits_of(header.dtype) / 8);
  if (header.big_endian) swap_bytes(elements, item);
  if (header.column_major && header.shape.size() > 1 && !elements.empty()) {
    elements = row_major(elements, header.shape, item);
  }
  return Tensor(header.dtype, header.shape, Bytes::own(std::move(elements)));
}

}  // namespace gcompress::data
