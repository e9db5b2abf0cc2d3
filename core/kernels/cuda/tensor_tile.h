// What the kernels that decompress a sparse weight for tensor cores share: the tile of a block, the
// stages of asynchronous copies, the way out. Device code; plain C++17.
//
// A block computes 64 rows of w (four strips of 16, one a warp) times kSamples samples, 64 columns
// a step. Each stage holds x and, for each warp, the bitmap and the stored values of its strip;
// kStages - 1 steps are on their way while one is computed.
#pragma once

#include "ptx.h"
#include "tile_sizes.h"

namespace gcompress::cuda::tensor_tile {

template <int kSamples>
struct alignas(16) Stage {
  uint16_t x[kSamples][kXRow];
  uint16_t values[kWarps][kStripRows * kStepColumns];  // room for a dense strip
  uint32_t bitmaps[kWarps][kBitmapWords];
};

// The sums take the place of the stages at the end.
template <int kSamples>
union Shared {
  Stage<kSamples> stages[Config<kSamples>::kStages];
  float sums[kSamples][kSumRow];
};
static_assert(sizeof(Shared<16>) <= 48 * 1024 && sizeof(Shared<32>) <= 48 * 1024 &&
                  sizeof(Shared<64>) <= 48 * 1024,
              "static shared memory of a block");

// A weight's strips: packing.h of the kernels.
struct Strips {
  const uint32_t* value_begin;  // of (strip, step), in chunks of 8 values, and the end
  const uint32_t* bitmaps;      // [strips][steps][kBitmapWords]
  const uint16_t* values;
};

// x in global memory: [samples][columns] of 16 bits, rows x_stride apart.
struct Inputs {
  const uint16_t* x;
  int64_t x_stride;
  int samples;
  int columns;
};

// What a warp works on.
struct Place {
  int warp;
  int lane;
  int strip;         // of this warp
  bool exists;       // whether the weight has that strip
  int first_sample;  // of the block
  int steps;         // of the weight
};

GCOMPRESS_DEVICE Place place_of_warp(int rows, int columns, int samples_of_block) {
  Place place;
  place.warp = static_cast<int>(threadIdx.x) / 32;
  place.lane = static_cast<int>(threadIdx.x) % 32;
  place.strip = static_cast<int>(blockIdx.x) * kWarps + place.warp;
  place.exists = place.strip * kStripRows < rows;
  place.first_sample = static_cast<int>(blockIdx.y) * samples_of_block;
  place.steps = (columns + kStepColumns - 1) / kStepColumns;
  return place;
}

// Starts the copies of one step, in a group of their own. Steps at or beyond `end` copy nothing.
template <int kSamples>
GCOMPRESS_DEVICE void start_step(Stage<kSamples>& stage, const Strips& strips, const Inputs& inputs,
                                 const Place& place, int step, int end) {
  if (step < end) {
    constexpr int kChunks = kStepColumns / kChunk;
    for (int i = static_cast<int>(threadIdx.x); i < kSamples * kChunks; i += kThreads) {
      const int sample = place.first_sample + i / kChunks;
      const int column = step * kStepColumns + i % kChunks * kChunk;
      const int there = inputs.columns - column < kChunk ? inputs.columns - column : kChunk;
      const bool exists = sample < inputs.samples && there > 0;
      const uint16_t* from = exists ? inputs.x + sample * inputs.x_stride + column : inputs.x;
      async_copy_16(&stage.x[i / kChunks][i % kChunks * kChunk], from, exists ? 2 * there : 0);
    }
    if (place.exists) {
      const int64_t segment = static_cast<int64_t>(place.strip) * place.steps + step;
      if (place.lane < kBitmapWords / 4) {
        async_copy_16(&stage.bitmaps[place.warp][4 * place.lane],
                      strips.bitmaps + segment * kBitmapWords + 4 * place.lane, 16);
      }
      const uint32_t begin = strips.value_begin[segment];
      const uint32_t chunks = strips.value_begin[segment + 1] - begin;
      for (uint32_t c = static_cast<uint32_t>(place.lane); c < chunks; c += 32) {
        async_copy_16(&stage.values[place.warp][c * kChunk],
                      strips.values + (static_cast<int64_t>(begin) + c) * kChunk, 16);
      }
    }
  }
  async_commit();
}

// Runs compute(stage) for the steps of this block's part of the columns (blockIdx.z of gridDim.z),
// with the copies of later steps on their way. Afterwards nothing is on its way and all warps are
// done.
template <int kSamples, class Compute>
GCOMPRESS_DEVICE void for_each_step(Shared<kSamples>& shared, const Strips& strips,
                                    const Inputs& inputs, const Place& place, Compute compute) {
  constexpr int kStages = Config<kSamples>::kStages;
  const int begin = static_cast<int>(static_cast<int64_t>(place.steps) * blockIdx.z / gridDim.z);
  const int end =
      static_cast<int>(static_cast<int64_t>(place.steps) * (blockIdx.z + 1) / gridDim.z);
#pragma unroll
  for (int s = 0; s < kStages - 1; ++s) {
    start_step<kSamples>(shared.stages[s], strips, inputs, place, begin + s, end);
  }
#pragma unroll 1
  for (int step = begin; step < end; ++step) {
    const int current = (step - begin) % kStages;
    const int next = (step - begin + kStages - 1) % kStages;  // the stage that was computed last
    async_wait<kStages - 2>();
    __syncthreads();
    start_step<kSamples>(shared.stages[next], strips, inputs, place, step + kStages - 1, end);
    if (place.exists) compute(shared.stages[current]);
  }
  async_wait<0>();
  __syncthreads();
}

// How many of the strip's values in this step belong to words of the bitmap before word `lane`: a
// warp has as many lanes as the bitmap words, so all counts are added up at once. Warp-wide.
GCOMPRESS_DEVICE uint32_t values_before_word(const uint32_t (&bitmap)[kBitmapWords], int lane) {
  static_assert(kBitmapWords == 32, "a lane a word");
  const uint32_t own = static_cast<uint32_t>(__popc(bitmap[lane]));
  uint32_t sum = own;
#pragma unroll
  for (int step = 1; step < 32; step *= 2) {
    const uint32_t before = __shfl_up_sync(0xffffffffu, sum, step);
    if (lane >= step) sum += before;
  }
  return sum - own;
}

// Puts a warp's sums, as mma leaves them, into shared.sums[sample][row of the block].
template <int kSamples>
GCOMPRESS_DEVICE void share_sums(Shared<kSamples>& shared, const Place& place,
                                 const float (&sums)[Config<kSamples>::kColumnTiles][4]) {
  const int row = place.warp * kStripRows + place.lane / 4;
  const int sample = place.lane % 4 * 2;
#pragma unroll
  for (int tile = 0; tile < Config<kSamples>::kColumnTiles; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i)
      shared.sums[tile * 8 + sample + i % 2][row + i / 2 * 8] = sums[tile][i];
  }
}

// The end of a layer. With more than one part of the columns, sums go to parts[part][sample][row]
// instead.
struct Outputs {
  const float* bias;  // may be null
  float* y;
  float* parts;
  int64_t y_stride;
  int rows;
  float low;
  float high;
};

GCOMPRESS_DEVICE float finish(float sum, const Outputs& outputs, int row) {
  if (outputs.bias != nullptr) sum += outputs.bias[row];
  sum = sum < outputs.low ? outputs.low : sum;
  return sum > outputs.high ? outputs.high : sum;
}

// Stores shared.sums; rows of a sample lie side by side. Needs a barrier before.
template <int kSamples>
GCOMPRESS_DEVICE void store_sums(const Shared<kSamples>& shared, const Outputs& outputs,
                                 const Place& place, int samples) {
  for (int i = static_cast<int>(threadIdx.x); i < kSamples * kRows; i += kThreads) {
    const int sample = place.first_sample + i / kRows;
    const int row = static_cast<int>(blockIdx.x) * kRows + i % kRows;
    if (sample >= samples || row >= outputs.rows) continue;
    const float sum = shared.sums[i / kRows][i % kRows];
    if (gridDim.z == 1) {
      outputs.y[sample * outputs.y_stride + row] = finish(sum, outputs, row);
    } else {
      outputs.parts[(static_cast<int64_t>(blockIdx.z) * samples + sample) * outputs.rows + row] =
          sum;
    }
  }
}

// y = finish(sum of the parts), a thread an element, for a second launch behind one with several
// parts.
GCOMPRESS_DEVICE void add_parts(const Outputs& outputs, int parts, int samples) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const int64_t all = static_cast<int64_t>(samples) * outputs.rows;
  if (i >= all) return;
  float sum = 0;
  for (int part = 0; part < parts; ++part) sum += outputs.parts[part * all + i];
  const int row = static_cast<int>(i % outputs.rows);
  outputs.y[i / outputs.rows * outputs.y_stride + row] = finish(sum, outputs, row);
}

}  // namespace gcompress::cuda::tensor_tile
