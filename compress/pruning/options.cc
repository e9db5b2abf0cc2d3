// The options of pruning, one list an idea.
#include "gcompress/compress/pruning/options.h"

#include "gcompress/compress/fit_options.h"
#include "gcompress/compress/pruning/channels.h"
#include "gcompress/compress/pruning/methods.h"

namespace gcompress::compress {
namespace {

std::vector<std::string> criterion_choices() {
  std::vector<std::string> names = {"auto"};
  for (const prune::CriterionRow& row : prune::criteria()) names.push_back(row.name);
  return names;
}

template <typename Rows>
std::vector<std::string> names_of(const Rows& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

std::vector<std::string> method_choices() {
  std::vector<std::string> names = {"auto"};
  for (const PruneMethod& method : prune_methods()) names.push_back(method.name);
  return names;
}

std::vector<OptionRow> selection_options() {
  return {
      {.name = "target",
       .fallback = 0.1,
       .help = "kept parameters / all parameters",
       .least = 1e-6,
       .most = 1},
      {.name = "method",
       .fallback = std::string("auto"),
       .help = "auto: gradual with data, one-shot without",
       .choices = method_choices()},
      {.name = "criterion",
       .fallback = std::string("auto"),
       .help = "how much a weight matters; auto: magnitude, or obs to reconstruct",
       .choices = criterion_choices()},
      {.name = "allocation",
       .fallback = std::string("global"),
       .help = "how the target is spread over layers",
       .choices = names_of(prune::allocations())},
      {.name = "pattern",
       .fallback = std::string("unstructured"),
       .help = "which weights go together: 1x4, 8x1, 2:4, 64:2:20 (V:N:M), channel"},
      {.name = "target-of",
       .fallback = std::string("params"),
       .help = "what the target counts; latency: of our engine, predicted, or as --cost-model says",
       .choices = {"params", "flops", "bytes", "latency"}},
      {.name = "cost-model",
       .fallback = std::string(),
       .help =
           "JSON file with the time of each layer for --target-of latency: fixed, and per weight "
           "kept"},
      {.name = "sensitivity",
       .fallback = std::string(),
       .help = "JSON file of how much each layer minds: read where it is there, else measured and "
               "written"},
      {.name = "floor",
       .fallback = std::int64_t{1},
       .help = "weights that every layer keeps",
       .least = 0,
       .most = 1e12},
      {.name = "floor-share",
       .fallback = 0.0,
       .help = "the same as a share of the layer",
       .least = 0,
       .most = 1},
      {.name = "only",
       .fallback = std::vector<std::string>{},
       .help = "prune only layers with these names or patterns (* and ?)"},
      {.name = "ignore",
       .fallback = std::vector<std::string>{},
       .help = "keep these layers whole; they count"},
      {.name = "exclude",
       .fallback = std::vector<std::string>{},
       .help = "leave these layers out of the target on both sides"},
      {.name = "include-fixed",
       .fallback = false,
       .help = "prune likely fixed filter banks like other weights"},
  };
}

std::vector<OptionRow> recovery_options() {
  return {
      {.name = "time",
       .fallback = std::string(),
       .help = "choose epochs and schedule so that pruning takes about so long here: 30m, 1h30m"},
      {.name = "begin",
       .fallback = 0.1,
       .help = "share of the steps when pruning begins",
       .least = 0,
       .most = 1},
      {.name = "end",
       .fallback = 0.6,
       .help = "share of the steps when the target is reached",
       .least = 0,
       .most = 1},
      {.name = "every",
       .fallback = std::int64_t{50},
       .help = "steps between mask updates, fewer in a short run",
       .least = 1,
       .most = 1e9},
      {.name = "tolerance",
       .fallback = 0.0,
       .help = "backtracking: how far below the dense network a cut may stay on the tuning split",
       .least = 0,
       .most = 1},
      {.name = "trials",
       .fallback = std::int64_t{300},
       .help = "backtracking: cuts tried at most, each trained for --epochs",
       .least = 1,
       .most = 1e6},
      {.name = "rounds",
       .fallback = std::int64_t{5},
       .help = "iterative: rounds of cutting and training, which share --epochs",
       .least = 1,
       .most = 1000},
      {.name = "rewind",
       .fallback = std::string("learning-rate"),
       .help = "iterative: what goes back after a cut; none trains on at a tenth of the rate",
       .choices = {"none", "learning-rate", "weights"}},
      {.name = "rewind-to",
       .fallback = std::string("0"),
       .help = "rewind weights: to those of this step: 500, 2epochs or 5%"},
      {.name = "start",
       .fallback = std::string(),
       .help = "rewind weights: the network as it was when its training began"},
      {.name = "until",
       .fallback = 0.8,
       .help = "share of the steps until which weights come back (surgery, rigging)",
       .least = 0,
       .most = 1},
      {.name = "hysteresis",
       .fallback = 0.2,
       .help = "surgery: a weight comes back when it beats the cut by this share",
       .least = 0,
       .most = 100},
      {.name = "exchange",
       .fallback = 0.3,
       .help = "rigging: share of a layer's weights that the first update exchanges",
       .least = 0,
       .most = 1},
      {.name = "first-masks",
       .fallback = std::string("random"),
       .help = "rigging: where it begins, random in shares by Erdos-Renyi, or by the criterion",
       .choices = {"random", "criterion"}},
      {.name = "freeze-statistics",
       .fallback = false,
       .help = "recover with batch-norm statistics as they are, not by batches"},
      {.name = "calibration-samples",
       .fallback = std::int64_t{256},
       .help = "training samples that reconstruct, wanda and obs look at",
       .least = 1,
       .most = 1e9},
      {.name = "recalibrate",
       .fallback = true,
       .help = "measure batch-norm statistics anew, kept where it helps"},
      {.name = "restarts",
       .fallback = std::int64_t{1},
       .help = "attempts with other seeds, the best on the tuning split kept",
       .least = 1,
       .most = 1000},
  };
}

}  // namespace

std::vector<OptionRow> prune_options() {
  std::vector<OptionRow> rows;
  for (auto& options : {selection_options(), channel_options(), recovery_options(),
                        teacher_options("dense"), fit_options()}) {
    rows.insert(rows.end(), options.begin(), options.end());
  }
  set_default(rows, "hold", 0.6);
  return rows;
}

std::string criterion_of(const Settings& settings) {
  const std::string name = settings.text("criterion");
  if (name != "auto") return name;
  return settings.text("method") == "reconstruct" ? "obs" : "magnitude";
}

prune::PruneOptions prune_options_of(const Settings& settings, std::uint64_t seed) {
  return {.target = settings.number("target"),
          .criterion = criterion_of(settings),
          .allocation = settings.text("allocation"),
          .pattern = graph::parse_pattern(settings.text("pattern")),
          .floor_count = settings.integer("floor"),
          .floor_share = settings.number("floor-share"),
          .only = settings.list("only"),
          .ignore = settings.list("ignore"),
          .exclude = settings.list("exclude"),
          .include_fixed = settings.flag("include-fixed"),
          .seed = seed};
}

}  // namespace gcompress::compress
