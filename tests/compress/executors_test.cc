// Choosing an executor by NAME:ARGUMENT.
#include "gcompress/compress/executors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/compress/recipe.h"
#include "tests/support/scratch.h"

namespace gcompress::compress {
namespace {

using ::testing::HasSubstr;
using testing::thrown_by;

Tables tables() { return {.stages = {}, .executors = executors(nullptr, nullptr)}; }

std::string refused(const std::string& text) {
  return thrown_by([&] { choose_executor(text, tables()); });
}

Settings common(const std::string& executor, const std::string& device) {
  Settings settings(common_options());
  settings.set(common_options(), "executor", executor);
  settings.set(common_options(), "device", device);
  return settings;
}

TEST(Executors, TheArgumentMayHoldColonsAndSpaces) {
  const Tables all = tables();
  const ChosenExecutor chosen = choose_executor("command:run a:b", all);
  EXPECT_EQ(chosen.row->name, "command");
  EXPECT_EQ(chosen.argument, "run a:b");
}

TEST(Executors, AnUnknownNameListsWhatThereIs) {
  EXPECT_THAT(refused("tensorflow"),
              HasSubstr("choose one of torch, engine, onnxruntime:LIBRARY, command:PROGRAM"));
}

TEST(Executors, AnArgumentThatIsMissingOrNotWantedIsRefused) {
  EXPECT_THAT(refused("onnxruntime"), HasSubstr("give onnxruntime:LIBRARY"));
  EXPECT_THAT(refused("command:"), HasSubstr("give command:PROGRAM"));
  EXPECT_THAT(refused("torch:1"), HasSubstr("give torch"));
}

TEST(Executors, OnlyTorchNeedsLibtorch) {
  for (const ExecutorRow& row : tables().executors) {
    EXPECT_EQ(row.needs_training, row.name.starts_with("torch")) << row.name;
  }
}

TEST(Executors, OnnxRuntimeIsCheckedBeforeAnythingRuns) {
  const auto told = [](const Settings& settings) {
    return thrown_by([&] { check_executor(settings, tables()); });
  };
  EXPECT_THAT(told(common("onnxruntime:/no/such.so", "cpu")), HasSubstr("there is no such file"));
  EXPECT_THAT(told(common("onnxruntime:/no/such.so", "cuda")), HasSubstr("on the CPU only"));
  EXPECT_EQ(told(common("torch", "cuda")), "");
}

TEST(Executors, TheDeviceIsCheckedBeforeAnythingRuns) {
  const auto told = [](const std::string& executor, const std::string& device) {
    return thrown_by([&] { check_executor(common(executor, device), tables()); });
  };
  EXPECT_EQ(told("engine", "cpu"), "");
  EXPECT_EQ(told("engine", "auto"), "");  // falls back
  for (const char* executor : {"engine", "torch"}) {
    EXPECT_THAT(told(executor, "gpu"), HasSubstr("'gpu' is no device; use cpu, cuda"));
  }
  EXPECT_EQ(told("engine-fp16", "auto"), "");
  EXPECT_THAT(told("engine-fp16", "cpu"), HasSubstr("on a GPU only"));
  // No machine has so many; without any, or built without CUDA, the sentence says that.
  EXPECT_THAT(told("engine", "cuda:9999"), HasSubstr("'cuda:9999'"));
}

}  // namespace
}  // namespace gcompress::compress
