// Trying, judging, keeping.
#include "gcompress/quantize/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/quantize/adjust.h"
#include "gcompress/quantize/bias_correction.h"
#include "gcompress/quantize/equalize.h"
#include "gcompress/quantize/prepare.h"
#include "gcompress/quantize/sensitivity.h"
#include "gcompress/quantize/smooth.h"

namespace gcompress::quantize {
namespace {

// What adds operators must bring the network so much nearer.
constexpr double kWorthAnOperator = 0.9;

std::string shortened(const std::string& name) {
  constexpr std::size_t kMost = 60;
  return name.size() <= kMost ? name : name.substr(0, kMost) + "...";
}

std::string shown(const Verdict& verdict) {
  return fmt::format("{:.2f}% same answers, distance {:.3g}", 100 * verdict.agreement,
                     verdict.distance);
}

// Where the search stands: a float network, and how it is quantized.
struct Place {
  graph::Network prepared;
  Observations observations;
  std::string calibrator;
  Adjustments adjustments;
  KeepFloat keep_float;
  Quantized quantized;
  Verdict verdict;
};

class Searcher {
 public:
  Searcher(const SearchOptions& options, const Bench& bench)
      : options_(options),
        bench_(bench),
        samples_{bench.make_executor, bench.calibration, options.calibrate, bench.context} {}

  Found run(const graph::Network& network);

 private:
  Ranges ranges_at(const Place& place) const {
    return ranges_of(place.observations, calibrator(place.calibrator), options_.range);
  }
  QuantizeOptions options_with(const KeepFloat& keep_float) const;
  Quantized quantized_at(const Place& place, const KeepFloat& keep_float) const;
  void judge(Place& place) const;
  Observations observe_again(const graph::Network& network) const {
    return observe(network, bench_.make_executor, bench_.calibration, options_.calibrate,
                   bench_.context);
  }

  void choose_calibrator(Place& place);
  void try_equalizing(Place& place);
  void try_smoothing(Place& place);
  void try_bias_correction(Place& place);
  void try_training(Place& place);
  void try_rounding(Place& place);
  void mix_precision(Place& place);

  // Moves to the candidate where it was asked for, or is at most `worth` times as far off, and says
  // what it came to.
  void consider(Place candidate, Choice choice, const std::string& what, Place& place,
                double worth = 1);
  bool good_enough(const Place& place) const {
    return place.verdict.drop <= options_.goal || place.verdict.distance <= options_.near_enough;
  }
  void say(std::string note) {
    bench_.context.say(note);
    notes_.push_back(std::move(note));
  }

  const SearchOptions& options_;
  const Bench& bench_;
  Samples samples_;
  std::vector<std::string> notes_;
};

QuantizeOptions Searcher::options_with(const KeepFloat& keep_float) const {
  QuantizeOptions options = options_.quantize;
  options.keep_float.insert(keep_float.begin(), keep_float.end());
  return options;
}

Quantized Searcher::quantized_at(const Place& place, const KeepFloat& keep_float) const {
  const QuantizeOptions options = options_with(keep_float);
  return quantize(adjusted(place.prepared, place.adjustments, options.keep_float), ranges_at(place),
                  options);
}

void Searcher::judge(Place& place) const {
  place.quantized = quantized_at(place, place.keep_float);
  if (place.quantized.plan.layers.empty()) {
    std::string why;
    for (const StayedFloat& layer : place.quantized.plan.stayed_float) {
      why += (why.empty() ? ": " : ", ") + layer.node + " (" + layer.why + ")";
    }
    throw Error(ErrorKind::kUnsupported, "no layer of the network can run on integers" + why);
  }
  place.verdict = bench_.judge.judge(place.quantized.network);
}

void Searcher::consider(Place candidate, Choice choice, const std::string& what, Place& place,
                        double worth) {
  judge(candidate);
  const bool nearer = candidate.verdict.distance < worth * place.verdict.distance;
  const bool kept = nearer || choice == Choice::kOn;
  say(fmt::format(
      "{} {}: {} instead of {}.", what,
      kept ? (nearer ? "helped" : "was asked for") : "did not help enough and was left out",
      shown(candidate.verdict), shown(place.verdict)));
  if (kept) place = std::move(candidate);
}

void Searcher::choose_calibrator(Place& place) {
  if (options_.calibrator != "auto") {
    place.calibrator = options_.calibrator;
    judge(place);
    return say(fmt::format("Ranges by {}: {}, on {} samples of the tuning split.", place.calibrator,
                           shown(place.verdict), bench_.judge.samples()));
  }
  std::string tried;
  std::optional<Place> best;
  for (const CalibratorRow& row : calibrators()) {
    Place candidate = place;
    candidate.calibrator = row.name;
    judge(candidate);
    tried += (tried.empty() ? "" : "; ") + row.name + " " + shown(candidate.verdict);
    if (!best || candidate.verdict.distance < best->verdict.distance) best = std::move(candidate);
  }
  place = std::move(*best);
  say(
      fmt::format("Ranges by {}, which came nearest to the float network on {} samples of the "
                  "tuning split ({}).",
                  place.calibrator, bench_.judge.samples(), tried));
}

void Searcher::try_equalizing(Place& place) {
  if (options_.equalize == Choice::kOff) return;
  Equalized equal = equalized(place.prepared);
  if (equal.pairs == 0) return;
  Place candidate = place;
  candidate.prepared = std::move(equal.network);
  candidate.observations = observe_again(candidate.prepared);
  consider(std::move(candidate), options_.equalize,
           fmt::format("Equalizing {} pairs of layers", equal.pairs), place);
}

void Searcher::try_smoothing(Place& place) {
  if (options_.smooth == Choice::kOff) return;
  Smoothed smooth = smoothed(place.prepared, options_.smooth_strength, samples_);
  if (smooth.values == 0) return;
  Place candidate = place;
  candidate.prepared = std::move(smooth.network);
  candidate.observations = observe_again(candidate.prepared);
  consider(std::move(candidate), options_.smooth,
           fmt::format("Smoothing the inputs of products ({}, of which {} take a multiplication)",
                       smooth.values, smooth.inserted),
           place, smooth.inserted > 0 ? kWorthAnOperator : 1);
}

void Searcher::try_bias_correction(Place& place) {
  if (options_.bias_correction == Choice::kOff) return;
  Place candidate = place;
  candidate.adjustments = with_corrected_biases(place.prepared, place.adjustments, ranges_at(place),
                                                options_with(place.keep_float), samples_);
  consider(std::move(candidate), options_.bias_correction, "Bias correction", place);
}

// The network with the parameters that it came out of training with.
graph::Network with_parameters_of(graph::Network network, const graph::Network& trained) {
  for (graph::Initializer& tensor : network.graph.initializers) {
    const graph::Initializer* found = trained.graph.initializer(tensor.name);
    if (found != nullptr && found->value.dtype() == tensor.value.dtype() &&
        found->value.shape() == tensor.value.shape()) {
      tensor.value = found->value;
    }
  }
  return network;
}

// Judged by the drop: a trained network need not be near the float one to be as good.
void Searcher::try_training(Place& place) {
  if (!bench_.train) return;
  QuantizeOptions options = options_with(place.keep_float);
  const graph::Network start = adjusted(place.prepared, place.adjustments, options.keep_float);
  options.floating_weights = true;
  Place candidate = place;
  candidate.prepared =
      with_parameters_of(start, bench_.train(quantize(start, ranges_at(place), options).network));
  candidate.adjustments = {};
  judge(candidate);
  const bool kept = std::pair(candidate.verdict.drop, candidate.verdict.distance) <
                    std::pair(place.verdict.drop, place.verdict.distance);
  say(fmt::format(
      "Training with the rounding in place {}: on the tuning split it loses {:.2f} points "
      "instead of {:.2f}.",
      kept ? "helped" : "did not help and was left out", 100 * candidate.verdict.drop,
      100 * place.verdict.drop));
  if (kept) place = std::move(candidate);
}

// Biases are corrected for the weights as they are rounded in the end.
void Searcher::try_rounding(Place& place) {
  const bool needed = options_.rounding == Choice::kAuto && !good_enough(place);
  if ((options_.rounding != Choice::kOn && !needed) || !bench_.moments) return;
  Place candidate = place;
  const QuantizeOptions options = options_with(place.keep_float);
  candidate.adjustments = with_learned_rounding(place.prepared, {}, ranges_at(place), options,
                                                bench_.moments, bench_.context);
  if (options_.bias_correction != Choice::kOff) {
    candidate.adjustments = with_corrected_biases(place.prepared, std::move(candidate.adjustments),
                                                  ranges_at(place), options, samples_);
  }
  consider(std::move(candidate), options_.rounding, "Learned rounding", place);
}

void Searcher::mix_precision(Place& place) {
  if (options_.mixed_precision == Choice::kOff || good_enough(place)) return;
  const std::vector<LayerLoss> losses = layer_losses(
      place.prepared, [&](const KeepFloat& keep) { return quantized_at(place, keep); },
      bench_.shapes_of(place.prepared), bench_.judge, options_.sensitivity_samples, bench_.context);
  if (losses.size() < 2) return;
  const auto with_float = [&](std::size_t count) {
    Place candidate = place;
    for (std::size_t i = 0; i < count; ++i) {
      candidate.keep_float.emplace(losses[i].output, "its rounding costs too much");
    }
    judge(candidate);
    return candidate;
  };
  const auto count =
      fewest_float(losses.size(), [&](std::size_t few) { return good_enough(with_float(few)); });
  Place candidate = with_float(count.value_or(losses.size() - 1));
  std::string worst;
  for (std::size_t i = 0; i < std::min<std::size_t>(losses.size(), 3); ++i) {
    worst += fmt::format("{}{} {:.3g}", i == 0 ? "" : ", ", shortened(losses[i].node),
                         losses[i].distance);
  }
  say(
      fmt::format("{} of {} layers were left float, {}: {} instead of {}. First went, "
                  "with the distance that each makes alone: {}.",
                  count.value_or(losses.size() - 1), losses.size(),
                  count ? "the fewest that hold the goal" : "and the goal was still missed",
                  shown(candidate.verdict), shown(place.verdict), worst));
  place = std::move(candidate);
}

Found Searcher::run(const graph::Network& network) {
  Place place;
  place.prepared = prepared(network);
  place.observations = observe_again(place.prepared);
  choose_calibrator(place);
  try_equalizing(place);
  try_smoothing(place);
  try_bias_correction(place);
  try_training(place);
  try_rounding(place);
  mix_precision(place);
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
