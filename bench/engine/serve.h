// A runtime that times itself on request: what the benchmark's driver talks to through a pipe.
//
// Requests are lines, and so are answers: "ok ..." or "error SENTENCE".
//   load MODEL THREADS           -> ok VERSION
//   input FILE SIZE...           -> ok                 float32 elements of that shape, the one
//   input answer FILE                  -> ok SIZE...         runs once, writes the one output time
//   SAMPLES SECONDS         -> ok SECONDS...      so many samples, each the mean time of as many
//                                                      runs as fit; one run before goes untimed
// A process serves one runtime. bench/engine/_serve.py speaks the same for runtimes in Python.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gcompress::bench {

class Runtime {
 public:
  virtual ~Runtime() = default;
  // Throw std::exception with a sentence.
  virtual std::string load(const std::string& model, int threads) = 0;  // gives the version
  virtual void set_input(const std::vector<std::int64_t>& shape, std::vector<float> values) = 0;
  virtual void run() = 0;
  struct Output {
    std::vector<std::int64_t> shape;
    const float* data;
  };
  virtual Output output() = 0;  // of the last run
};

// Answers requests until standard input ends.
void serve(Runtime& runtime);

}  // namespace gcompress::bench
