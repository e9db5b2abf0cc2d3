// Serving.
#include "gcompress/measure/workers/serve.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <istream>
#include <optional>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/energy/clock.h"

namespace gcompress::measure {
namespace {

constexpr std::int64_t kMostRuns = std::int64_t{1} << 40;

// "times 100" as 100 where `word` is "times".
std::optional<std::int64_t> count_after(const std::string& line, const std::string& word) {
  if (!line.starts_with(word + " ")) return std::nullopt;
  std::int64_t count = 0;
  const char* begin = line.data() + word.size() + 1;
  const char* end = line.data() + line.size();
  const auto [stop, error] = std::from_chars(begin, end, count);
  if (error != std::errc() || stop != end || count < 1 || count > kMostRuns) return std::nullopt;
  return count;
}

// One field of a tab-separated line.
std::string field(std::string text) {
  std::ranges::replace_if(text, [](unsigned char letter) { return letter < ' '; }, ' ');
  return text;
}

class Service {
 public:
  Service(execute::Executor& executor, std::span<const execute::Values> inputs)
      : executor_(executor), inputs_(inputs) {}

  std::string first_answer() {
    run(1);
    return fmt::format("ready {:.9f}", clock_.now());
  }

  std::string answer(const std::string& line) {
    if (line == "memory") return fmt::format("memory {}", peak_memory_bytes());
    if (line == "runtime") {
      const execute::Runtime runtime = executor_.runtime();
      return field(executor_.name()) + "\t" + field(runtime.version) + "\t" +
             field(runtime.precision) + "\t" + field(runtime.remark);
    }
    if (const auto runs = count_after(line, "run")) {
      const double begin = clock_.now();
      run(*runs);
      return fmt::format("ran {:.9f}", clock_.now() - begin);
    }
    const auto runs = count_after(line, "times");
    if (!runs || *runs > kMostTimesALine) throw_usage("a worker does not know '" + line + "'");
    std::string text = "times";
    for (const double seconds : time_runs(executor_, inputs_, *runs, next_)) {
      fmt::format_to(std::back_inserter(text), " {:.9f}", seconds);
    }
    return text;
  }

 private:
  void run(std::int64_t runs) {
    for (std::int64_t i = 0; i < runs; ++i) {
      executor_.run(inputs_[next_]);
      next_ = next_ + 1 == inputs_.size() ? 0 : next_ + 1;
    }
  }

  execute::Executor& executor_;
  std::span<const execute::Values> inputs_;
  std::size_t next_ = 0;
  Clock clock_ = monotonic_clock();
};

}  // namespace

std::vector<double> time_runs(execute::Executor& executor, std::span<const execute::Values> inputs,
                              std::int64_t runs, std::size_t& next) {
  const Clock clock = monotonic_clock();
  std::vector<double> seconds;
  seconds.reserve(static_cast<std::size_t>(runs));
  double begin = clock.now();
  for (std::int64_t i = 0; i < runs; ++i) {
    executor.run(inputs[next]);
    next = next + 1 == inputs.size() ? 0 : next + 1;
    const double end = clock.now();
    seconds.push_back(end - begin);
    begin = end;
  }
  return seconds;
}

bool serve(execute::Executor& executor, std::span<const execute::Values> inputs, std::istream& in,
           const std::function<void(const std::string& line)>& answer) {
  GCOMPRESS_CHECK(!inputs.empty());
  try {
    Service service(executor, inputs);
    answer(service.first_answer());
    for (std::string line; std::getline(in, line);) answer(service.answer(line));
  } catch (const std::exception& error) {
    answer("error " + field(error.what()));
    return false;
  }
  return true;
}

std::int64_t peak_memory_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("VmHWM:")) continue;
    return std::strtoll(line.c_str() + 6, nullptr, 10) * 1024;
  }
  return 0;
}

}  // namespace gcompress::measure
