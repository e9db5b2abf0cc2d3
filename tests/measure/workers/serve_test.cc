// The inside of a worker, spoken to by streams.
#include "gcompress/measure/workers/serve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "gcompress/core/base/error.h"

namespace gcompress::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Remembers which inputs it was given.
class Recorder : public execute::Executor {
 public:
  std::string name() const override { return "recorder"; }
  const std::vector<graph::Value>& inputs() const override { return none_; }
  const std::vector<graph::Value>& outputs() const override { return none_; }
  execute::Runtime runtime() const override {
    return {.version = "1.2", .precision = "float", .remark = "two\nlines"};
  }
  execute::Values run(const execute::Values& inputs) override {
    if (runs == fails_at) throw_input("the network broke");
    ++runs;
    seen.push_back(inputs.begin()->first);
    return {};
  }

  std::vector<std::string> seen;
  int runs = 0;
  int fails_at = -1;

 private:
  std::vector<graph::Value> none_;
};

struct Served {
  std::vector<std::string> answers;
  bool good = false;
};

Served serve_lines(Recorder& executor, const std::string& lines) {
  const std::vector<execute::Values> inputs = {{{"first", Tensor()}}, {{"second", Tensor()}}};
  std::istringstream in(lines);
  Served served;
  served.good =
      serve(executor, inputs, in, [&](const std::string& line) { served.answers.push_back(line); });
  return served;
}

TEST(Worker, AnswersOnceBeforeItIsReadyAndThenAsAsked) {
  Recorder executor;
  const Served served = serve_lines(executor, "runtime\ntimes 3\nrun 2\nmemory\n");
  EXPECT_TRUE(served.good);
  EXPECT_EQ(executor.runs, 6);
  EXPECT_THAT(served.answers, ElementsAre(StartsWith("ready "), "recorder\t1.2\tfloat\ttwo lines",
                                          ::testing::MatchesRegex("times [0-9.]+ [0-9.]+ [0-9.]+"),
                                          StartsWith("ran "), StartsWith("memory ")));
}

TEST(Worker, TakesItsInputsInTurn) {
  Recorder executor;
  serve_lines(executor, "times 2\nrun 1\n");
  EXPECT_THAT(executor.seen, ElementsAre("first", "second", "first", "second"));
}

TEST(Worker, SaysInOneLineWhatFailedAndEnds) {
  Recorder executor;
  executor.fails_at = 2;
  const Served served = serve_lines(executor, "run 5\nrun 1\n");
  EXPECT_FALSE(served.good);
  EXPECT_EQ(served.answers.back(), "error the network broke");
}

TEST(Worker, RefusesWhatItDoesNotKnow) {
  for (const char* line : {"", "dance", "times", "times -1", "times 1x", "times 3000", "run 0",
                           "run 99999999999999999999"}) {
    Recorder executor;
    const Served served = serve_lines(executor, std::string(line) + "\n");
    EXPECT_FALSE(served.good) << line;
    EXPECT_THAT(served.answers.back(), HasSubstr("a worker does not know"));
  }
}

TEST(Worker, KnowsItsPeakMemory) { EXPECT_GT(peak_memory_bytes(), 1'000'000); }

}  // namespace
}  // namespace gcompress::measure
