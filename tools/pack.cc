// gcompress pack and unpack: .onnx to .gcz and back.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "gcompress/core/onnx/onnx.h"
#include "gcompress/core/packed/packed.h"
#include "gcompress/tools/commands.h"

namespace gcompress::tools {
namespace {

namespace fs = std::filesystem;

struct PackArguments {
  std::string model;
  std::string out;
};

void print_sizes(const fs::path& from, const fs::path& to, bool json) {
  const auto before = fs::file_size(from);
  const auto after = fs::file_size(to);
  if (json) {
    const nlohmann::ordered_json result = {
        {"path", to.string()}, {"bytes_before", before}, {"bytes_after", after}};
    std::cout << result.dump(2) << "\n";
  } else {
    std::cout << fmt::format("{}: {} bytes, {:.3f} of {}\n", to.string(), after,
                             static_cast<double>(after) / static_cast<double>(before),
                             from.string());
  }
}

template <typename Convert>
void setup(CLI::App& app, GlobalOptions& options, const std::string& extension, Convert convert) {
  auto given = std::make_shared<PackArguments>();
  app.add_option("model", given->model, "the file to convert")->required();
  app.add_option("--out", given->out, "the file to write [MODEL with the new ending]");
  app.add_flag("--json", options.json, "print the result as JSON");
  app.callback([given, &options, extension, convert] {
    const fs::path from = given->model;
    const fs::path to =
        given->out.empty() ? fs::path(from).replace_extension(extension) : fs::path(given->out);
    convert(from, to);
    print_sizes(from, to, options.json);
  });
}

}  // namespace

void setup_pack(CLI::App& app, GlobalOptions& options, int&) {
  setup(app, options, ".gcz",
        [](const fs::path& from, const fs::path& to) { packed::write(onnx::read(from), to); });
}

void setup_unpack(CLI::App& app, GlobalOptions& options, int&) {
  setup(app, options, ".onnx",
        [](const fs::path& from, const fs::path& to) { onnx::write(packed::read(from), to); });
}

}  // namespace gcompress::tools
