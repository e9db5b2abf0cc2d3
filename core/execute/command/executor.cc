// The protocol: "ready", then a path for a path.
#include "gcompress/core/execute/command/executor.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/scratch_folder.h"
#include "gcompress/core/data/npz.h"
#include "gcompress/core/execute/command/child.h"
#include "gcompress/core/execute/ports.h"

namespace gcompress::execute {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRemedy = "docs/formats.md says how a command answers, with an example";

// What follows the word and a space, where the line begins with the word.
std::optional<std::string> after_word(const std::string& line, const std::string& word) {
  if (line == word) return "";
  if (line.starts_with(word + " ")) return line.substr(word.size() + 1);
  return std::nullopt;
}

// Lines of other programs go into messages: short and printable.
std::string quoted(const std::string& line) {
  constexpr std::size_t kShown = 100;
  std::string text = line.substr(0, kShown);
  std::ranges::replace_if(
      text, [](unsigned char letter) { return letter < ' ' || letter > 126; }, '?');
  return "'" + text + (line.size() > kShown ? "..." : "") + "'";
}

class CommandExecutor : public Executor {
 public:
  CommandExecutor(std::string command, const graph::Network& network,
                  const std::function<void(const fs::path&)>& write_network,
                  const RunContext& context)
      : command_(std::move(command)),
        inputs_(graph::runtime_inputs(network.graph)),
        outputs_(network.graph.outputs),
        context_(context) {
    const fs::path file = folder_.path() / "model.onnx";
    write_network(file);
    child_.emplace("GCOMPRESS_THREADS=$2; export GCOMPRESS_THREADS; " + command_ + " \"$1\"",
                   std::vector<std::string>{file.string(), std::to_string(context.threads)});
    const std::string line = answer();
    const std::optional<std::string> version = after_word(line, "ready");
    if (!version) fail("began with " + quoted(line) + ", not with ready");
    version_ = *version;
  }

  std::string name() const override { return "command"; }
  const std::vector<graph::Value>& inputs() const override { return inputs_; }
  const std::vector<graph::Value>& outputs() const override { return outputs_; }
  Runtime runtime() const override {
    return {.version = version_,
            .precision = {},
            .remark = "The command's latency contains passing inputs and outputs through files."};
  }

  Values run(const Values& inputs) override {
    check_inputs(inputs_, inputs);
    const fs::path file = folder_.path() / ("inputs-" + std::to_string(++runs_) + ".npz");
    data::write_npz(file, inputs);
    if (!child_->write_line(file.string())) fail(child_->ending());
    const std::string line = answer();
    if (const auto problem = after_word(line, "error")) fail("answered: " + *problem);
    Values outputs = read_answer(line);
    check_outputs(outputs_, outputs, who());
    fs::remove(file);
    return outputs;
  }

 private:
  std::string who() const { return "the command '" + command_ + "'"; }
  [[noreturn]] void fail(const std::string& how) const {
    throw_input(who() + " " + how, {}, kRemedy);
  }

  std::string answer() {
    std::optional<std::string> line = child_->read_line(context_);
    if (!line) fail(child_->ending());
    return std::move(*line);
  }

  // The file is removed where it lies beside the inputs, as it should.
  Values read_answer(const std::string& line) const {
    const fs::path file = line;
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) {
      fail("answered " + quoted(line) + ", which is no file");
    }
    Values outputs;
    try {
      outputs = data::read_npz(file);
    } catch (const Error& error) {
      fail("answered with a file that cannot be used: " + std::string(error.what()));
    }
    if (file.parent_path() == folder_.path()) fs::remove(file, ignored);
    return outputs;
  }

  std::string command_;
  std::vector<graph::Value> inputs_;
  std::vector<graph::Value> outputs_;
  RunContext context_;
  std::string version_;
  std::int64_t runs_ = 0;
  ScratchFolder folder_;
  std::optional<Child> child_;  // goes before the folder it works in
};

}  // namespace

std::unique_ptr<Executor> make_command_executor(
    const std::string& command, const graph::Network& network,
    const std::function<void(const fs::path&)>& write_network, const RunContext& context) {
  return std::make_unique<CommandExecutor>(command, network, write_network, context);
}

}  // namespace gcompress::execute
