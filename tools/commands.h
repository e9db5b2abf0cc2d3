// Setting up each command; the list of them is in commands.cc.
#pragma once

#include "gcompress/tools/command.h"

namespace gcompress::tools {

void setup_prune(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_quantize(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_share(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_ticket(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_train(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_distill(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_measure(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_run(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_demo(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_infer(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_inspect(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_pack(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_unpack(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_worker(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_verify(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_footprint(CLI::App& app, GlobalOptions& options, int& exit_code);
void setup_doctor(CLI::App& app, GlobalOptions& options, int& exit_code);

}  // namespace gcompress::tools
