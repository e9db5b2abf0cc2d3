// Files: mapping for reading, atomic writing, and paths that must stay inside a folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

#include "gcompress/core/base/tensor.h"

namespace gcompress {

// Maps a regular file read-only and private. Pages are read on first touch. An empty file gives
// empty bytes. Throws Error(kInput) naming the file if it cannot be opened, or is not a regular
// file.
Bytes map_file(const std::filesystem::path& file);

// The bytes as characters; valid as long as they are.
std::string_view as_text(const Bytes& bytes);

// Writes by way of a temporary file in the same folder, flushed to the disk and renamed, so that
// FILE holds either the old or the new content. Throws Error(kInput) if that fails; the temporary
// file is removed.
void write_file_atomically(const std::filesystem::path& file,
                           const std::function<void(std::ostream&)>& write);
void write_file_atomically(const std::filesystem::path& file, std::string_view content);

// The path of `relative` inside `folder`, both resolved through links. Throws Error(kInput) if it
// is absolute, or leaves the folder by ".." or by a link.
std::filesystem::path path_inside(const std::filesystem::path& folder, const std::string& relative);

}  // namespace gcompress
