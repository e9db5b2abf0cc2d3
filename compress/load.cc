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

bool is_built_in(const std::string& model) {
  const std::string base = model.substr(0, model.find(':'));
  const auto known = networks::list();
  return std::ranges::any_of(known, [&](const auto& row) {
    return row.first.substr(0, row.first.find(':')) == base;
  });
}

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

void use_preprocessing_of(const graph::Network& network, data::DataParts& data) {
  for (data::Dataset* part : {&data.train, &data.tune, &data.test}) {
    part->preprocessing = data::preprocessing_of(network.metadata, part->preprocessing);
  }
}

}  // namespace

graph::Network load_network(const fs::path& file) {
  return file.extension() == ".gcz" ? packed::read(file) : onnx::read(file);
}

StageState load(const Settings& common, const RunContext& context) {
  StageState state;
  const std::string& model = common.text("model");
  if (model.empty()) throw_usage("no network is named", "give a .onnx file");
  if (!common.text("data").empty()) {
    const data::OpenOptions options{.seed = context.seed,
                                    .tune_samples = common.integer("tune-samples"),
                                    .train_limit = common.integer("train-limit"),
                                    .test_limit = common.integer("test-limit")};
    state.data = data::open(common.text("data"), options, context);
  }
  if (!fs::exists(model) && is_built_in(model)) {
    state.network = make_built_in(model, state.data, context.seed);
  } else {
    state.network = load_network(model);
  }
  if (state.data) {
    use_preprocessing_of(state.network, *state.data);
    const std::string& named = common.text("task");
    state.task = execute::make_task(state.network, state.data->train,
                                    named == "auto" ? state.data->task : named);
  }
  return state;
}

}  // namespace gcompress::compress
