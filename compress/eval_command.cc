// The user's own program as a judge.
#include "gcompress/compress/eval_command.h"

#include <sys/wait.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <memory>

#include "gcompress/core/base/error.h"
#include "gcompress/core/onnx/onnx.h"

namespace gcompress::compress {
namespace {

std::string single_quoted(const std::string& path) {
  std::string text = "'";
  for (const char letter : path)
    text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return text + "'";
}

// What the command printed; its exit status in `status`.
std::string output_of(const std::string& line, int& status) {
  FILE* pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) throw_input("the command '" + line + "' cannot be started");
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
    text.append(buffer.data(), got);
  }
  status = pclose(pipe);
  return text;
}

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  const std::size_t newline = text.find_last_of('\n');
  return newline == std::string::npos ? text : text.substr(newline + 1);
}

}  // namespace

measure::Accuracy run_eval_command(const std::string& command, const graph::Network& network,
                                   const std::filesystem::path& scratch,
                                   const RunContext& context) {
  context.check_cancelled();
  const std::filesystem::path file = scratch / "eval.onnx";
  onnx::write(network, file);
  int status = 0;
  const std::string text = output_of(command + " " + single_quoted(file.string()), status);
  std::filesystem::remove(file);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw_input("the command '" + command + "' failed", {},
                "it must exit with 0 and print the score as its last line");
  }
  const std::string line = last_line(text);
  char* end = nullptr;
  const double value = std::strtod(line.c_str(), &end);
  if (line.empty() || *end != '\0' || !std::isfinite(value)) {
    throw_input("the command '" + command + "' printed '" + line + "', not a number", {},
                "print the score alone on the last line");
  }
  measure::Accuracy accuracy;
  accuracy.metric = "eval";
  accuracy.figure = {.value = value, .unit = "score"};
  return accuracy;
}

}  // namespace gcompress::compress
