// What the teachers answer to every training sample, on disk.
#include "gcompress/distill/answer_cache.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <ostream>
#include <string_view>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/file.h"
#include "gcompress/core/base/hash.h"

namespace gcompress::distill {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "GCANSWER";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kBlock = std::size_t{4} << 20;  // bytes

struct Header {
  std::array<char, 8> magic{};
  std::uint32_t version = kVersion;
  std::uint32_t unused = 0;
  std::uint64_t key = 0;
  std::uint64_t rows = 0;
  std::uint64_t row_size = 0;
};
static_assert(sizeof(Header) == 40);

// A sum over bytes that come in pieces of any size.
class Checksum {
 public:
  void add(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const std::size_t taken = std::min(bytes.size(), kBlock - pending_.size());
      pending_.insert(pending_.end(), bytes.begin(),
                      bytes.begin() + static_cast<std::ptrdiff_t>(taken));
      bytes = bytes.subspan(taken);
      if (pending_.size() == kBlock) close_block();
    }
  }
  std::uint64_t value() {
    if (!pending_.empty()) close_block();
    return value_;
  }

 private:
  void close_block() {
    value_ = hash64(std::span<const std::byte>(pending_), value_);
    pending_.clear();
  }

  std::vector<std::byte> pending_;
  std::uint64_t value_ = 0;
};

Header header_of(const CacheKey& key) {
  Header header;
  std::ranges::copy(kMagic, header.magic.begin());
  header.key = key.key;
  header.rows = static_cast<std::uint64_t>(key.rows);
  header.row_size = static_cast<std::uint64_t>(key.row_size);
  return header;
}

// Why these bytes are not the rows; "" if they are.
std::string fault_of(std::span<const std::byte> bytes, const CacheKey& key) {
  Header header;
  if (bytes.size() < sizeof(header)) return "it is damaged: it ends too early";
  std::memcpy(&header, bytes.data(), sizeof(header));
  const Header wanted = header_of(key);
  if (header.magic != wanted.magic) return "it is no cache of answers";
  if (header.version != kVersion) return "it is of another version";
  if (header.key != wanted.key || header.rows != wanted.rows ||
      header.row_size != wanted.row_size) {
    return "it holds answers of other teachers, or to other data";
  }
  const auto size = static_cast<std::size_t>(key.bytes());
  std::uint64_t checksum = 0;
  if (bytes.size() != sizeof(header) + size + sizeof(checksum)) {
    return "it is damaged: its size is wrong";
  }
  std::memcpy(&checksum, bytes.data() + sizeof(header) + size, sizeof(checksum));
  Checksum sum;
  sum.add(bytes.subspan(sizeof(header), size));
  return sum.value() == checksum ? "" : "it is damaged: it fails its checksum";
}

void write(const fs::path& file, const CacheKey& key, std::int64_t block,
           const AnswerCache::Compute& compute) {
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  write_file_atomically(file, [&](std::ostream& stream) {
    const Header header = header_of(key);
    stream.write(reinterpret_cast<const char*>(&header), sizeof(header));
    Checksum sum;
    for (std::int64_t first = 0; first < key.rows; first += block) {
      const std::int64_t count = std::min(block, key.rows - first);
      const std::vector<float> rows = compute(first, count);
      GCOMPRESS_CHECK(static_cast<std::int64_t>(rows.size()) == count * key.row_size);
      const auto bytes = std::as_bytes(std::span(rows));
      stream.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
      sum.add(bytes);
    }
    const std::uint64_t checksum = sum.value();
    stream.write(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
  });
}

}  // namespace

AnswerCache AnswerCache::open(const fs::path& file, const CacheKey& key, std::int64_t block,
                              const Compute& compute,
                              const std::function<void(const std::string&)>& say) {
  bool good = false;
  if (fs::exists(file)) {
    const std::string fault = fault_of(map_file(file).view(), key);
    good = fault.empty();
    if (!good) say("the cache " + file.string() + " is made anew: " + fault);
  }
  if (!good) write(file, key, block, compute);
  AnswerCache cache;
  cache.bytes_ = map_file(file);
  cache.row_size_ = key.row_size;
  cache.rows_ = {reinterpret_cast<const float*>(cache.bytes_.data() + sizeof(Header)),
                 static_cast<std::size_t>(key.rows * key.row_size)};
  return cache;
}

}  // namespace gcompress::distill
