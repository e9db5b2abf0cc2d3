// zstd's streaming interface behind two small classes.
#include "gcompress/core/packed/internal/zstd_stream.h"

#include <zstd.h>

#include <utility>
#include <vector>

#include "gcompress/core/base/error.h"

namespace gcompress::packed::internal {
namespace {

constexpr int kTextLevel = 9;
constexpr int kNumbersLevel = 3;
constexpr int kNumbersLeastMatch = 7;
constexpr int kWindowLog = 21;  // 2 MiB

[[noreturn]] void throw_damaged() { throw_input("its compressed data is damaged"); }

}  // namespace

struct Compressor::State {
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context{ZSTD_createCCtx(), &ZSTD_freeCCtx};
  std::vector<std::byte> output = std::vector<std::byte>(ZSTD_CStreamOutSize());
};

Compressor::Compressor(Content content, Sink sink)
    : state_(std::make_unique<State>()), sink_(std::move(sink)) {
  GCOMPRESS_CHECK(state_->context != nullptr);
  const auto set = [this](ZSTD_cParameter parameter, int value) {
    const std::size_t done = ZSTD_CCtx_setParameter(state_->context.get(), parameter, value);
    GCOMPRESS_CHECK(!ZSTD_isError(done));
  };
  set(ZSTD_c_compressionLevel, content == Content::kText ? kTextLevel : kNumbersLevel);
  set(ZSTD_c_windowLog, kWindowLog);
  if (content == Content::kNumbers) {
    set(ZSTD_c_strategy, ZSTD_fast);
    set(ZSTD_c_minMatch, kNumbersLeastMatch);
  }
}

Compressor::~Compressor() = default;

void Compressor::run(std::span<const std::byte> bytes, bool last) {
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  while (true) {
    ZSTD_outBuffer output{state_->output.data(), state_->output.size(), 0};
    const std::size_t left = ZSTD_compressStream2(state_->context.get(), &output, &input,
                                                  last ? ZSTD_e_end : ZSTD_e_continue);
    GCOMPRESS_CHECK(!ZSTD_isError(left));
    if (output.pos > 0) sink_(std::span(state_->output).first(output.pos));
    if (last ? left == 0 : input.pos == input.size) return;
  }
}

void Compressor::write(std::span<const std::byte> bytes) { run(bytes, false); }

void Compressor::finish() { run({}, true); }

struct Decompressor::State {
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context{ZSTD_createDCtx(), &ZSTD_freeDCtx};
  ZSTD_inBuffer input{nullptr, 0, 0};
  bool ended = false;

  void run(ZSTD_outBuffer& output) {
    const std::size_t before_in = input.pos;
    const std::size_t before_out = output.pos;
    const std::size_t left = ZSTD_decompressStream(context.get(), &output, &input);
    if (ZSTD_isError(left)) throw_damaged();
    if (left == 0) {
      ended = true;
    } else if (input.pos == before_in && output.pos == before_out) {
      throw_damaged();  // it needs more than there is
    }
  }
};

Decompressor::Decompressor(std::span<const std::byte> input) : state_(std::make_unique<State>()) {
  GCOMPRESS_CHECK(state_->context != nullptr);
  state_->input = {input.data(), input.size(), 0};
  GCOMPRESS_CHECK(!ZSTD_isError(
      ZSTD_DCtx_setParameter(state_->context.get(), ZSTD_d_windowLogMax, kWindowLog)));
}

Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor::~Decompressor() = default;

void Decompressor::read(std::span<std::byte> output) {
  ZSTD_outBuffer buffer{output.data(), output.size(), 0};
  while (buffer.pos < buffer.size) {
    if (state_->ended) throw_damaged();
    state_->run(buffer);
  }
}

void Decompressor::finish() {
  std::byte extra{};
  ZSTD_outBuffer buffer{&extra, 1, 0};
  while (!state_->ended) {
    state_->run(buffer);
    if (buffer.pos > 0) throw_damaged();
  }
  if (state_->input.pos != state_->input.size) throw_damaged();
}

}  // namespace gcompress::packed::internal
