// "KIND:PATH,KEY=VALUE,...": how data sets and built-in networks are named on the command line.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gcompress {

// A parsed specification. Every getter marks its key as known; finish() then reports the keys that
// nobody asked for, so that a misspelt option is never ignored. All throw Error(kUsage) naming the
// whole text.
//
//   Specification s("life:size=8,steps=2");
//   const std::int64_t size = s.integer("size", 8, 3, 4096);
//   const std::int64_t steps = s.integer("steps", 1, 1, 64);
//   s.finish();
class Specification {
 public:
  // The kind ends at the first colon. What follows is split at commas; an item of the form
  // "name=..." (letters, digits and _ before the =) is an option, and the items before the first
  // option are the path, commas kept. A path that itself looks like an option is written "./a=b".
  explicit Specification(const std::string& text);

  const std::string& text() const { return text_; }
  const std::string& kind() const { return kind_; }
  const std::string& path() const { return path_; }  // may be empty
  bool has(const std::string& key) const { return options_.contains(key); }

  std::string text_of(const std::string& key, const std::string& fallback);
  // A whole number in [least, most].
  std::int64_t integer(const std::string& key, std::int64_t fallback, std::int64_t least,
                       std::int64_t most);
  double number(const std::string& key, double fallback, double least, double most);
  // One of the choices, which must hold the fallback.
  std::string choice(const std::string& key, const std::string& fallback,
                     const std::vector<std::string>& choices);
  // "0.485/0.456/0.406"
  std::vector<float> numbers(const std::string& key, const std::vector<float>& fallback);
  // "64x32"
  std::vector<std::int64_t> sizes(const std::string& key,
                                  const std::vector<std::int64_t>& fallback);

  // Throws if options are left that no getter asked for, listing those that exist.
  void finish() const;

 private:
  const std::string* find(const std::string& key);

  std::string text_;
  std::string kind_;
  std::string path_;
  std::map<std::string, std::string> options_;
  std::vector<std::string> known_;
};

// The whole of `text` as a number ("1e-3", "5"); nothing else before or after it. False if not, or
// if it is out of range.
bool parse_number(const std::string& text, double& value);
bool parse_integer(const std::string& text, std::int64_t& value);

}  // namespace gcompress
