// The request loop.
#include "serve.h"

#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <numeric>
#include <sstream>
#include <stdexcept>

namespace gcompress::bench {
namespace {

std::vector<float> read_floats(const std::string& file, std::size_t count) {
  std::vector<float> values(count);
  std::ifstream stream(file, std::ios::binary);
  const auto bytes = static_cast<std::streamsize>(count * sizeof(float));
  if (!stream.read(reinterpret_cast<char*>(values.data()), bytes)) {
    throw std::runtime_error(file + " holds too few elements");
  }
  return values;
}

std::vector<std::int64_t> read_sizes(std::istream& words) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = 0; words >> size;) sizes.push_back(size);
  return sizes;
}

std::int64_t elements_of(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

double seconds_of(Runtime& runtime, std::int64_t runs) {
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < runs; ++i) runtime.run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// How many runs take about so long: doubled until a tenth of it is reached.
std::int64_t runs_that_fit(Runtime& runtime, double seconds) {
  for (std::int64_t runs = 1;; runs *= 2) {
    const double taken = seconds_of(runtime, runs);
    if (taken >= seconds / 10) {
      return std::max<std::int64_t>(
          1, static_cast<std::int64_t>(static_cast<double>(runs) * seconds / taken));
    }
  }
}

std::string time_runs(Runtime& runtime, int samples, double seconds) {
  runtime.run();
  const std::int64_t runs = runs_that_fit(runtime, seconds);
  std::ostringstream times;
  times.precision(9);
  for (int i = 0; i < samples; ++i) {
    times << " " << seconds_of(runtime, runs) / static_cast<double>(runs);
  }
  return times.str();
}

std::string write_output(Runtime& runtime, const std::string& file) {
  runtime.run();
  const Runtime::Output output = runtime.output();
  std::ofstream stream(file, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(output.data),
               elements_of(output.shape) * static_cast<std::int64_t>(sizeof(float)));
  if (!stream.flush()) throw std::runtime_error(file + " cannot be written");
  std::string sizes;
  for (const std::int64_t size : output.shape) sizes += " " + std::to_string(size);
  return sizes;
}

std::string answer_to(Runtime& runtime, const std::string& line) {
  std::istringstream words(line);
  std::string request;
  std::string file;
  words >> request;
  if (request == "load") {
    int threads = 0;
    words >> file >> threads;
    return " " + runtime.load(file, threads);
  }
  if (request == "input") {
    words >> file;
    const std::vector<std::int64_t> shape = read_sizes(words);
    runtime.set_input(shape, read_floats(file, static_cast<std::size_t>(elements_of(shape))));
    return "";
  }
  if (request == "answer") {
    words >> file;
    return write_output(runtime, file);
  }
  if (request == "time") {
    int samples = 0;
    double seconds = 0;
    words >> samples >> seconds;
    return time_runs(runtime, samples, seconds);
  }
  throw std::runtime_error("there is no request '" + request + "'");
}

}  // namespace

void serve(Runtime& runtime) {
  for (std::string line; std::getline(std::cin, line);) {
    try {
      const std::string answer = answer_to(runtime, line);
      std::cout << "ok" << answer << std::endl;
    } catch (const std::exception& exception) {
      std::cout << "error " << exception.what() << std::endl;
    }
  }
}

}  // namespace gcompress::bench
