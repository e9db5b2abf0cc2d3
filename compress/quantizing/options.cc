// The options of quantizing.
#include "gcompress/compress/quantizing/options.h"

#include "gcompress/compress/quantizing/target_runtime.h"
#include "gcompress/quantize/calibrators.h"

namespace gcompress::compress {
namespace {

// What is lost on the tuning split and needs no more done where nobody sets a goal.
constexpr double kGoodEnough = 0.01;

template <typename Rows>
std::vector<std::string> auto_and_names_of(const Rows& rows) {
  std::vector<std::string> names = {"auto"};
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

}  // namespace

std::vector<OptionRow> quantize_options() {
  return {
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
      {.name = "judged-samples",
       .fallback = std::int64_t{1000},
       .help = "of the tuning split, by which ways are chosen",
       .least = 1,
       .most = 1e6},
      {.name = "keep-float",
       .fallback = std::vector<std::string>{},
       .help = "layers that stay float, by name"},
  };
}

quantize::SearchOptions search_options_of(const Settings& settings, const Settings& common) {
  const TargetRuntimeRow& runtime = target_runtime(settings.text("target-runtime"));
  const double goal = common.number("max-drop");
  quantize::SearchOptions options;
  options.calibrator = settings.text("calibrator");
  options.range = {.percentile = settings.number("percentile"), .activations = runtime.activations};
  options.quantize.reduced_range = runtime.reduced_range;
  options.quantize.activations = runtime.activations;
  options.calibrate.samples = settings.integer("calibration-samples");
  options.goal = goal < 0 ? kGoodEnough : goal;
  return options;
}

}  // namespace gcompress::compress
