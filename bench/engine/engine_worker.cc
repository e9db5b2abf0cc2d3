// Our engine, through its C interface, as a worker of the benchmark: serve.h. Models are .gcz
// files. `engine_worker limit THREADS` prints how many floating-point operations a second the
// processor does out of registers, in billions, and the instruction set.
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <stdexcept>

#include "fma_limit.h"
#include "gcompress/core/engine/c_interface/gcompress_engine.h"
#include "serve.h"

namespace gcompress::bench {
namespace {

void require_ok(gcompress_engine_status status) {
  if (status != GCOMPRESS_ENGINE_OK) throw std::runtime_error(gcompress_engine_error());
}

class EngineRuntime : public Runtime {
 public:
  EngineRuntime() = default;
  EngineRuntime(const EngineRuntime&) = delete;
  EngineRuntime& operator=(const EngineRuntime&) = delete;
  ~EngineRuntime() override { gcompress_engine_free(engine_); }

  std::string load(const std::string& model, int threads) override {
    gcompress_engine_free(engine_);
    const gcompress_engine_options options = {.threads = threads};
    require_ok(gcompress_engine_load_file(model.c_str(), &options, &engine_));
    return gcompress_engine_version();
  }

  void set_input(const std::vector<std::int64_t>& shape, std::vector<float> values) override {
    if (shape.size() > GCOMPRESS_ENGINE_MAX_RANK) throw std::runtime_error("too many axes");
    values_ = std::move(values);
    input_ = {.data = values_.data(), .rank = static_cast<int>(shape.size()), .shape = {}};
    std::memcpy(input_.shape, shape.data(), shape.size() * sizeof(std::int64_t));
    output_ = {};
    gcompress_engine_run(engine_, &input_, 1, &output_, 1);  // says how large the output is
    if (output_.bytes == 0) throw std::runtime_error(gcompress_engine_error());
    answer_.resize(output_.bytes / sizeof(float));
    output_.data = answer_.data();
  }

  void run() override { require_ok(gcompress_engine_run(engine_, &input_, 1, &output_, 1)); }

  Output output() override {
    return {.shape = {output_.shape, output_.shape + output_.rank}, .data = answer_.data()};
  }

 private:
  gcompress_engine* engine_ = nullptr;
  std::vector<float> values_;
  std::vector<float> answer_;
  gcompress_engine_input input_ = {};
  gcompress_engine_output output_ = {};
};

}  // namespace
}  // namespace gcompress::bench

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "limit") == 0) {
    const gcompress::bench::FmaLimit limit = gcompress::bench::fma_limit(std::atoi(argv[2]));
    std::cout << limit.gigaflops << " " << limit.instruction_set << "\n";
    return 0;
  }
  gcompress::bench::EngineRuntime runtime;
  gcompress::bench::serve(runtime);
  return 0;
}
