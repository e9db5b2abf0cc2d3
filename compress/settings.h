// Settings of a command or a stage: named values with defaults, the same on the command line, in a
// recipe and in code. A table of OptionRows is the one place where an option is declared.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "gcompress/core/base/nearest.h"

namespace gcompress::compress {

using SettingValue =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

// One option: on the command line --name, in a recipe name: value. The default fixes its kind.
struct OptionRow {
  std::string name;
  SettingValue fallback;
  std::string help;
  // Inclusive bounds of a number; both 0: none.
  double least = 0;
  double most = 0;
  // A name's allowed values; empty: any.
  std::vector<std::string> choices = {};
};

// Values by option name. Reading an option that the table does not have is a bug.
class Settings {
 public:
  Settings() = default;
  // All defaults.
  explicit Settings(std::span<const OptionRow> rows);

  // Sets from text ("0.1", "true", "a,b"), checked against the row. Throws Error(kUsage), naming
  // the nearest option if the name is unknown, or the bounds or choices if the value is wrong.
  void set(std::span<const OptionRow> rows, const std::string& name, const std::string& text);

  bool flag(const std::string& name) const;
  std::int64_t integer(const std::string& name) const;
  double number(const std::string& name) const;
  const std::string& text(const std::string& name) const;
  const std::vector<std::string>& list(const std::string& name) const;

  // A decision made during the run ("best of 3 restarts: seed 2"), so that the recipe repeats it.
  void resolve(const std::string& name, SettingValue value);
  const std::map<std::string, SettingValue>& values() const { return values_; }
  bool operator==(const Settings&) const = default;

 private:
  std::map<std::string, SettingValue> values_;
};

// As it is written in a recipe or on the command line.
std::string to_string(const SettingValue& value);

}  // namespace gcompress::compress
