// A piece of a quantized network made ready to run on integers: from float inputs through codes to
// float outputs.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gcompress/core/engine/integer/planning.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::engine::integer {

// Planned for one image size and any number of images: 16 or 64 at a time lie side by side
// (layout.h), what is left one by one. Running allocates nothing but the outputs, and memory for
// more threads or images the first time. Not thread-safe.
class Program {
 public:
  // `inputs`: shapes of the whole network's; the first axis counts images, however many. Refers to
  // the network. Adds what cannot run on codes to `refusals`; the program is then of no use.
  Program(const graph::Network& network, const graph::CodeNetwork& codes, const Piece& piece,
          const std::map<std::string, Shape>& inputs, int threads, std::vector<Refusal>& refusals);
  ~Program();
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;

  // Takes the piece's inputs out of `inputs`: float32 of the planned image size, all of as many
  // images.
  execute::Values run(const execute::Values& inputs);

  // The same, and adds the seconds of each step to `seconds` [steps]; with all threads in each.
  execute::Values run_timed(const execute::Values& inputs, std::vector<double>& seconds);

  // Of so many images: the steps, and bytes of the values of a thread.
  std::vector<StepFacts> steps(std::int64_t images);
  std::size_t memory_bytes(std::int64_t images);

 private:
  struct Lanes;  // all that depends on how many images lie side by side
  std::unique_ptr<Lanes> make_lanes(std::int64_t lanes, std::vector<Refusal>& refusals) const;
  Lanes& lanes_for(std::int64_t lanes);
  std::int64_t lanes_to_use(std::int64_t images);
  void run_images(Lanes& lanes, std::int64_t images, std::vector<const float*> inputs,
                  std::vector<float*> outputs);

  std::unique_ptr<ImageNetwork> network_;
  int threads_ = 1;
  std::map<std::int64_t, std::unique_ptr<Lanes>> lanes_;
  std::vector<double>* seconds_ = nullptr;  // of a timed run
};

}  // namespace gcompress::engine::integer
