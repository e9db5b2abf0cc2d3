// gcompress verify OUT: do the figures of a report come out?
#include "gcompress/compress/verify.h"

#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "gcompress/core/base/error.h"
#include "gcompress/tools/commands.h"

namespace gcompress::tools {
namespace {

void print(const compress::Verification& verification) {
  for (const compress::Finding& finding : verification.findings) {
    std::cout << fmt::format("{}: the report says {}, the evidence {}\n", finding.entry,
                             finding.claimed, finding.found);
  }
  for (const std::string& sentence : verification.not_checked) {
    std::cout << "Not checked: " << sentence << "\n";
  }
  std::cout << (verification.findings.empty()
                    ? fmt::format("Every figure of {} parts comes out.\n",
                                  verification.checked.size())
                    : fmt::format("{} figures do not come out.\n", verification.findings.size()));
}

}  // namespace

void setup_verify(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto folder = std::make_shared<std::string>();
  app.add_option("folder", *folder, "the output folder of prune, train or measure --out")
      ->required();
  app.add_flag("--json", options.json, "print the result as JSON");
  app.callback([folder, &options, &exit_code] {
    const compress::Verification verification = compress::verify(*folder, program_tables());
    if (options.json) {
      std::cout << compress::to_json(verification);
    } else {
      print(verification);
    }
    // A report that its evidence contradicts is a bad file.
    if (!verification.findings.empty()) exit_code = gcompress::exit_code(ErrorKind::kInput);
  });
}

}  // namespace gcompress::tools
