// Trying, judging, keeping.
#include "gcompress/quantize/search.h"

#include <fmt/format.h>

#include <algorithm>

#include "gcompress/core/base/error.h"
#include "gcompress/quantize/prepare.h"

namespace gcompress::quantize {
namespace {

std::string shown(const Verdict& verdict) {
  return fmt::format("{:.2f}% same answers, distance {:.3g}", 100 * verdict.agreement,
                     verdict.distance);
}

// Where the search stands: a float network, and how it is quantized.
struct Place {
  graph::Network prepared;
  Observations observations;
  std::string calibrator;
  Quantized quantized;
  Verdict verdict;
};

class Searcher {
 public:
  Searcher(const SearchOptions& options, const Bench& bench) : options_(options), bench_(bench) {}

  Found run(const graph::Network& network);

 private:
  void quantize_at(Place& place) const;
  void choose_calibrator(Place& place);
  void say(std::string note) {
    bench_.context.say(note);
    notes_.push_back(std::move(note));
  }

  const SearchOptions& options_;
  const Bench& bench_;
  std::vector<std::string> notes_;
};

void Searcher::quantize_at(Place& place) const {
  const Ranges ranges = ranges_of(place.observations, calibrator(place.calibrator), options_.range);
  place.quantized = quantize(place.prepared, ranges, options_.quantize);
  if (place.quantized.plan.layers.empty()) {
    std::string why;
    for (const StayedFloat& layer : place.quantized.plan.stayed_float) {
      why += (why.empty() ? ": " : ", ") + layer.node + " (" + layer.why + ")";
    }
    throw Error(ErrorKind::kUnsupported, "no layer of the network can run on integers" + why);
  }
  place.verdict = bench_.judge.judge(place.quantized.network);
}

void Searcher::choose_calibrator(Place& place) {
  if (options_.calibrator != "auto") {
    place.calibrator = options_.calibrator;
    quantize_at(place);
    return say(fmt::format("Ranges by {}: {}.", place.calibrator, shown(place.verdict)));
  }
  std::string tried;
  Place best;
  for (const CalibratorRow& row : calibrators()) {
    Place candidate = place;
    candidate.calibrator = row.name;
    quantize_at(candidate);
    tried += (tried.empty() ? "" : "; ") + row.name + " " + shown(candidate.verdict);
    if (best.calibrator.empty() || candidate.verdict.distance < best.verdict.distance) {
      best = std::move(candidate);
    }
  }
  place = std::move(best);
  say(fmt::format(
      "Ranges by {}, which came nearest to the float network on {} samples of the tuning "
      "split ({}).",
      place.calibrator, bench_.judge.samples(), tried));
}

Found Searcher::run(const graph::Network& network) {
  Place place;
  place.prepared = prepared(network);
  place.observations = observe(place.prepared, bench_.make_executor, bench_.calibration,
                               options_.calibrate, bench_.context);
  choose_calibrator(place);
  return {.prepared = std::move(place.prepared),
          .quantized = std::move(place.quantized),
          .calibrator = place.calibrator,
          .calibrated_on = std::min(options_.calibrate.samples, bench_.calibration.size()),
          .verdict = place.verdict,
          .notes = std::move(notes_)};
}

}  // namespace

Found search(const graph::Network& network, const SearchOptions& options, const Bench& bench) {
  return Searcher(options, bench).run(network);
}

}  // namespace gcompress::quantize
