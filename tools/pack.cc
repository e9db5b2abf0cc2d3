// gcompress pack and unpack: .onnx to .gcz and back.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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
  std::string coding = "coded";
};

double share_of(std::uintmax_t part, std::uintmax_t whole) {
  return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
}

nlohmann::ordered_json converted(const fs::path& from, const fs::path& to) {
  return {{"path", to.string()},
          {"bytes_before", fs::file_size(from)},
          {"bytes_after", fs::file_size(to)}};
}

void print_json(const fs::path& from, const fs::path& to, const packed::PackResult& packed) {
  nlohmann::ordered_json result = converted(from, to);
  result["dense_bytes"] = packed.dense_bytes;
  result["positions_bytes"] = packed.positions;
  result["values_bytes"] = packed.values;
  result["structure_bytes"] = packed.structure;
  result["positions_entropy_bound"] = std::llround(packed.positions_bound);
  result["values_entropy_bound"] = std::llround(packed.values_bound);
  std::cout << result.dump(2) << "\n";
}

void print_table(const fs::path& to, const packed::PackResult& packed) {
  const auto row = [&](const char* what, std::size_t bytes, double bound) {
    std::cout << fmt::format("  {:<10} {:>12} bytes  {:.4f}", what, bytes,
                             share_of(bytes, packed.dense_bytes));
    if (bound >= 0) {
      std::cout << fmt::format(
          "  entropy bound {:.0f}, {:.4f}", bound,
          bound / static_cast<double>(std::max<std::size_t>(packed.dense_bytes, 1)));
    }
    std::cout << "\n";
  };
  std::cout << fmt::format(
      "{}: {} bytes, {:.4f} of the {} bytes of its tensors ({:.1f} times fewer)\n", to.string(),
      packed.bytes, share_of(packed.bytes, packed.dense_bytes), packed.dense_bytes,
      1 / share_of(packed.bytes, packed.dense_bytes));
  row("positions", packed.positions, packed.positions_bound);
  row("values", packed.values, packed.values_bound);
  row("structure", packed.structure, -1);
}

void print_sizes(const fs::path& from, const fs::path& to, bool json) {
  if (json) {
    std::cout << converted(from, to).dump(2) << "\n";
    return;
  }
  std::cout << fmt::format("{}: {} bytes, {:.3f} of {}\n", to.string(), fs::file_size(to),
                           share_of(fs::file_size(to), fs::file_size(from)), from.string());
}

// What both commands take.
void add_arguments(CLI::App& app, GlobalOptions& options, PackArguments& given) {
  app.add_option("model", given.model, "the file to convert")->required();
  app.add_option("--out", given.out, "the file to write [MODEL with the new ending]");
  app.add_flag("--json", options.json, "print the result as JSON");
}

fs::path target_of(const PackArguments& given, const std::string& extension) {
  return given.out.empty() ? fs::path(given.model).replace_extension(extension)
                           : fs::path(given.out);
}

}  // namespace

void setup_pack(CLI::App& app, GlobalOptions& options, int&) {
  auto given = std::make_shared<PackArguments>();
  add_arguments(app, options, *given);
  app.add_option("--coding", given->coding,
                 "coded near its entropy, or plain: fields of a fixed count of bits")
      ->check(CLI::IsMember({"coded", "plain"}))
      ->capture_default_str();
  app.callback([given, &options] {
    const fs::path to = target_of(*given, ".gcz");
    const packed::PackResult packed =
        packed::write(onnx::read(given->model), to, {.plain = given->coding == "plain"});
    if (options.json) return print_json(given->model, to, packed);
    print_table(to, packed);
  });
}

void setup_unpack(CLI::App& app, GlobalOptions& options, int&) {
  auto given = std::make_shared<PackArguments>();
  add_arguments(app, options, *given);
  app.callback([given, &options] {
    const fs::path to = target_of(*given, ".onnx");
    onnx::write(packed::read(given->model), to);
    print_sizes(given->model, to, options.json);
  });
}

}  // namespace gcompress::tools
