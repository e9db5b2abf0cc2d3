// A fit in the middle, as one file: writing and reading.
#include "gcompress/core/train/checkpoint.h"

#include <cstring>
#include <ostream>
#include <span>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "gcompress/core/base/file.h"
#include "gcompress/core/base/hash.h"

namespace gcompress::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "GCFITCKP";
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kHeaderSize = 8 + sizeof(std::uint32_t) + sizeof(std::uint64_t);

// One archive function for each kind of value describes both directions: Out appends to a string,
// In takes from bytes.
class Out {
 public:
  static constexpr bool kReads = false;
  void raw(const void* data, std::size_t size) {
    text_.append(static_cast<const char*>(data), size);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class In {
 public:
  static constexpr bool kReads = true;
  explicit In(std::span<const std::byte> bytes) : bytes_(bytes) {}
  void raw(void* data, std::size_t size) {
    check(size);
    if (size > 0) std::memcpy(data, bytes_.data(), size);
    bytes_ = bytes_.subspan(size);
  }
  // Throws unless so many bytes are left.
  void check(std::size_t size) const {
    if (size > bytes_.size()) throw_input("ends too early");
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::span<const std::byte> bytes_;
};

template <typename Archive, typename T>
  requires std::is_arithmetic_v<T>
void archive(Archive& stream, T& number) {
  stream.raw(&number, sizeof(number));
}

// A length that In does not trust: every item takes at least a byte.
template <typename Archive>
void archive_size(Archive& stream, std::size_t& size) {
  auto number = static_cast<std::uint64_t>(size);
  archive(stream, number);
  size = number;
  if constexpr (Archive::kReads) stream.check(size);
}

template <typename Archive>
void archive(Archive& stream, std::string& text) {
  std::size_t size = text.size();
  archive_size(stream, size);
  text.resize(size);
  stream.raw(text.data(), size);
}

template <typename Archive>
void archive(Archive& stream, Shape& shape) {
  std::size_t rank = shape.size();
  archive_size(stream, rank);
  shape.resize(rank);
  for (std::int64_t& size : shape) archive(stream, size);
}

template <typename Archive>
void archive(Archive& stream, Tensor& tensor) {
  auto dtype = static_cast<std::int32_t>(tensor.dtype());
  archive(stream, dtype);
  if (dtype == 0) return;
  Shape shape = tensor.shape();
  archive(stream, shape);
  std::size_t size = tensor.byte_size();
  archive_size(stream, size);
  if constexpr (Archive::kReads) {
    std::vector<std::byte> bytes(size);
    stream.raw(bytes.data(), size);
    tensor = Tensor(static_cast<DataType>(dtype), shape, Bytes::own(std::move(bytes)));
  } else {
    stream.raw(tensor.bytes().data(), size);
  }
}

template <typename Archive>
void archive(Archive& stream, graph::WeightId& id) {
  archive(stream, id.scope);
  archive(stream, id.tensor);
}

template <typename Archive>
void archive(Archive& stream, graph::Mask& mask) {
  Shape shape = mask.shape();
  archive(stream, shape);
  std::vector<std::uint8_t> bytes;
  if constexpr (!Archive::kReads) bytes = mask.bytes();
  std::size_t size = bytes.size();
  archive_size(stream, size);
  bytes.resize(size);
  stream.raw(bytes.data(), size);
  if constexpr (Archive::kReads) {
    if (element_count(shape) != static_cast<std::int64_t>(size)) throw_input("a mask is misshaped");
    mask = graph::Mask::from_bytes(shape, bytes);
  }
}

template <typename Archive>
void archive(Archive& stream, Moments& moments) {
  archive(stream, moments.first);
  archive(stream, moments.second);
  archive(stream, moments.steps);
}

template <typename Archive, typename T>
void archive(Archive& stream, std::map<graph::WeightId, T>& items) {
  std::size_t size = items.size();
  archive_size(stream, size);
  if constexpr (Archive::kReads) {
    for (std::size_t i = 0; i < size; ++i) {
      std::pair<graph::WeightId, T> item;
      archive(stream, item.first);
      archive(stream, item.second);
      items.insert(std::move(item));
    }
  } else {
    for (auto& [id, item] : items) {
      graph::WeightId key = id;
      archive(stream, key);
      archive(stream, item);
    }
  }
}

template <typename Archive>
void archive(Archive& stream, NetworkState& state) {
  archive(stream, state.parameters);
  archive(stream, state.buffers);
  archive(stream, state.masks);
}

template <typename Archive>
void archive(Archive& stream, Aside& aside) {
  archive(stream, aside.held);
  archive(stream, aside.gradients);
  archive(stream, aside.average);
  archive(stream, aside.averaged);
}

template <typename Archive>
void archive(Archive& stream, Best& best) {
  bool exists = best.state.has_value();
  archive(stream, exists);
  if (exists) {
    if (!best.state) best.state.emplace();
    archive(stream, *best.state);
  }
  archive(stream, best.seen);
  archive(stream, best.value);
  archive(stream, best.epoch);
  archive(stream, best.epochs_since);
}

template <typename Archive>
void archive(Archive& stream, EpochResult& result) {
  archive(stream, result.epoch);
  archive(stream, result.train_loss);
  archive(stream, result.tune_value);
  archive(stream, result.steps);
  archive(stream, result.seconds);
}

template <typename Archive>
void archive(Archive& stream, RunIdentity& identity) {
  for (std::uint64_t* part : {&identity.network, &identity.data, &identity.options, &identity.seed,
                              &identity.masks, &identity.teacher, &identity.hooks}) {
    archive(stream, *part);
  }
}

template <typename Archive>
void archive(Archive& stream, Checkpoint& checkpoint) {
  archive(stream, checkpoint.identity);
  archive(stream, checkpoint.threads);
  Position& position = checkpoint.position;
  for (std::int64_t* number :
       {&position.step, &position.epoch, &position.batch, &position.masks_asked}) {
    archive(stream, *number);
  }
  archive(stream, position.stopped_early);
  archive(stream, checkpoint.running.loss_sum);
  archive(stream, checkpoint.running.steps);
  archive(stream, checkpoint.running.seconds);
  archive(stream, checkpoint.live);
  archive(stream, checkpoint.moments);
  archive(stream, checkpoint.aside);
  archive(stream, checkpoint.best);
  std::size_t epochs = checkpoint.epochs.size();
  archive_size(stream, epochs);
  checkpoint.epochs.resize(epochs);
  for (EpochResult& result : checkpoint.epochs) archive(stream, result);
}

// The payload between header and checksum; throws Error(kInput) if they do not fit it.
std::span<const std::byte> checked_payload(std::span<const std::byte> bytes) {
  In header(bytes);
  std::string magic(kMagic.size(), '\0');
  std::uint32_t version = 0;
  std::uint64_t size = 0;
  std::uint64_t checksum = 0;
  header.raw(magic.data(), magic.size());
  if (magic != kMagic) throw_input("is not a checkpoint");
  archive(header, version);
  if (version != kVersion) {
    throw_input("is a checkpoint of version " + std::to_string(version) + "; this program reads " +
                std::to_string(kVersion));
  }
  archive(header, size);
  if (size > bytes.size() || bytes.size() != kHeaderSize + size + sizeof(checksum)) {
    throw_input("has the wrong size");
  }
  std::memcpy(&checksum, bytes.data() + kHeaderSize + size, sizeof(checksum));
  const auto payload = bytes.subspan(kHeaderSize, size);
  if (hash64(payload) != checksum) throw_input("fails its checksum");
  return payload;
}

}  // namespace

fs::path checkpoint_file(const fs::path& folder) { return folder / "fit.checkpoint"; }

void write_checkpoint(const fs::path& folder, const Checkpoint& checkpoint) {
  std::error_code error;
  fs::create_directories(folder, error);
  Out payload;
  Checkpoint copy = checkpoint;  // archive() serves both directions; tensors are shared
  archive(payload, copy);
  const std::string& text = payload.text();
  write_file_atomically(checkpoint_file(folder), [&text](std::ostream& stream) {
    const std::uint64_t size = text.size();
    const std::uint64_t checksum = hash64(text);
    stream.write(kMagic.data(), kMagic.size());
    stream.write(reinterpret_cast<const char*>(&kVersion), sizeof(kVersion));
    stream.write(reinterpret_cast<const char*>(&size), sizeof(size));
    stream.write(text.data(), static_cast<std::streamsize>(text.size()));
    stream.write(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
  });
}

std::optional<Checkpoint> read_checkpoint(const fs::path& folder) {
  const fs::path file = checkpoint_file(folder);
  if (!fs::exists(file)) return std::nullopt;
  try {
    const Bytes bytes = map_file(file);
    In payload(checked_payload(bytes.view()));
    std::optional<Checkpoint> checkpoint(std::in_place);
    archive(payload, *checkpoint);
    if (!payload.at_end()) throw_input("is longer than its content");
    return checkpoint;
  } catch (const Error& error) {
    throw Error(error.kind(), "the checkpoint is damaged: " + error.message(),
                {.file = file.string(), .node = {}, .value = {}},
                "delete it, or run without --resume");
  }
}

void remove_partial_checkpoints(const fs::path& folder) {
  const std::string prefix = checkpoint_file(folder).filename().string() + ".partial-";
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    std::error_code ignored;
    if (entry.path().filename().string().starts_with(prefix)) fs::remove(entry.path(), ignored);
  }
}

}  // namespace gcompress::train
