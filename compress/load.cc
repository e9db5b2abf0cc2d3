// Loading: network, data, task.
#include "gcompress/compress/load.h"

#include <algorithm>

#include "gcompress/core/base/error.h"
#include "gcompress/core/networks/networks.h"
#include "gcompress/core/onnx/onnx.h"
#include "gcompress/core/packed/packed.h"

namespace gcompress::compress {
namespace {

namespace fs = std::filesystem;

graph::Network make_built_in(const std::string& model, const std::optional<data::DataParts>& data,
                             std::uint64_t seed) {
  Shape input;
  std::int64_t classes = 0;
  if (data) {
    input = data->train.source->inputs().front().shape;
    classes = static_cast<std::int64_t>(data->train.classes.size());
  }
  return networks::by_name(model, input, classes, seed);
}

// What travels with the network as metadata replaces the data's own default preprocessing.
data::DataParts open_data(const Settings& common, const graph::Network& network,
                          const RunContext& context) {
  data::OpenOptions options{.seed = context.seed,
                            .tune_samples = common.integer("tune-samples"),
                            .train_limit = common.integer("train-limit"),
                            .test_limit = common.integer("test-limit")};
  if (network.find_metadata(data::kPreprocessingKey) != nullptr) {
    options.preprocessing = data::preprocessing_of(network.metadata, {});
  }
  return data::open(common.text("data"), options, context);
}

}  // namespace

bool names_built_in(const std::string& model) {
  if (fs::exists(model)) return false;
  const std::string base = model.substr(0, model.find(':'));
  const auto known = networks::list();
  return std::ranges::any_of(
      known, [&](const auto& row) { return row.first.substr(0, row.first.find(':')) == base; });
}

graph::Network load_network(const fs::path& file) {
  return file.extension() == ".gcz" ? packed::read(file) : onnx::read(file);
}

StageState load(const Settings& common, const RunContext& context) {
  StageState state;
  const std::string& model = common.text("model");
  if (model.empty()) throw_usage("no network is named", "give a .onnx file");
  const bool built_in = names_built_in(model);
  if (!built_in) state.network = load_network(model);
  if (!common.text("data").empty()) state.data = open_data(common, state.network, context);
  if (built_in) state.network = make_built_in(model, state.data, context.seed);
  if (state.data) {
    const std::string& named = common.text("task");
    state.task = execute::make_task(state.network, state.data->train,
                                    named == "auto" ? state.data->task : named);
  }
  return state;
}

}  // namespace gcompress::compress
