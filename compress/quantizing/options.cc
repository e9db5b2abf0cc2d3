// The options of quantizing.
#include "gcompress/compress/quantizing/options.h"

#include "gcompress/compress/fit_options.h"
#include "gcompress/compress/quantizing/target_runtime.h"
#include "gcompress/quantize/calibrators.h"

namespace gcompress::compress {
namespace {

// What is lost on the tuning split and needs no more done where nobody sets a goal.
constexpr double kGoodEnough = 0.01;
constexpr double kAgreesEnough = 0.02;  // without labels
constexpr double kNearEnough = 0.02;    // or so near, of the outputs

template <typename Rows>
std::vector<std::string> auto_and_names_of(const Rows& rows) {
  std::vector<std::string> names = {"auto"};
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

std::vector<std::string> choices() { return {"auto", "on", "off"}; }

quantize::Choice choice_of(const Settings& settings, const std::string& name) {
  const std::string& text = settings.text(name);
  if (text == "on") return quantize::Choice::kOn;
  return text == "off" ? quantize::Choice::kOff : quantize::Choice::kAuto;
}

// Of training with the rounding in place: none by default, and gentle.
std::vector<OptionRow> training_options() {
  std::vector<OptionRow> rows = teacher_options("float");
  std::vector<OptionRow> fit = fit_options();
  set_default(fit, "epochs", std::int64_t{0});
  set_default(fit, "learning-rate", 1e-4);
  rows.insert(rows.end(), fit.begin(), fit.end());
  return rows;
}

}  // namespace

std::vector<OptionRow> quantize_options() {
  std::vector<OptionRow> rows = {
      {.name = "calibrate",
       .fallback = std::string(),
       .help = "samples to calibrate with, like --data; labels are not looked at (default: the "
               "tuning split of --data)"},
      {.name = "calibration-samples",
       .fallback = std::int64_t{300},
       .help = "at most so many of them",
       .least = 1,
       .most = 1e6},
      {.name = "calibrator",
       .fallback = std::string("auto"),
       .help = "how ranges come from samples; auto: what comes nearest on the tuning split",
       .choices = auto_and_names_of(quantize::calibrators())},
      {.name = "percentile",
       .fallback = 99.99,
       .help = "of the numbers that --calibrator percentile keeps within the range",
       .least = 90,
       .most = 100},
      {.name = "target-runtime",
       .fallback = std::string("auto"),
       .help = "what will run the network; auto: ONNX Runtime on this processor",
       .choices = auto_and_names_of(target_runtimes())},
      {.name = "bias-correction",
       .fallback = std::string("auto"),
       .help = "take what rounding adds to the layers' means off their biases",
       .choices = choices()},
      {.name = "equalize",
       .fallback = std::string("auto"),
       .help = "scale channels between layers so that weights spread alike",
       .choices = choices()},
      {.name = "smooth",
       .fallback = std::string("auto"),
       .help = "move large features of what products of matrices read into their weights",
       .choices = choices()},
      {.name = "smooth-strength",
       .fallback = 0.5,
       .help = "how much of them: 0 none, 1 all",
       .least = 0,
       .most = 1},
      {.name = "learned-rounding",
       .fallback = std::string("auto"),
       .help = "round weights so that layers' outputs stay near; auto: where --max-drop is missed "
               "without",
       .choices = choices()},
      {.name = "mixed-precision",
       .fallback = std::string("auto"),
       .help = "auto: leave sensitive layers float until --max-drop (without one: a point, two "
               "without labels) "
               "holds on the tuning split",
       .choices = {"auto", "off"}},
      {.name = "judged-samples",
       .fallback = std::int64_t{1000},
       .help = "of the tuning split, by which ways are chosen",
       .least = 1,
       .most = 1e6},
      {.name = "keep-float",
       .fallback = std::vector<std::string>{},
       .help = "layers that stay float, by name"},
  };
  const std::vector<OptionRow> training = training_options();
  rows.insert(rows.end(), training.begin(), training.end());
  return rows;
}

quantize::SearchOptions search_options_of(const Settings& settings, const Settings& common,
                                          bool labelled) {
  const TargetRuntimeRow& runtime = target_runtime(settings.text("target-runtime"));
  const double goal = common.number("max-drop");
  quantize::SearchOptions options;
  options.calibrator = settings.text("calibrator");
  options.range = {.percentile = settings.number("percentile"), .activations = runtime.activations};
  options.quantize.reduced_range = runtime.reduced_range;
  options.quantize.activations = runtime.activations;
  options.calibrate.samples = settings.integer("calibration-samples");
  options.equalize = choice_of(settings, "equalize");
  options.smooth = choice_of(settings, "smooth");
  options.smooth_strength = settings.number("smooth-strength");
  options.bias_correction = choice_of(settings, "bias-correction");
  options.rounding = choice_of(settings, "learned-rounding");
  options.mixed_precision = choice_of(settings, "mixed-precision");
  options.goal = goal >= 0 ? goal : labelled ? kGoodEnough : kAgreesEnough;
  if (goal < 0 && !labelled) options.near_enough = kNearEnough * kNearEnough;
  return options;
}

}  // namespace gcompress::compress
