// Recipes: the common options, YAML in and out.
#include "gcompress/compress/recipe.h"

#include <yaml-cpp/yaml.h>

#include <fstream>

#include "gcompress/compress/chain/back_off.h"
#include "gcompress/compress/executors.h"
#include "gcompress/compress/measuring/options.h"
#include "gcompress/core/base/error.h"

namespace gcompress::compress {
namespace {

constexpr const char* kSchema = "gcompress-recipe/1";
constexpr std::size_t kLargestRecipe = std::size_t{1} << 20;

void emit_settings(YAML::Emitter& out, const Settings& settings) {
  for (const auto& [name, value] : settings.values()) {
    out << YAML::Key << name << YAML::Value;
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
      out << YAML::Flow << *list;
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      out << YAML::DoubleQuoted << *text;
    } else {
      out << to_string(value);
    }
  }
}

[[noreturn]] void throw_at(const YAML::Node& node, const std::string& message,
                           const std::string& remedy) {
  const std::string line =
      node.Mark().line >= 0 ? "line " + std::to_string(node.Mark().line + 1) + ": " : "";
  throw_input(line + message, {}, remedy);
}

std::string text_of(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  if (!node.IsSequence()) throw_at(node, "expected a value or a list", "see docs/formats.md");
  std::string text;
  for (const YAML::Node& item : node) {
    if (!item.IsScalar()) throw_at(item, "expected a plain value", "see docs/formats.md");
    text += (text.empty() ? "" : ",") + item.Scalar();
  }
  return text;
}

void read_settings(const YAML::Node& map, std::span<const OptionRow> rows, const std::string& skip,
                   Settings& settings) {
  for (const auto& entry : map) {
    const std::string name = entry.first.Scalar();
    if (name == skip) continue;
    try {
      settings.set(rows, name, text_of(entry.second));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUsage) throw;
      throw_at(entry.first, error.message(), error.remedy());
    }
  }
}

RecipeStage read_stage(const YAML::Node& map, const Tables& tables) {
  if (!map.IsMap() || !map["stage"] || !map["stage"].IsScalar()) {
    throw_at(map, "a stage without a name", "write it as '- stage: prune'");
  }
  const std::string name = map["stage"].Scalar();
  try {
    const StageRow& row = tables.stage(name);
    RecipeStage stage{.name = name, .settings = Settings(row.options)};
    read_settings(map, row.options, "stage", stage.settings);
    return stage;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUsage) throw;
    throw_at(map, error.message(), error.remedy());
  }
}

Recipe read_root(const YAML::Node& root, const Tables& tables) {
  if (!root.IsMap() || !root["schema"] || !root["schema"].IsScalar() ||
      root["schema"].Scalar() != kSchema) {
    throw_input(std::string("is no recipe: it does not begin with 'schema: ") + kSchema + "'");
  }
  for (const auto& entry : root) {
    const std::string key = entry.first.Scalar();
    if (key != "schema" && key != "common" && key != "stages") {
      throw_at(entry.first, "unknown key '" + key + "'", "use schema, common and stages");
    }
  }
  Recipe recipe{.common = Settings(common_options()), .stages = {}};
  if (root["common"]) read_settings(root["common"], common_options(), "", recipe.common);
  if (root["stages"] && !root["stages"].IsSequence()) {
    throw_at(root["stages"], "stages is not a list", "write each as '- stage: NAME'");
  }
  for (const YAML::Node& stage : root["stages"]) {
    recipe.stages.push_back(read_stage(stage, tables));
  }
  return recipe;
}

std::vector<OptionRow> running_options() {
  return {
      {.name = "model",
       .fallback = std::string(),
       .help = "network: .onnx, .gcz, or a built-in name"},
      {.name = "data",
       .fallback = std::string(),
       .help = "life:..., mnist:DIR, images:DIR, npz:FILE or csv:FILE"},
      {.name = "out", .fallback = std::string(), .help = "output folder"},
      {.name = "seed", .fallback = std::int64_t{0}, .help = "of every random choice"},
      {.name = "threads",
       .fallback = std::int64_t{0},
       .help = "0: as many as there are cores",
       .least = 0,
       .most = 1024},
      {.name = "device",
       .fallback = std::string("cpu"),
       .help = "where networks run: cpu, cuda, cuda:INDEX, cuda:PCI-ID or auto"},
      {.name = "executor",
       .fallback = std::string("torch"),
       .help =
           "what runs the networks: torch, engine, engine-fp16, torch-bf16, onnxruntime:LIBRARY or "
           "command:PROGRAM"},
      {.name = "eval",
       .fallback = std::string(),
       .help = "your own score: a command that gets a model's path and prints a number"},
      {.name = "train-limit",
       .fallback = std::int64_t{-1},
       .help = "use a seeded subset of so many training samples"},
      {.name = "test-limit",
       .fallback = std::int64_t{-1},
       .help = "use a seeded subset of so many test samples"},
      {.name = "tune-samples",
       .fallback = std::int64_t{-1},
       .help = "size of the tuning split (default: a twelfth of the training data, at most 5,000)"},
      {.name = "task",
       .fallback = std::string("auto"),
       .help = "what the outputs mean",
       .choices = {"auto", "classification", "binary", "cells", "regression", "unlabelled"}},
      {.name = "max-drop",
       .fallback = -1.0,
       .help = "the goal: lose at most this accuracy (0.01 is a point); missed: exit code 4",
       .least = -1,
       .most = 1},
      {.name = "rivals",
       .fallback = std::string("cheap"),
       .help = "what to compare with: full also trains the dense network on and a random mask",
       .choices = {"none", "cheap", "full"}},
  };
}

}  // namespace

const std::vector<OptionRow>& common_options() {
  static const std::vector<OptionRow> rows = [] {
    std::vector<OptionRow> all = running_options();
    const std::vector<OptionRow>& measuring = measuring_options();
    all.insert(all.end(), measuring.begin(), measuring.end());
    const std::vector<OptionRow> back_off = back_off_options();
    all.insert(all.end(), back_off.begin(), back_off.end());
    return all;
  }();
  return rows;
}

RecipeStage make_stage(const std::string& name,
                       const std::vector<std::pair<std::string, std::string>>& options,
                       const Tables& tables) {
  const std::vector<OptionRow>& rows = tables.stage(name).options;
  RecipeStage stage{.name = name, .settings = Settings(rows)};
  for (const auto& [option, text] : options) stage.settings.set(rows, option, text);
  return stage;
}

std::string to_yaml(const Recipe& recipe) {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "schema" << YAML::Value << kSchema;
  out << YAML::Key << "common" << YAML::Value << YAML::BeginMap;
  emit_settings(out, recipe.common);
  out << YAML::EndMap << YAML::Key << "stages" << YAML::Value << YAML::BeginSeq;
  for (const RecipeStage& stage : recipe.stages) {
    out << YAML::BeginMap << YAML::Key << "stage" << YAML::Value << stage.name;
    emit_settings(out, stage.settings);
    out << YAML::EndMap;
  }
  out << YAML::EndSeq << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

Recipe parse_recipe(const std::string& text, const Tables& tables) {
  if (text.size() > kLargestRecipe) throw_input("is larger than 1 MiB, too large for a recipe");
  try {
    return read_root(YAML::Load(text), tables);
  } catch (const YAML::Exception& error) {
    throw_input("line " + std::to_string(error.mark.line + 1) + ": " + error.msg);
  }
}

Recipe read_recipe(const std::filesystem::path& file, const Tables& tables) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw_input("cannot be opened", {.file = file.string(), .node = {}, .value = {}});
  std::string text(kLargestRecipe + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  try {
    return parse_recipe(text, tables);
  } catch (const Error& error) {
    throw error.in_file(file.string());
  }
}

bool needs_training(const Recipe& recipe, const Tables& tables) {
  const bool runs_networks = !recipe.common.text("data").empty();  // to judge their accuracy
  if (runs_networks &&
      choose_executor(recipe.common.text("executor"), tables).row->needs_training) {
    return true;
  }
  for (const RecipeStage& stage : recipe.stages) {
    const StageRow& row = tables.stage(stage.name);
    if (row.needs_training != nullptr && row.needs_training(stage.settings, recipe.common)) {
      return true;
    }
  }
  return false;
}

}  // namespace gcompress::compress
