// Stages and executors of the program with libtorch.
#include "gcompress/compress/distillation/distill_stage.h"
#include "gcompress/compress/executors.h"
#include "gcompress/compress/measure_stage.h"
#include "gcompress/compress/pruning/prune_stage.h"
#include "gcompress/compress/pruning/ticket_stage.h"
#include "gcompress/compress/quantizing/quantize_stage.h"
#include "gcompress/compress/share_stage.h"
#include "gcompress/compress/train_stage.h"
#include "gcompress/compress/training/distillation/run_distill.h"
#include "gcompress/compress/training/pruning/run_prune.h"
#include "gcompress/compress/training/quantize_stage.h"
#include "gcompress/compress/training/share_stage.h"
#include "gcompress/compress/training/ticket_stage.h"
#include "gcompress/compress/training/train_stage.h"
#include "gcompress/core/train/torch_executor.h"
#include "gcompress/tools/command.h"

namespace gcompress::tools {
namespace {

compress::StageRow prune_with_recovery() {
  compress::StageRow row = compress::prune_stage();
  row.run = compress::run_prune;
  return row;
}

compress::StageRow share_with_training() {
  compress::StageRow row = compress::share_stage();
  row.run = compress::run_share;
  return row;
}

compress::StageRow quantize_with_training() {
  compress::StageRow row = compress::quantize_stage();
  row.run = compress::run_quantize_aware;
  return row;
}

std::unique_ptr<execute::Executor> make_torch(const graph::Network& network, const std::string&,
                                              const RunContext& context) {
  return train::make_torch_executor(network, context);
}

std::unique_ptr<execute::Executor> make_torch_bf16(const graph::Network& network,
                                                   const std::string&, const RunContext& context) {
  return train::make_torch_executor(network, context, {.bfloat16 = true});
}

}  // namespace

const compress::Tables& program_tables() {
  static const compress::Tables tables = {
      .stages = {compress::train_stage(compress::run_train), prune_with_recovery(),
                 compress::ticket_stage(compress::run_ticket),
                 compress::distill_stage(compress::run_distill), quantize_with_training(),
                 share_with_training(), compress::measure_stage()},
      .executors = compress::executors(make_torch, make_torch_bf16),
  };
  return tables;
}

bool program_trains() { return true; }

}  // namespace gcompress::tools
