// Small JSON files that a user may write: read with care.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace gcompress::compress {

// Throws Error(kInput) naming the file if it is over 16 MB, not JSON, nested deeper than 16, or its
// "schema" is another.
nlohmann::json read_json_file(const std::filesystem::path& file, const std::string& schema);

// The number under this key, finite and at least `least`. Throws Error(kInput) naming file, entry.
double number_in(const nlohmann::json& object, const std::string& key, double least,
                 const std::filesystem::path& file);
// The same for true and false.
bool flag_in(const nlohmann::json& object, const std::string& key,
             const std::filesystem::path& file);
// The object under this key.
const nlohmann::json& object_in(const nlohmann::json& object, const std::string& key,
                                const std::filesystem::path& file);
// The text under this key.
std::string text_in(const nlohmann::json& object, const std::string& key,
                    const std::filesystem::path& file);
// The array under this key, of at most so many items.
const nlohmann::json& array_in(const nlohmann::json& object, const std::string& key,
                               std::size_t most, const std::filesystem::path& file);

}  // namespace gcompress::compress
