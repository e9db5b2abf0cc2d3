// Files: mapping, atomic writing, confinement.
#include "gcompress/core/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <system_error>

namespace gcompress {
namespace {

namespace fs = std::filesystem;

ErrorPlace place_of(const fs::path& file) {
  return {.file = file.string(), .node = {}, .value = {}};
}

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

void flush_to_disk(const fs::path& file) {
  const Descriptor descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0 || fsync(descriptor.get()) != 0) {
    throw_input(std::string("cannot be flushed to the disk: ") + std::strerror(errno),
                place_of(file));
  }
}

// Makes a rename outlast a crash. Best effort: not every file system lets folders be flushed.
void flush_folder_of(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const Descriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() >= 0) fsync(descriptor.get());
}

// A name that no other thread or process writes to.
fs::path temporary_beside(const fs::path& file) {
  static std::atomic<std::uint64_t> count{0};
  return file.string() + ".partial-" + std::to_string(getpid()) + "-" + std::to_string(count++);
}

}  // namespace

Bytes map_file(const fs::path& file) {
  const Descriptor descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) {
    throw_input(std::string("cannot be opened: ") + std::strerror(errno), place_of(file));
  }
  struct stat status{};
  if (fstat(descriptor.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw_input("is not a regular file", place_of(file));
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return {};
  void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
  if (address == MAP_FAILED) {
    throw_input(std::string("cannot be mapped: ") + std::strerror(errno), place_of(file));
  }
  const std::shared_ptr<const void> owner(
      address, [size](const void* start) { munmap(const_cast<void*>(start), size); });
  return Bytes(owner, static_cast<const std::byte*>(address), size, true);
}

std::string_view as_text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void write_file_atomically(const fs::path& file, const std::function<void(std::ostream&)>& write) {
  const fs::path temporary = temporary_beside(file);
  try {
    {
      std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
      if (!stream) {
        throw_input(std::string("cannot be written: ") + std::strerror(errno), place_of(file));
      }
      write(stream);
      stream.flush();
      if (!stream) throw_input("cannot be written; is the disk full?", place_of(file));
    }
    flush_to_disk(temporary);
    fs::rename(temporary, file);
    flush_folder_of(file);
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw_input("cannot be written: " + error.code().message(), place_of(file));
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void write_file_atomically(const fs::path& file, std::string_view content) {
  write_file_atomically(file, [content](std::ostream& stream) {
    stream.write(content.data(), static_cast<std::streamsize>(content.size()));
  });
}

fs::path path_inside(const fs::path& folder, const std::string& relative) {
  const auto refuse = [&](const std::string& why) {
    throw_input("the path '" + relative + "' " + why, place_of(folder),
                "only files inside this folder are read");
  };
  if (relative.empty() || relative.find('\0') != std::string::npos) refuse("is not a file name");
  if (fs::path(relative).is_absolute()) refuse("is absolute");
  std::error_code error;
  const fs::path root = fs::canonical(folder.empty() ? fs::path(".") : folder, error);
  if (error) refuse("lies in a folder that cannot be read");
  const fs::path resolved = fs::weakly_canonical(root / relative, error);
  if (error) refuse("cannot be resolved");
  const fs::path inside = resolved.lexically_relative(root);
  if (inside.empty() || *inside.begin() == "..") refuse("leaves the folder");
  return resolved;
}

}  // namespace gcompress
