// Arrays in a zip archive, by libarchive.
#include "gcompress/core/data/npz.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string_view>
#include <utility>
#include <vector>

#include "gcompress/core/base/file.h"
#include "gcompress/core/data/npy.h"

namespace gcompress::data {
namespace {

namespace fs = std::filesystem;

// Deflate turns one byte into 1,032 at best.
constexpr std::uint64_t kMostDeflation = 1032;
constexpr std::size_t kHeaderBytes = 65536;
constexpr std::string_view kEnding = ".npy";

struct CloseReader {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
struct CloseWriter {
  void operator()(archive* writer) const { archive_write_free(writer); }
};
struct CloseEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using Reader = std::unique_ptr<archive, CloseReader>;
using Writer = std::unique_ptr<archive, CloseWriter>;

std::string problem_of(archive* handle) {
  const char* text = archive_error_string(handle);
  return text == nullptr ? "no reason given" : text;
}

// Reads until `bytes` is full or the array ends; returns how many came.
std::size_t read_some(archive* reader, std::byte* bytes, std::size_t count) {
  std::size_t done = 0;
  while (done < count) {
    const auto got = archive_read_data(reader, bytes + done, count - done);
    if (got < 0) throw_input("is damaged: " + problem_of(reader));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Tensor read_array(archive* reader, std::uint64_t most_bytes) {
  std::vector<std::byte> start(kHeaderBytes);
  start.resize(read_some(reader, start.data(), start.size()));
  const NpyHeader header =
      parse_npy_header({reinterpret_cast<const char*>(start.data()), start.size()});
  const std::size_t size = byte_count(header.dtype, element_count(header.shape));
  if (size > most_bytes) {
    throw_input("claims the shape " + to_string(header.shape) + ", " + std::to_string(size) +
                " bytes, more than the file can hold");
  }
  std::vector<std::byte> elements(size);
  const std::size_t begun = std::min(size, start.size() - header.data_offset);
  std::copy_n(start.begin() + static_cast<std::ptrdiff_t>(header.data_offset), begun,
              elements.begin());
  const std::size_t got = begun + read_some(reader, elements.data() + begun, size - begun);
  if (got != size) {
    throw_input("is cut short: the shape " + to_string(header.shape) + " takes " +
                std::to_string(size) + " bytes, there are " + std::to_string(got));
  }
  std::byte more{};  // reading to the end also checks the checksum
  if (start.size() - header.data_offset > begun || read_some(reader, &more, 1) != 0) {
    throw_input("goes on after the elements of its shape " + to_string(header.shape));
  }
  return npy_tensor(header, std::move(elements));
}

std::string name_of_entry(archive_entry* entry) {
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  if (name == nullptr) throw_input("has a member whose name cannot be read");
  std::string result = name;
  if (result.ends_with(kEnding)) result.resize(result.size() - kEnding.size());
  return result;
}

void read_all(archive* reader, std::uint64_t most_bytes, std::map<std::string, Tensor>& arrays) {
  archive_entry* entry = nullptr;
  while (true) {
    const int status = archive_read_next_header(reader, &entry);
    if (status == ARCHIVE_EOF) return;
    if (status != ARCHIVE_OK) throw_input("is no sound .npz file: " + problem_of(reader));
    const std::string name = name_of_entry(entry);
    try {
      if (!arrays.emplace(name, read_array(reader, most_bytes)).second) {
        throw_input("is there twice");
      }
    } catch (const Error& error) {
      throw Error(error.kind(), error.message(), {.file = {}, .node = {}, .value = name},
                  error.remedy());
    }
  }
}

Tensor writable(const Tensor& tensor) {
  if (tensor.dtype() != DataType::kBfloat16) return tensor;
  return Tensor::from(tensor.shape(), to_float32(tensor));
}

la_ssize_t write_to_stream(archive*, void* stream, const void* bytes, std::size_t count) {
  auto& output = *static_cast<std::ostream*>(stream);
  try {
    output.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count));
  } catch (...) {
    return -1;
  }
  return output ? static_cast<la_ssize_t>(count) : -1;
}

void check_written(archive* writer, int status) {
  if (status != ARCHIVE_OK) throw_input("cannot be written: " + problem_of(writer));
}

void write_bytes(archive* writer, const void* bytes, std::size_t count) {
  const auto* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const auto done = archive_write_data(writer, from, count);
    if (done <= 0) throw_input("cannot be written: " + problem_of(writer));
    from += done;
    count -= static_cast<std::size_t>(done);
  }
}

void write_array(archive* writer, const std::string& name, const Tensor& array) {
  const Tensor tensor = writable(array);
  const std::string header = npy_header(tensor.dtype(), tensor.shape());
  const std::unique_ptr<archive_entry, CloseEntry> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), (name + std::string(kEnding)).c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(header.size() + tensor.byte_size()));
  check_written(writer, archive_write_header(writer, entry.get()));
  write_bytes(writer, header.data(), header.size());
  write_bytes(writer, tensor.bytes().data(), tensor.byte_size());
}

}  // namespace

std::map<std::string, Tensor> read_npz(const fs::path& file) {
  std::map<std::string, Tensor> arrays;
  try {
    std::error_code problem;
    if (!fs::is_regular_file(file, problem)) throw_input("is not there, or not a regular file");
    const Reader reader(archive_read_new());
    archive_read_support_format_zip_seekable(reader.get());
    constexpr std::size_t kBlock = 1U << 16U;
    if (archive_read_open_filename(reader.get(), file.c_str(), kBlock) != ARCHIVE_OK) {
      throw_input("is no sound .npz file: " + problem_of(reader.get()));
    }
    read_all(reader.get(), fs::file_size(file) * kMostDeflation, arrays);
  } catch (const Error& error) {
    throw error.in_file(file.string());
  }
  return arrays;
}

void write_npz(const fs::path& file, const std::map<std::string, Tensor>& arrays) {
  write_file_atomically(file, [&arrays](std::ostream& stream) {
    const Writer writer(archive_write_new());
    archive_write_set_format_zip(writer.get());
    check_written(writer.get(),
                  archive_write_set_format_option(writer.get(), "zip", "compression", "store"));
    archive_write_set_bytes_in_last_block(writer.get(), 1);
    check_written(writer.get(), archive_write_open2(writer.get(), &stream, nullptr, write_to_stream,
                                                    nullptr, nullptr));
    for (const auto& [name, array] : arrays) write_array(writer.get(), name, array);
    check_written(writer.get(), archive_write_close(writer.get()));
  });
}

}  // namespace gcompress::data
