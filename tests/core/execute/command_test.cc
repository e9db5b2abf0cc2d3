// An external command as executor: a shell script that answers, and many that do not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>

#include "gcompress/core/base/error.h"
#include "gcompress/core/execute/command/executor.h"
#include "tests/support/scratch.h"

namespace gcompress::execute {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::thrown_by;

// Gives its input x back as x, so that a program that copies files runs it.
graph::Network echo_network() {
  graph::Network network;
  network.graph.inputs = {graph::make_value("x", DataType::kFloat32, {-1, 2})};
  network.graph.outputs = network.graph.inputs;
  return network;
}

void write_network(const std::filesystem::path& file) { std::ofstream(file) << "a network"; }

std::unique_ptr<Executor> executor_of(const std::string& command, const RunContext& context = {}) {
  return make_command_executor(command, echo_network(), write_network, context);
}

// The path of the network comes as the last argument: a function takes it.
std::string script(const std::string& body) { return "f() { " + body + "; }; f"; }

const std::string kEcho =
    script("echo ready echo 1.0; while read file; do cp $file $file.out; echo $file.out; done");

Values one_row() { return {{"x", Tensor::from<float>({1, 2}, {3, 4})}}; }

TEST(CommandExecutor, AnswersEveryCall) {
  const auto executor = executor_of(kEcho);
  for (const std::int64_t rows : {1, 3}) {
    const Values given = {{"x", Tensor::from<float>({rows, 2}, std::vector<float>(2 * rows, 7))}};
    EXPECT_TRUE(identical(executor->run(given).at("x"), given.at("x")));
  }
  EXPECT_EQ(executor->runtime().version, "echo 1.0");
}

TEST(CommandExecutor, GivesTheNetworkAndTheThreads) {
  RunContext context;
  context.threads = 3;
  const auto executor =
      executor_of(script("echo \"ready $(cat \"$1\") $GCOMPRESS_THREADS\"; cat >&2"), context);
  EXPECT_EQ(executor->runtime().version, "a network 3");
}

TEST(CommandExecutor, ACommandThatIsNotThereOrDiesAtOnceIsNamed) {
  EXPECT_THAT(thrown_by([] { executor_of("/no/such/program"); }),
              AllOf(HasSubstr("'/no/such/program'"), HasSubstr("exit code 127")));
  EXPECT_THAT(thrown_by([] { executor_of(script("exit 3")); }), HasSubstr("exit code 3"));
  EXPECT_THAT(thrown_by([] { executor_of(script("kill -9 $$")); }), HasSubstr("signal 9"));
}

TEST(CommandExecutor, ACommandThatDiesWhileRunningIsNamed) {
  const auto dies = executor_of(script("echo ready; read file; exit 4"));
  EXPECT_THAT(thrown_by([&] { dies->run(one_row()); }), HasSubstr("exit code 4"));
  const auto is_dead = executor_of(script("echo ready; exit 5"));
  EXPECT_THAT(thrown_by([&] { is_dead->run(one_row()); }), HasSubstr("exit code 5"));
}

TEST(CommandExecutor, NonsenseIsQuoted) {
  EXPECT_THAT(thrown_by([] { executor_of(script("echo loading the network; cat")); }),
              HasSubstr("'loading the network'"));
  const auto no_file = executor_of(script("echo ready; read file; echo 42; cat"));
  EXPECT_THAT(thrown_by([&] { no_file->run(one_row()); }), HasSubstr("'42', which is no file"));
  const auto no_npz = executor_of(script("echo ready; read f; echo hello > $f; echo $f; cat"));
  EXPECT_THAT(thrown_by([&] { no_npz->run(one_row()); }), HasSubstr("cannot be used"));
}

TEST(CommandExecutor, WhatTheCommandSaysIsWrongIsPassedOn) {
  const auto refuses = executor_of(script("echo ready; read file; echo error too small; cat"));
  EXPECT_THAT(thrown_by([&] { refuses->run(one_row()); }), HasSubstr("answered: too small"));
}

TEST(CommandExecutor, AnAnswerOfAnotherShapeIsRefused) {
  graph::Network network = echo_network();
  network.graph.outputs = {graph::make_value("x", DataType::kFloat32, {-1, 5})};
  const auto executor = make_command_executor(kEcho, network, write_network, {});
  EXPECT_THAT(thrown_by([&] { executor->run(one_row()); }),
              AllOf(HasSubstr("[N, 5]"), HasSubstr("[1, 2]")));
  network.graph.outputs = {graph::make_value("y", DataType::kFloat32, {-1, 2})};
  const auto other = make_command_executor(kEcho, network, write_network, {});
  EXPECT_THAT(thrown_by([&] { other->run(one_row()); }), HasSubstr("value 'y'"));
}

TEST(CommandExecutor, WaitingCanBeCancelled) {
  const std::atomic<bool> cancelled = true;
  RunContext context;
  context.cancel = &cancelled;
  try {
    executor_of(script("sleep 60"), context);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInterrupted);
  }
}

TEST(CommandExecutor, ACommandThatDoesNotEndIsEnded) {
  const testing::Scratch scratch;
  const auto begin = std::chrono::steady_clock::now();
  executor_of(script("echo ready; sleep 60"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

}  // namespace
}  // namespace gcompress::execute
