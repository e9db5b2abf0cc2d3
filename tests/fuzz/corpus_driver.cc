// Stands in for libFuzzer where there is no clang: feeds a fuzz target every file of its corpus,
// and of each the beginnings and some seeded corruptions. Meant to be run with sanitizers.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kCutsPerFile = 64;
constexpr int kCorruptionsPerFile = 192;

using Bytes = std::vector<std::uint8_t>;

void try_one(const Bytes& bytes) { LLVMFuzzerTestOneInput(bytes.data(), bytes.size()); }

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

void try_with_corruptions(const Bytes& original) {
  try_one(original);
  if (original.empty()) return;
  const std::size_t cuts = std::min<std::size_t>(kCutsPerFile, original.size());
  for (std::size_t i = 0; i < cuts; ++i) {
    const auto length = static_cast<std::ptrdiff_t>(original.size() * i / cuts);
    try_one(Bytes(original.begin(), original.begin() + length));
  }
  std::mt19937_64 generator(original.size());
  for (int i = 0; i < kCorruptionsPerFile; ++i) {
    Bytes changed = original;
    const int changes = 1 + i % 4;
    for (int j = 0; j < changes; ++j) {
      changed[generator() % changed.size()] = static_cast<std::uint8_t>(generator());
    }
    try_one(changed);
  }
}

}  // namespace

int main(int argc, char** argv) {
  int files = 0;
  try_one({});
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) continue;
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
      std::printf("%s\n", path.c_str());
      std::fflush(stdout);
      try_with_corruptions(read_file(path));
      ++files;
    }
  }
  std::printf("%d corpus files, each with %d cuts and %d corruptions\n", files, kCutsPerFile,
              kCorruptionsPerFile);
  return 0;
}
