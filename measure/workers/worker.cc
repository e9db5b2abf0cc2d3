// Starting a worker and speaking with it.
#include "gcompress/measure/workers/worker.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "gcompress/core/base/error.h"
#include "gcompress/core/execute/command/child.h"
#include "gcompress/measure/energy/clock.h"
#include "gcompress/measure/workers/serve.h"

namespace gcompress::measure {
namespace {

// Numbers of a worker come from our own program, yet a damaged line must not pass for a figure.
double number_of(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(number >= 0)) {
    throw Error(ErrorKind::kBug, "a worker answered '" + text + "' where a number belongs");
  }
  return number;
}

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(line);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

}  // namespace

struct Worker::State {
  State(const WorkerCommand& command, const RunContext& run_context)
      : context(run_context), child("exec \"$@\"", command) {}

  // The answer's words behind `word`.
  std::string answer(const std::string& word) {
    const std::optional<std::string> line = child.read_line(context);
    if (!line) throw_input("a process that runs a network " + child.ending());
    if (line->starts_with("error ")) throw_input(line->substr(6));
    if (word.empty()) return *line;
    if (!line->starts_with(word + " ")) {
      throw Error(ErrorKind::kBug, "a worker answered '" + line->substr(0, 100) + "', not " + word);
    }
    return line->substr(word.size() + 1);
  }

  std::string ask(const std::string& request, const std::string& word) {
    if (!child.write_line(request)) throw_input("a process that runs a network " + child.ending());
    return answer(word);
  }

  RunContext context;
  execute::Child child;
  double cold_start_seconds = 0;
  std::string name;
  execute::Runtime runtime;
};

Worker::Worker(const WorkerCommand& command, const RunContext& context) {
  const double begin = monotonic_clock().now();
  state_ = std::make_unique<State>(command, context);
  state_->cold_start_seconds = number_of(state_->answer("ready")) - begin;
  std::vector<std::string> fields = split(state_->ask("runtime", ""), '\t');
  fields.resize(4);
  state_->name = fields[0];
  state_->runtime = {.version = fields[1], .precision = fields[2], .remark = fields[3]};
}

Worker::~Worker() = default;
Worker::Worker(Worker&&) noexcept = default;
Worker& Worker::operator=(Worker&&) noexcept = default;

double Worker::cold_start_seconds() const { return state_->cold_start_seconds; }
std::string Worker::executor_name() const { return state_->name; }
const execute::Runtime& Worker::runtime() const { return state_->runtime; }
std::int64_t Worker::process() const { return state_->child.process(); }

std::vector<double> Worker::times(std::int64_t runs) {
  std::vector<double> seconds;
  while (runs > 0) {
    const std::int64_t now = std::min(runs, kMostTimesALine);
    for (const std::string& text :
         split(state_->ask("times " + std::to_string(now), "times"), ' ')) {
      seconds.push_back(number_of(text));
    }
    runs -= now;
  }
  return seconds;
}

double Worker::run(std::int64_t runs) {
  return number_of(state_->ask("run " + std::to_string(runs), "ran"));
}

std::int64_t Worker::peak_memory_bytes() {
  return static_cast<std::int64_t>(number_of(state_->ask("memory", "memory")));
}

}  // namespace gcompress::measure
