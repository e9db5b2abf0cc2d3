// Records of finished stages.
#include "gcompress/compress/chain/record.h"

#include <array>
#include <nlohmann/json.hpp>
#include <system_error>

#include "gcompress/compress/chain/record_json.h"
#include "gcompress/compress/json_file.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/base/file.h"
#include "gcompress/core/base/hash.h"
#include "gcompress/core/packed/packed.h"

namespace gcompress::compress {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSchema = "gcompress-stage/1";
constexpr std::size_t kMostRivals = 64;
constexpr std::size_t kMostNotes = 10'000;

// Common options on which networks depend; how they are measured may change on resuming.
constexpr std::array kDeciding = {"model",      "data",         "seed",  "threads",
                                  "device",     "executor",     "task",  "train-limit",
                                  "test-limit", "tune-samples", "rivals"};

// Masks as the tensors of a network, in the order of the list in the JSON.
graph::Network carrier_of(const graph::Masks& masks) {
  graph::Network carrier;
  for (const auto& [id, mask] : masks) {
    graph::Initializer tensor;
    tensor.name = std::to_string(carrier.graph.initializers.size());
    tensor.value = Tensor(DataType::kUint8, mask.shape(), Bytes::own(mask.bytes()));
    carrier.graph.initializers.push_back(std::move(tensor));
  }
  return carrier;
}

nlohmann::ordered_json ids_of(const graph::Masks& masks) {
  nlohmann::ordered_json ids = nlohmann::ordered_json::array();
  for (const auto& [id, mask] : masks) ids.push_back({{"scope", id.scope}, {"tensor", id.tensor}});
  return ids;
}

graph::Masks read_masks(const nlohmann::json& json, const fs::path& folder, const fs::path& file) {
  const graph::Network carrier = packed::read(folder / "masks.gcz");
  const std::vector<graph::Initializer>& tensors = carrier.graph.initializers;
  const nlohmann::json& ids = array_in(json, "masks", tensors.size(), file);
  graph::Masks masks;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Tensor& bytes = tensors[i].value;
    if (bytes.dtype() != DataType::kUint8) {
      throw_input("a mask is not of bytes", {.file = file.string(), .node = {}, .value = {}});
    }
    masks[{text_in(ids[i], "scope", file), text_in(ids[i], "tensor", file)}] =
        graph::Mask::from_bytes(bytes.shape(), bytes.as<std::uint8_t>());
  }
  return masks;
}

fs::path rival_file(const fs::path& folder, std::size_t number) {
  return folder / ("rival-" + std::to_string(number) + ".gcz");
}

nlohmann::ordered_json write_rivals(const StageState& state, std::size_t first,
                                    const fs::path& folder) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (std::size_t i = first; i < state.rivals.size(); ++i) {
    const Rival& rival = state.rivals[i];
    GCOMPRESS_CHECK(!rival.make_executor);  // what stages make runs in the run's own executor
    packed::write(rival.network, rival_file(folder, i - first));
    list.push_back({{"name", rival.name}, {"is_before", rival.is_before}});
  }
  return list;
}

void read_rivals(const nlohmann::json& json, const fs::path& folder, const fs::path& file,
                 StageState& state) {
  const nlohmann::json& list = array_in(json, "rivals", kMostRivals, file);
  for (std::size_t i = 0; i < list.size(); ++i) {
    Rival rival;
    rival.name = text_in(list[i], "name", file);
    rival.network = packed::read(rival_file(folder, i));
    rival.is_before = flag_in(list[i], "is_before", file);
    state.rivals.push_back(std::move(rival));
  }
}

}  // namespace

std::string way_to(const Recipe& given, std::size_t last) {
  std::string way;
  for (const char* option : kDeciding) {
    way += std::string(option) + "=" + to_string(given.common.values().at(option)) + "\n";
  }
  const std::string& model = given.common.text("model");
  std::error_code ignored;
  if (fs::is_regular_file(model, ignored)) way += sha256_of_file(model) + "\n";
  for (std::size_t i = 0; i <= last; ++i) {
    way += given.stages[i].name + "\n";
    for (const auto& [option, value] : given.stages[i].settings.values()) {
      way += option + "=" + to_string(value) + "\n";
    }
  }
  return way;
}

RecordWriter::RecordWriter(const StageState& before, const StageContext& context)
    : context_(context), notes_(before.notes.size()), rivals_(before.rivals.size()) {}

void RecordWriter::write(const fs::path& folder, const std::string& made_by,
                         const RecipeStage& stage, const StageState& state) const {
  if (state.trials) return;
  const fs::path made = folder.string() + ".new";
  std::error_code error;
  fs::remove_all(made, error);
  fs::create_directories(made);
  packed::write(state.network, made / "network.gcz");
  packed::write(carrier_of(state.masks), made / "masks.gcz");
  nlohmann::ordered_json json = {{"schema", kSchema},
                                 {"made_by", made_by},
                                 {"source", state.network.source.string()},
                                 {"masks", ids_of(state.masks)},
                                 {"rivals", write_rivals(state, rivals_, made)},
                                 {"parameters_outside", state.parameters_outside},
                                 {"target_missed", state.target_missed},
                                 {"layers", to_json(state.layers)},
                                 {"notes", nlohmann::ordered_json::array()},
                                 {"costs", nlohmann::ordered_json::array()}};
  for (std::size_t i = notes_; i < state.notes.size(); ++i) json["notes"].push_back(state.notes[i]);
  if (context_.costs != nullptr) {
    context_.costs->end();
    json["costs"] = to_json(context_.costs->costs());
  }
  // The recipe last: a stage as it was resolved.
  Recipe resolved{.common = context_.common, .stages = {stage}};
  write_file_atomically(made / "recipe.yaml", to_yaml(resolved));
  write_file_atomically(
      made / "record.json",
      json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  fs::remove_all(folder, error);
  fs::rename(made, folder);
}

void read_record(const fs::path& folder, const std::string& made_by, const Tables& tables,
                 RecipeStage& stage, StageState& state, StageCosts* costs) {
  const fs::path file = folder / "record.json";
  const nlohmann::json json = read_json_file(file, kSchema);
  if (text_in(json, "made_by", file) != made_by) {
    throw_usage("the stage '" + stage.name + "' of the unfinished run was made with other options",
                "give the options of then, or begin anew with --fresh");
  }
  const Recipe resolved = read_recipe(folder / "recipe.yaml", tables);
  if (resolved.stages.size() != 1 || resolved.stages.front().name != stage.name) {
    throw_input("the record is of another stage",
                {.file = (folder / "recipe.yaml").string(), .node = {}, .value = {}},
                "begin anew with --fresh");
  }
  stage.settings = resolved.stages.front().settings;
  state.network = packed::read(folder / "network.gcz");
  state.network.source = text_in(json, "source", file);
  state.masks = read_masks(json, folder, file);
  read_rivals(json, folder, file, state);
  state.parameters_outside =
      static_cast<std::int64_t>(number_in(json, "parameters_outside", 0, file));
  state.target_missed = flag_in(json, "target_missed", file);
  state.layers = layers_in(json, "layers", file);
  for (const nlohmann::json& note : array_in(json, "notes", kMostNotes, file)) {
    if (!note.is_string()) throw_input("a note is no text", {.file = file.string()});
    state.notes.push_back(note.get<std::string>());
  }
  if (costs != nullptr) costs->restore(costs_in(json, "costs", file));
}

}  // namespace gcompress::compress
