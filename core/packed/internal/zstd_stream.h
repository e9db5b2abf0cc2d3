// zstd in pieces, with bounded memory on both sides. Internal to core/packed.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace gcompress::packed::internal {

using Sink = std::function<void(std::span<const std::byte>)>;

// What is compressed: text repeats itself, numbers rather have frequent bytes. Short repeats are
// chance among numbers, and naming them costs more than it saves (5% of a bitmap of density 0.1).
enum class Content { kText, kNumbers };

// One zstd frame, written as it grows.
class Compressor {
 public:
  Compressor(Content content, Sink sink);
  ~Compressor();
  void write(std::span<const std::byte> bytes);
  void finish();

 private:
  struct State;
  void run(std::span<const std::byte> bytes, bool last);
  std::unique_ptr<State> state_;
  Sink sink_;
};

// Reads one frame from bytes that hold just that. Its buffers do not depend on what the frame
// claims: larger windows than Compressor uses are refused. Throws Error(kInput) if damaged.
class Decompressor {
 public:
  explicit Decompressor(std::span<const std::byte> input);
  Decompressor(Decompressor&&) noexcept;
  ~Decompressor();
  // Fills `output`; throws Error(kInput) if the frame ends before.
  void read(std::span<std::byte> output);
  // Throws Error(kInput) if the frame goes on, or bytes follow it.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gcompress::packed::internal
