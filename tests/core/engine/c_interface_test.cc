// The C interface gives the executor's answers, and a status with a sentence for whatever is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <thread>
#include <vector>

#include "gcompress/core/engine/c_interface/gcompress_engine.h"
#include "gcompress/core/engine/executor.h"
#include "gcompress/core/networks/networks.h"
#include "gcompress/core/packed/packed.h"
#include "gcompress/version.h"
#include "tests/support/network_builder.h"
#include "tests/support/scratch.h"

namespace gcompress::engine {
namespace {

using ::testing::HasSubstr;

struct Free {
  void operator()(gcompress_engine* engine) const { gcompress_engine_free(engine); }
};
using Engine = std::unique_ptr<gcompress_engine, Free>;

Engine loaded(const std::string& bytes, int threads = 1) {
  const gcompress_engine_options options = {.threads = threads};
  gcompress_engine* engine = nullptr;
  EXPECT_EQ(gcompress_engine_load_memory(bytes.data(), bytes.size(), &options, &engine),
            GCOMPRESS_ENGINE_OK)
      << gcompress_engine_error();
  return Engine(engine);
}

std::vector<float> normal(std::size_t count, std::uint64_t seed = 1) {
  RandomStream random(seed, "c interface test");
  std::vector<float> values(count);
  for (float& value : values) value = random.normal();
  return values;
}

gcompress_engine_input images(const std::vector<float>& pixels, std::int64_t batch) {
  return {.data = pixels.data(), .rank = 4, .shape = {batch, 1, 28, 28}};
}

// What run() writes for these images of 28 x 28.
std::vector<float> answers(gcompress_engine* engine, const std::vector<float>& pixels,
                           std::int64_t batch) {
  std::vector<float> scores(static_cast<std::size_t>(10 * batch));
  const gcompress_engine_input input = images(pixels, batch);
  gcompress_engine_output output = {
      .data = scores.data(), .bytes = scores.size() * sizeof(float), .rank = 0, .shape = {}};
  EXPECT_EQ(gcompress_engine_run(engine, &input, 1, &output, 1), GCOMPRESS_ENGINE_OK)
      << gcompress_engine_error();
  EXPECT_EQ(output.rank, 2);
  EXPECT_EQ(output.shape[0], batch);
  EXPECT_EQ(output.shape[1], 10);
  EXPECT_EQ(output.bytes, scores.size() * sizeof(float));
  return scores;
}

std::vector<float> executor_answers(const graph::Network& network, std::vector<float> pixels,
                                    std::int64_t batch) {
  RunContext context;
  context.threads = 1;
  const auto executor = make_engine_executor(network, context);
  const execute::Values outputs =
      executor->run({{"image", Tensor::from<float>({batch, 1, 28, 28}, std::move(pixels))}});
  const auto values = outputs.at("logits").as<float>();
  return {values.begin(), values.end()};
}

TEST(EngineCInterface, GivesTheExecutorsAnswersForEveryBatch) {
  const graph::Network network = networks::lenet_300_100(7);
  const Engine engine = loaded(packed::write_bytes(network));
  for (const std::int64_t batch : {1, 5, 2, 1}) {
    const std::vector<float> pixels = normal(static_cast<std::size_t>(784 * batch));
    EXPECT_EQ(answers(engine.get(), pixels, batch), executor_answers(network, pixels, batch));
  }
}

TEST(EngineCInterface, AFileIsNotNeededOnceItIsLoaded) {
  const testing::Scratch scratch;
  const graph::Network network = networks::lenet_300_100(7);
  const std::filesystem::path file = scratch / "lenet.gcz";
  packed::write(network, file, {.plain = true});
  gcompress_engine* engine = nullptr;
  ASSERT_EQ(gcompress_engine_load_file(file.c_str(), nullptr, &engine), GCOMPRESS_ENGINE_OK);
  const Engine owner(engine);
  std::filesystem::remove(file);
  const std::vector<float> pixels = normal(784);
  EXPECT_EQ(answers(engine, pixels, 1), executor_answers(network, pixels, 1));
}

TEST(EngineCInterface, SaysWhatGoesInAndComesOut) {
  const Engine engine = loaded(packed::write_bytes(networks::lenet_300_100(7)));
  ASSERT_EQ(gcompress_engine_input_count(engine.get()), 1U);
  ASSERT_EQ(gcompress_engine_output_count(engine.get()), 1U);
  gcompress_engine_value value;
  ASSERT_EQ(gcompress_engine_describe_input(engine.get(), 0, &value), GCOMPRESS_ENGINE_OK);
  EXPECT_STREQ(value.name, "image");
  EXPECT_EQ(value.dtype, GCOMPRESS_ENGINE_FLOAT32);
  ASSERT_EQ(value.rank, 4);
  EXPECT_EQ(std::vector<std::int64_t>(value.shape, value.shape + 4),
            (std::vector<std::int64_t>{-1, 1, 28, 28}));
  ASSERT_EQ(gcompress_engine_describe_output(engine.get(), 0, &value), GCOMPRESS_ENGINE_OK);
  EXPECT_STREQ(value.name, "logits");
  EXPECT_EQ(value.rank, 2);
  EXPECT_EQ(value.shape[1], 10);
  EXPECT_STREQ(gcompress_engine_version(), kVersion);
}

TEST(EngineCInterface, ASmallBufferIsNotOverrunAndTheNeededSizeIsSaid) {
  const Engine engine = loaded(packed::write_bytes(networks::lenet_300_100(7)));
  const std::vector<float> pixels = normal(2 * 784);
  const gcompress_engine_input input = images(pixels, 2);
  std::vector<float> scores(20, 99.0F);
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{79}}) {
    gcompress_engine_output output = {
        .data = scores.data(), .bytes = bytes, .rank = 0, .shape = {}};
    EXPECT_EQ(gcompress_engine_run(engine.get(), &input, 1, &output, 1), GCOMPRESS_ENGINE_USAGE);
    EXPECT_EQ(output.bytes, 80U);
    EXPECT_EQ(output.rank, 2);
    EXPECT_THAT(scores, ::testing::Each(99.0F));
  }
  gcompress_engine_output nowhere = {.data = nullptr, .bytes = 80, .rank = 0, .shape = {}};
  EXPECT_EQ(gcompress_engine_run(engine.get(), &input, 1, &nowhere, 1), GCOMPRESS_ENGINE_USAGE);
  EXPECT_THAT(gcompress_engine_error(), HasSubstr("too small"));
}

TEST(EngineCInterface, SenselessArgumentsAreRefused) {
  const std::string bytes = packed::write_bytes(networks::lenet_300_100(7));
  const Engine engine = loaded(bytes);
  const std::vector<float> pixels = normal(784);
  std::vector<float> scores(10);
  gcompress_engine_output output = {.data = scores.data(), .bytes = 40, .rank = 0, .shape = {}};
  const auto run = [&](gcompress_engine_input input) {
    return gcompress_engine_run(engine.get(), &input, 1, &output, 1);
  };
  const gcompress_engine_input good = images(pixels, 1);
  EXPECT_EQ(run(good), GCOMPRESS_ENGINE_OK);
  gcompress_engine_input bad = good;
  bad.data = nullptr;
  EXPECT_EQ(run(bad), GCOMPRESS_ENGINE_USAGE);
  bad = good;
  bad.rank = 9;
  EXPECT_EQ(run(bad), GCOMPRESS_ENGINE_USAGE);
  bad = good;
  bad.shape[0] = -1;
  EXPECT_EQ(run(bad), GCOMPRESS_ENGINE_USAGE);
  bad = good;
  bad.shape[0] = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(run(bad), GCOMPRESS_ENGINE_USAGE);
  bad = good;
  bad.shape[3] = 27;
  EXPECT_EQ(run(bad), GCOMPRESS_ENGINE_INPUT);
  EXPECT_THAT(gcompress_engine_error(), HasSubstr("image"));
  bad = good;
  bad.rank = 3;
  EXPECT_EQ(run(bad), GCOMPRESS_ENGINE_INPUT);

  EXPECT_EQ(gcompress_engine_run(engine.get(), &good, 1, &output, 2), GCOMPRESS_ENGINE_USAGE);
  EXPECT_EQ(gcompress_engine_run(engine.get(), nullptr, 1, &output, 1), GCOMPRESS_ENGINE_USAGE);
  EXPECT_EQ(gcompress_engine_run(nullptr, &good, 1, &output, 1), GCOMPRESS_ENGINE_USAGE);
  gcompress_engine_value value;
  EXPECT_EQ(gcompress_engine_describe_input(engine.get(), 1, &value), GCOMPRESS_ENGINE_USAGE);
  EXPECT_EQ(gcompress_engine_describe_output(nullptr, 0, &value), GCOMPRESS_ENGINE_USAGE);
  EXPECT_EQ(gcompress_engine_describe_input(engine.get(), 0, nullptr), GCOMPRESS_ENGINE_USAGE);
  EXPECT_EQ(gcompress_engine_input_count(nullptr), 0U);
  gcompress_engine_free(nullptr);

  gcompress_engine* none = nullptr;
  const gcompress_engine_options backwards = {.threads = -1};
  EXPECT_EQ(gcompress_engine_load_memory(bytes.data(), bytes.size(), &backwards, &none),
            GCOMPRESS_ENGINE_USAGE);
  EXPECT_EQ(gcompress_engine_load_memory(nullptr, 0, nullptr, &none), GCOMPRESS_ENGINE_USAGE);
  EXPECT_EQ(gcompress_engine_load_file(nullptr, nullptr, &none), GCOMPRESS_ENGINE_USAGE);
  EXPECT_EQ(gcompress_engine_load_memory(bytes.data(), bytes.size(), nullptr, nullptr),
            GCOMPRESS_ENGINE_USAGE);
  EXPECT_EQ(none, nullptr);
}

TEST(EngineCInterface, DamagedFilesAreRefusedWhereverTheyAreDamaged) {
  const std::string bytes =
      packed::write_bytes(networks::life({.steps = 1, .overcompleteness = 2, .torus = true}, 1));
  gcompress_engine* engine = nullptr;
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    std::string changed = bytes;
    changed[place] = static_cast<char>(changed[place] ^ 0x40);
    engine = reinterpret_cast<gcompress_engine*>(&changed);  // must be overwritten
    ASSERT_EQ(gcompress_engine_load_memory(changed.data(), changed.size(), nullptr, &engine),
              GCOMPRESS_ENGINE_INPUT);
    ASSERT_EQ(engine, nullptr);
    ASSERT_EQ(gcompress_engine_load_memory(bytes.data(), place, nullptr, &engine),
              GCOMPRESS_ENGINE_INPUT);
  }
  EXPECT_EQ(gcompress_engine_load_file("absent.gcz", nullptr, &engine), GCOMPRESS_ENGINE_INPUT);
  EXPECT_THAT(gcompress_engine_error(), HasSubstr("absent.gcz"));
}

TEST(EngineCInterface, AllThatIsMissingIsListed) {
  testing::NetworkBuilder b({-1, 4}, 1);
  b.node("Erf", "y", {"x"});
  b.node("Bernoulli", "z", {"y"});
  const std::string bytes = packed::write_bytes(b.finish("z", {-1, 4}));
  gcompress_engine* engine = nullptr;
  ASSERT_EQ(gcompress_engine_load_memory(bytes.data(), bytes.size(), nullptr, &engine),
            GCOMPRESS_ENGINE_UNSUPPORTED);
  EXPECT_THAT(gcompress_engine_error(), HasSubstr("Bernoulli"));
}

TEST(EngineCInterface, ThreadsMayShareAnEngineAndHaveTheirOwnErrors) {
  const graph::Network network = networks::lenet_300_100(7);
  const Engine engine = loaded(packed::write_bytes(network));
  const std::vector<float> pixels = normal(784);
  const std::vector<float> expected = executor_answers(network, pixels, 1);
  EXPECT_EQ(gcompress_engine_load_file("absent.gcz", nullptr, nullptr), GCOMPRESS_ENGINE_USAGE);
  const std::string error_here = gcompress_engine_error();
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      EXPECT_STREQ(gcompress_engine_error(), "");
      for (int i = 0; i < 20; ++i) EXPECT_EQ(answers(engine.get(), pixels, 1), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(gcompress_engine_error(), error_here);
}

}  // namespace
}  // namespace gcompress::engine
