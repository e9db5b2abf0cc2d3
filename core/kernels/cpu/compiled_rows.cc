// Making code for sparse rows.
#include "gcompress/core/kernels/cpu/compiled_rows.h"

#if defined(__x86_64__)
#include <xbyak/xbyak.h>
#include <xbyak/xbyak_util.h>

#include <algorithm>
#include <map>

namespace gcompress::kernels {
namespace {

constexpr std::int64_t kMostRows = 28;  // and an input, a mask and two bounds: 32 registers
constexpr std::size_t kReach = 256;     // values that a byte's distance from a register reaches
constexpr std::int64_t kMostOffset = std::int64_t{1} << 28;
constexpr int kFloatBytes = 4;
constexpr int kLineBytes = kFloatBytes * static_cast<int>(kLineFloats);

// The only argument of compiled code.
struct Arguments {
  const float* x;
  float* y;
  const float* add;
  const std::uint32_t* keep;
  const float* values;
  std::int64_t lines;
  const float* bounds;  // low, high
};

// Offsets [begin, end) whose taps are compiled together.
struct Block {
  std::int32_t begin = 0;
  std::int32_t end = 0;
  bool first = true, last = true;
};

class Compiler : public Xbyak::CodeGenerator {
 public:
  Compiler(std::size_t bytes, const CompiledRows::Setting& setting)
      : Xbyak::CodeGenerator(bytes, Xbyak::DontSetProtectRWE), setting_(setting) {}

  // Code for these rows; its values are appended to `stream`.
  const std::uint8_t* compile(const TapRows& weight, std::span<const float> bias, RowRange rows,
                              const Block& block, std::vector<float>& stream) {
    align(64);
    const std::uint8_t* entry = getCurr();
    load_arguments(block);
    Xbyak::Label next;
    L(next);
    mov(values_, ptr[argument_ + offsetof(Arguments, values)]);
    begin_ = stream.size();
    base_ = 0;
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      if (block.first) {
        stream.push_back(bias.empty() ? 0.0F : bias[static_cast<std::size_t>(r)]);
        vbroadcastss(sum(r - rows.begin), ptr[next_value(stream)]);
      } else {
        vmovups(sum(r - rows.begin), ptr[y_ + place_of(r)]);
      }
    }
    multiply(weight, rows, block, stream);
    if (block.last) finish(rows);
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      vmovups(ptr[y_ + place_of(r)], sum(r - rows.begin));
    }
    add(x_, kLineBytes);
    add(y_, kLineBytes);
    if (setting_.add && block.last) add(add_, kLineBytes);
    if (setting_.keep && block.last) add(keep_, kLineBytes);
    dec(lines_);
    jnz(next, T_NEAR);
    vzeroupper();
    ret();
    return entry;
  }

 private:
  using CodeGenerator::add;
  static Xbyak::Zmm sum(std::int64_t row) { return Xbyak::Zmm(static_cast<int>(row)); }
  std::size_t place_of(std::int64_t row) const {
    return static_cast<std::size_t>(row * setting_.y_stride * kFloatBytes);
  }

  void load_arguments(const Block& block) {
    mov(x_, ptr[argument_ + offsetof(Arguments, x)]);
    mov(y_, ptr[argument_ + offsetof(Arguments, y)]);
    mov(lines_, ptr[argument_ + offsetof(Arguments, lines)]);
    if (!block.last) return;
    mov(add_, ptr[argument_ + offsetof(Arguments, add)]);
    mov(keep_, ptr[argument_ + offsetof(Arguments, keep)]);
    mov(values_, ptr[argument_ + offsetof(Arguments, bounds)]);
    vbroadcastss(low_, ptr[values_]);
    vbroadcastss(high_, ptr[values_ + kFloatBytes]);
  }

  // The address of the value last appended; moves the register on where it is out of reach.
  Xbyak::RegExp next_value(const std::vector<float>& stream) {
    const std::size_t at = stream.size() - 1 - begin_;
    if (at >= base_ + kReach) {
      base_ += kReach;
      add(values_, static_cast<int>(kReach) * kFloatBytes);
    }
    // Values lie 128 before and 127 behind the register.
    return values_ + static_cast<int>(at - base_) * kFloatBytes -
           static_cast<int>(kReach / 2) * kFloatBytes;
  }

  void multiply(const TapRows& weight, RowRange rows, const Block& block,
                std::vector<float>& stream) {
    struct Use {
      std::int64_t row;
      float value;
    };
    std::map<std::int32_t, std::vector<Use>> columns;
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      const auto row = static_cast<std::size_t>(r);
      for (auto t = static_cast<std::size_t>(weight.begin[row]);
           t < static_cast<std::size_t>(weight.begin[row + 1]); ++t) {
        const std::int32_t offset = weight.offsets[t];
        if (offset < block.begin || offset >= block.end) continue;
        columns[offset].push_back({r - rows.begin, weight.values[t]});
      }
    }
    for (const auto& [offset, uses] : columns) {
      vmovups(input_, ptr[x_ + offset * kFloatBytes]);
      for (const Use& use : uses) {
        stream.push_back(use.value);
        vfmadd231ps(sum(use.row), input_, ptr_b[next_value(stream)]);
      }
    }
  }

  void finish(RowRange rows) {
    if (setting_.keep) vmovups(input_, ptr[keep_]);
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      const Xbyak::Zmm value = sum(r - rows.begin);
      if (setting_.add) vaddps(value, value, ptr[add_ + place_of(r)]);
      if (setting_.low > -std::numeric_limits<float>::infinity()) vmaxps(value, value, low_);
      if (setting_.high < std::numeric_limits<float>::infinity()) vminps(value, value, high_);
      if (setting_.keep) vandps(value, value, input_);
    }
  }

  const CompiledRows::Setting setting_;
  std::size_t begin_ = 0;  // of this code's values in the stream
  std::size_t base_ = 0;   // of those, the one at the register less half its reach
  const Xbyak::Reg64 argument_ = rdi, x_ = r8, y_ = r9, add_ = r10, keep_ = r11, lines_ = rcx,
                     values_ = rax;
  const Xbyak::Zmm input_ = zmm28, low_ = zmm30, high_ = zmm31;
};

// Blocks of offsets whose inputs, `lines` cache lines from each offset on, take half a first-level
// cache or little more.
std::vector<Block> split_offsets(const TapRows& weight, std::int64_t lines) {
  constexpr std::int64_t kMostLines = 512;
  std::vector<std::int32_t> offsets = weight.offsets;
  std::ranges::sort(offsets);
  std::vector<Block> blocks = {{}};
  std::int64_t held = 0;  // lines that the block reads
  std::int64_t next = 0;  // the first line that it does not
  for (const std::int32_t offset : offsets) {
    const std::int64_t end = (offset + lines * kLineFloats + kLineFloats - 1) / kLineFloats;
    std::int64_t more = end - std::max<std::int64_t>(next, offset / kLineFloats);
    if (more > 0 && held + more > kMostLines && held > 0) {
      blocks.back().end = offset;
      blocks.push_back({.begin = offset});
      held = 0;
      more = end - offset / kLineFloats;
    }
    held += std::max<std::int64_t>(0, more);
    next = std::max(next, end);
  }
  blocks.back().end = std::numeric_limits<std::int32_t>::max();
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    blocks[b].first = b == 0;
    blocks[b].last = b + 1 == blocks.size();
  }
  return blocks;
}

class MachineCode : public CompiledRows {
 public:
  MachineCode(const TapRows& weight, std::span<const float> bias, const Setting& setting,
              const std::vector<Block>& blocks, std::size_t bytes)
      : compiler_(bytes, setting), bounds_{setting.low, setting.high} {
    const std::int64_t rows = weight.rows();
    const std::int64_t groups = (rows + kMostRows - 1) / kMostRows;
    for (std::int64_t g = 0; g < groups; ++g) first_row_.push_back(rows * (g + 1) / groups);
    for (const Block& block : blocks) {
      for (std::int64_t g = 0; g < groups; ++g) {
        first_value_.push_back(values_.size());
        entries_.push_back(compiler_.compile(
            weight, bias, {.begin = first_row(g), .end = first_row(g + 1)}, block, values_));
      }
    }
    blocks_ = static_cast<std::int64_t>(blocks.size());
    lines_ = setting.lines;
    code_bytes_ = static_cast<std::int64_t>(compiler_.getSize());
    compiler_.setProtectModeRE();
  }

  void run(std::int64_t block, std::int64_t group, const Operands& operands, std::int64_t begin,
           std::int64_t end) const override {
    if (begin >= end) return;
    const std::int64_t at = begin * kLineFloats;
    const auto entry = static_cast<std::size_t>(block * groups() + group);
    const Arguments arguments{.x = operands.x + at,
                              .y = operands.y + at,
                              .add = operands.add == nullptr ? nullptr : operands.add + at,
                              .keep = operands.keep == nullptr ? nullptr : operands.keep + at,
                              .values = values_.data() + first_value_[entry] + kReach / 2,
                              .lines = end - begin,
                              .bounds = bounds_};
    reinterpret_cast<void (*)(const Arguments*)>(reinterpret_cast<std::uintptr_t>(entries_[entry]))(
        &arguments);
  }

 private:
  Compiler compiler_;
  float bounds_[2];
  std::vector<float> values_;
  std::vector<std::size_t> first_value_;
  std::vector<const std::uint8_t*> entries_;
};

// No less than the code takes: a multiplication is 7 bytes, or 14 where the register moves on; the
// load of an input 10; of a row's ends up to 50 in each block.
std::size_t most_code(const TapRows& weight, std::size_t blocks) {
  return static_cast<std::size_t>(weight.taps() * 18) +
         blocks * (static_cast<std::size_t>(weight.rows()) * 80 + 4096);
}

}  // namespace

bool CompiledRows::possible() {
  static const bool can = Xbyak::util::Cpu().has(Xbyak::util::Cpu::tAVX512F);
  return can;
}

std::unique_ptr<const CompiledRows> CompiledRows::compile(const TapRows& weight,
                                                          std::span<const float> bias,
                                                          const Setting& setting,
                                                          std::int64_t most_taps) {
  if (!possible() || weight.rows() == 0 || weight.rows() * setting.y_stride > kMostOffset)
    return nullptr;
  for (const std::int32_t offset : weight.offsets) {
    if (offset > kMostOffset) return nullptr;
  }
  if (weight.taps() > most_taps) return nullptr;
  try {
    const std::vector<Block> blocks = split_offsets(weight, setting.lines);
    return std::make_unique<MachineCode>(weight, bias, setting, blocks,
                                         most_code(weight, blocks.size()));
  } catch (const Xbyak::Error&) {  // pages of code are forbidden
    return nullptr;
  }
}

}  // namespace gcompress::kernels

#else

namespace gcompress::kernels {

bool CompiledRows::possible() { return false; }

std::unique_ptr<const CompiledRows> CompiledRows::compile(const TapRows&, std::span<const float>,
                                                          const Setting&, std::int64_t) {
  return nullptr;
}

}  // namespace gcompress::kernels
#endif
