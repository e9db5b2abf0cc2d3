// The record of a finished stage, in a folder of its own among the checkpoints: what --resume goes
// on behind. Networks and masks are packed files, the rest is JSON.
#pragma once

#include <filesystem>
#include <string>

#include "gcompress/compress/recipe.h"
#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// What leads to the state behind stage `last`, as text: the options that matter and the stages up
// to that one, as they were given. A record made in another way is refused.
std::string way_to(const Recipe& given, std::size_t last);

// Made before the stage runs, so that only what the stage adds is written.
class RecordWriter {
 public:
  // The context must outlive this.
  RecordWriter(const StageState& before, const StageContext& context);

  // Writes the folder under another name and renames it. A state with trials leaves no record:
  // these stay in the run that made them.
  void write(const std::filesystem::path& folder, const std::string& made_by,
             const RecipeStage& stage, const StageState& state) const;

 private:
  const StageContext& context_;
  std::size_t notes_;
  std::size_t rivals_;
};

// Puts the stage's resolved settings, the state behind it and what was spent until then (`costs`
// may be null) in place. Throws Error(kInput) where the record is damaged, Error(kUsage) where it
// was made in another way.
void read_record(const std::filesystem::path& folder, const std::string& made_by,
                 const Tables& tables, RecipeStage& stage, StageState& state, StageCosts* costs);

}  // namespace gcompress::compress
