// Stages and executors of the program without libtorch.
#include "gcompress/compress/distillation/distill_stage.h"
#include "gcompress/compress/executors.h"
#include "gcompress/compress/measure_stage.h"
#include "gcompress/compress/pruning/prune_stage.h"
#include "gcompress/compress/pruning/ticket_stage.h"
#include "gcompress/compress/quantizing/quantize_stage.h"
#include "gcompress/compress/share_stage.h"
#include "gcompress/compress/train_stage.h"
#include "gcompress/tools/command.h"

namespace gcompress::tools {

const compress::Tables& program_tables() {
  static const compress::Tables tables = {
      .stages = {compress::train_stage(nullptr), compress::prune_stage(),
                 compress::ticket_stage(nullptr), compress::distill_stage(nullptr),
                 compress::quantize_stage(), compress::share_stage(), compress::measure_stage()},
      .executors = compress::executors(nullptr, nullptr),
  };
  return tables;
}

bool program_trains() { return false; }

}  // namespace gcompress::tools
