// Options that commands share, made from tables of rows.
#include "gcompress/tools/command.h"

#include <algorithm>
#include <array>

namespace gcompress::tools {
namespace {

std::string described(const compress::OptionRow& row) {
  std::string text = row.help;
  if (!row.choices.empty()) {
    text += " (";
    for (const std::string& choice : row.choices) {
      text += (text.back() == '(' ? "" : ", ") + choice;
    }
    text += ")";
  }
  const std::string fallback = compress::to_string(row.fallback);
  if (!fallback.empty() && fallback != "-1") text += " [" + fallback + "]";
  return text;
}

void add_flag_row(CLI::App& app, const compress::OptionRow& row, GivenOptions& given) {
  app.add_option_function<std::string>(
         "--" + row.name,
         [&given, name = row.name](const std::string& text) {
           given.emplace_back(name, text.empty() ? "true" : text);
         },
         described(row))
      ->expected(0, 1)
      ->type_name("");
  if (std::get<bool>(row.fallback)) {
    app.add_flag_callback("--no-" + row.name,
                          [&given, name = row.name] { given.emplace_back(name, "false"); });
  }
}

std::string type_name(const compress::OptionRow& row) {
  constexpr std::array<const char*, 5> kNames = {"", "N", "X", "TEXT", "A,B,..."};
  return kNames[row.fallback.index()];
}

}  // namespace

void add_global_options(CLI::App& app, GlobalOptions& options, bool long_work) {
  app.add_flag("--json", options.json, "print the result as JSON, and nothing else, on stdout");
  app.add_flag("--markdown", options.markdown, "print the table as Markdown, for a pull request");
  app.add_flag("--quiet", options.quiet, "no progress, no messages");
  app.add_flag("--dry-run", options.dry_run, "check everything and say what would be done");
  app.add_option("--recipe-out", options.recipe_out, "write the recipe of this command to a file")
      ->type_name("FILE");
  if (!long_work) return;
  app.add_flag("--resume", options.resume, "go on with an interrupted run");
  app.add_flag("--fresh", options.fresh, "throw an interrupted run away and begin anew");
}

void add_rows(CLI::App& app, const std::vector<compress::OptionRow>& rows, GivenOptions& given,
              const std::vector<std::string>& without) {
  for (const compress::OptionRow& row : rows) {
    if (std::ranges::find(without, row.name) != without.end()) continue;
    if (std::holds_alternative<bool>(row.fallback)) {
      add_flag_row(app, row, given);
      continue;
    }
    app.add_option_function<std::string>(
           "--" + row.name,
           [&given, name = row.name](const std::string& text) { given.emplace_back(name, text); },
           described(row))
        ->type_name(type_name(row));
  }
}

}  // namespace gcompress::tools
