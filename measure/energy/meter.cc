// The external meter.
#include "gcompress/measure/energy/meter.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/specification.h"
#include "gcompress/measure/energy/meter_process.h"
#include "gcompress/measure/energy/sensors.h"

namespace gcompress::measure {
namespace {

constexpr double kFirstLineWithinSeconds = 3;
constexpr double kStaleAfterSeconds = 5;
// Its lines wait in a pipe of 64 KiB, which 100 lines a second fill in half a minute.
constexpr double kReadWithinSeconds = 10;
// How far the meter's time may run ahead of ours: a line cannot come before its sample.
constexpr double kAheadSeconds = 1;

std::string quoted(const std::string& line) {
  std::string shown = line.substr(0, 60);
  std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return "'" + shown + "'";
}

// The program and what it printed.
struct Meter {
  explicit Meter(const std::string& command) : process(command) {}

  void take_lines(double now) {
    while (lines.broken().empty()) {
      const auto line = process.next_line();
      if (!line) break;
      lines.take(*line, now);
    }
    if (!process.ended().empty()) lines.end("the meter " + process.ended());
  }

  MeterProcess process;
  MeterLines lines;
};

}  // namespace

void MeterLines::take(const std::string& line, double now) {
  std::istringstream words(line);
  std::string seconds_text;
  std::string joules_text;
  std::string more;
  words >> seconds_text >> joules_text >> more;
  if (!broken_.empty() || seconds_text.empty() || seconds_text.starts_with('#')) return;
  Sample sample;
  if (!parse_number(seconds_text, sample.seconds) || !parse_number(joules_text, sample.joules) ||
      !more.empty()) {
    return end("the meter printed " + quoted(line) + ", which is not \"SECONDS JOULES\"");
  }
  if (!first_) {
    first_ = sample;
    offset_ = now - sample.seconds;
  } else if (sample.seconds <= last_->seconds) {
    return end("the meter's time stands still or goes back: " + quoted(line));
  } else if (sample.joules < last_->joules) {
    return end("the meter's energy goes back: " + quoted(line));
  } else if (sample.seconds + offset_ > now + kAheadSeconds) {
    return end("the meter's seconds run faster than the clock: " + quoted(line));
  }
  last_ = sample;
}

void MeterLines::end(const std::string& why_not) {
  if (broken_.empty()) broken_ = why_not;
}

Reading MeterLines::read(double now) const {
  if (!broken_.empty()) return {now, std::nullopt, broken_};
  if (!last_) return {now, std::nullopt, "the meter has not printed a line"};
  const double at = last_->seconds + offset_;
  if (now - at > kStaleAfterSeconds) {
    return {now, std::nullopt, fmt::format("the meter's last line is {:.0f} s old", now - at)};
  }
  return {at, last_->joules - first_->joules, {}};
}

SensorSearch find_meter(const SensorEnvironment& environment) {
  SensorSearch search;
  const auto give_up = [&](const std::string& reason, const char* remedy) {
    search.missing.push_back({.name = "meter",
                              .part = environment.meter_command.empty() ? "" : "external",
                              .coverage = Coverage::kExternal,
                              .reason = reason,
                              .remedy = remedy});
    return search;
  };
  if (environment.meter_command.empty()) {
    return give_up("no program is given",
                   "--meter COMMAND, a program that prints \"SECONDS JOULES\" lines");
  }
  std::shared_ptr<Meter> meter;
  try {
    meter = std::make_shared<Meter>(environment.meter_command);
  } catch (const Error& error) {
    return give_up(error.message(), "");
  }
  const Clock& clock = environment.clock;
  const double start = clock.now();
  while (!meter->lines.has_sample() && meter->lines.broken().empty()) {
    meter->take_lines(clock.now());
    if (clock.now() - start > kFirstLineWithinSeconds) break;
    clock.sleep(0.001);
  }
  const Reading first = meter->lines.read(clock.now());
  if (!first.value) {
    return give_up(first.why_not, "see the external meter in docs/formats.md");
  }
  search.found.push_back({.name = "meter",
                          .part = "external",
                          .coverage = Coverage::kExternal,
                          .read_within_seconds = kReadWithinSeconds,
                          .remark = "a reading is of the meter's last sample, at its time",
                          .read = [meter, now = clock.now] {
                            meter->take_lines(now());
                            return meter->lines.read(now());
                          }});
  return search;
}

}  // namespace gcompress::measure
