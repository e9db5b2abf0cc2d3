// Image folders: decoding, resizing, caching, damage.
#include <gtest/gtest.h>
#include <spng.h>
#include <turbojpeg.h>

#include <algorithm>

#include "gcompress/core/data/dataset.h"
#include "gcompress/core/data/image_source.h"
#include "gcompress/core/data/pixels.h"
#include "gcompress/core/data/splits.h"
#include "tests/support/scratch.h"

namespace gcompress::data {
namespace {

using testing::Scratch;
using testing::thrown_by;

Pixels gradient(std::int64_t height, std::int64_t width, int offset = 0) {
  Pixels image = {.height = height, .width = width, .rgb = {}};
  for (std::int64_t row = 0; row < height; ++row) {
    for (std::int64_t column = 0; column < width; ++column) {
      for (const std::int64_t value : {row * 5 + offset, column * 3 + offset, row + column}) {
        image.rgb.push_back(static_cast<std::uint8_t>(value % 256));
      }
    }
  }
  return image;
}

std::string png(const void* pixels, std::size_t size, std::uint32_t height, std::uint32_t width,
                std::uint8_t colour, std::uint8_t depth) {
  spng_ctx* encoder = spng_ctx_new(SPNG_CTX_ENCODER);
  spng_set_option(encoder, SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header{};
  header.width = width;
  header.height = height;
  header.bit_depth = depth;
  header.color_type = colour;
  spng_set_ihdr(encoder, &header);
  EXPECT_EQ(spng_encode_image(encoder, pixels, size, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE), 0);
  std::size_t length = 0;
  int status = 0;
  char* bytes = static_cast<char*>(spng_get_png_buffer(encoder, &length, &status));
  std::string file(bytes, length);
  std::free(bytes);
  spng_ctx_free(encoder);
  return file;
}

std::string png(const Pixels& image) {
  return png(image.rgb.data(), image.rgb.size(), static_cast<std::uint32_t>(image.height),
             static_cast<std::uint32_t>(image.width), SPNG_COLOR_TYPE_TRUECOLOR, 8);
}

std::string jpeg(const Pixels& image) {
  tjhandle encoder = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long length = 0;
  tjCompress2(encoder, image.rgb.data(), static_cast<int>(image.width), 0,
              static_cast<int>(image.height), TJPF_RGB, &bytes, &length, TJSAMP_444, 95, 0);
  std::string file(reinterpret_cast<char*>(bytes), length);
  tjFree(bytes);
  tjDestroy(encoder);
  return file;
}

Pixels decoded(const std::string& file) {
  return decode_image(std::as_bytes(std::span(file.data(), file.size())));
}

// Two classes of six PNG files of 6 x 8, each told by its offset.
void write_classes(const Scratch& scratch, const std::string& folder) {
  int offset = 0;
  for (const char* name : {"cat", "ant"}) {
    for (int i = 0; i < 6; ++i) {
      scratch.write(folder + name + "/" + std::to_string(i) + ".png",
                    png(gradient(6, 8, offset++)));
    }
  }
}

TEST(Images, APngComesBackExactlyAndAJpegNearly) {
  const Pixels image = gradient(16, 24);
  EXPECT_EQ(decoded(png(image)).rgb, image.rgb);
  const Pixels lossy = decoded(jpeg(image));
  ASSERT_EQ(lossy.rgb.size(), image.rgb.size());
  for (std::size_t i = 0; i < lossy.rgb.size(); ++i) {
    EXPECT_NEAR(lossy.rgb[i], image.rgb[i], 12);  // quality 95 without chroma subsampling
  }
}

TEST(Images, GreyTransparentAndDeepPngsBecomeRgb) {
  const std::vector<std::uint8_t> grey = {7, 200};
  EXPECT_EQ(decoded(png(grey.data(), 2, 1, 2, SPNG_COLOR_TYPE_GRAYSCALE, 8)).rgb,
            (std::vector<std::uint8_t>{7, 7, 7, 200, 200, 200}));
  const std::vector<std::uint8_t> clear = {1, 2, 3, 0, 4, 5, 6, 128};
  EXPECT_EQ(decoded(png(clear.data(), 8, 1, 2, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA, 8)).rgb,
            (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}));
  const std::vector<std::uint16_t> deep = {0x1234, 0xFFFF};  // the machine's byte order
  EXPECT_EQ(decoded(png(deep.data(), 4, 1, 2, SPNG_COLOR_TYPE_GRAYSCALE, 16)).rgb,
            (std::vector<std::uint8_t>{0x12, 0x12, 0x12, 0xFF, 0xFF, 0xFF}));
}

TEST(Images, EveryCutOfAFileIsAnError) {
  for (const std::string& file : {png(gradient(9, 7)), jpeg(gradient(9, 7))}) {
    // The last four bytes of a PNG are the checksum of its empty last chunk, which nobody needs.
    const std::size_t last = file.size() - (file[0] == '\xFF' ? 0 : 4);
    for (std::size_t size = 0; size < last; ++size) {
      EXPECT_THROW(decoded(file.substr(0, size)), Error) << size;
    }
  }
}

TEST(Images, ADamagedJpegDoesNotSpoilTheNextOne) {
  const std::string whole = jpeg(gradient(9, 7));
  for (std::size_t size = 2; size < whole.size(); ++size) {
    EXPECT_THROW(decoded(whole.substr(0, size)), Error) << size;
    EXPECT_EQ(decoded(whole).width, 7);
  }
}

TEST(Images, ImagesThatClaimTooMuchAreRefusedBeforeAllocating) {
  std::string file = png(gradient(1, 1));
  file.replace(16, 8, std::string("\x00\x00\xFF\xFF\x00\x00\xFF\xFF", 8));  // 65,535 x 65,535
  EXPECT_THROW(decoded(file), Error);
  std::string large = jpeg(gradient(8, 8));
  const std::size_t frame = large.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  large.replace(frame + 5, 4, "\xFF\xDC\xFF\xDC");
  EXPECT_NE(thrown_by([&] { decoded(large); }).find("too large"), std::string::npos);
  EXPECT_THROW(decoded("GIF89a"), Error);
}

// The naive oracle: the triangle filter at every pixel in both directions at once, in double.
double naive_resized(const Pixels& image, std::int64_t height, std::int64_t width, std::int64_t row,
                     std::int64_t column, std::int64_t channel) {
  const auto weight = [](std::int64_t from, std::int64_t to, std::int64_t place,
                         std::int64_t source) {
    const double scale = static_cast<double>(from) / static_cast<double>(to);
    const double reach = std::max(scale, 1.0);
    const double centre = (static_cast<double>(place) + 0.5) * scale;
    return std::max(0.0, 1 - std::abs(static_cast<double>(source) + 0.5 - centre) / reach);
  };
  double sum = 0;
  double weights = 0;
  for (std::int64_t i = 0; i < image.height; ++i) {
    for (std::int64_t j = 0; j < image.width; ++j) {
      const double both =
          weight(image.height, height, row, i) * weight(image.width, width, column, j);
      sum += both * image.rgb[static_cast<std::size_t>((i * image.width + j) * 3 + channel)];
      weights += both;
    }
  }
  return sum / weights;
}

TEST(Images, ResizingAgreesWithTheNaiveFilter) {
  const Pixels image = gradient(20, 17);
  for (const auto& [height, width] : {std::pair(5, 17), {40, 6}, {20, 50}, {1, 1}, {7, 9}}) {
    const Pixels small = resized(image, height, width);
    ASSERT_EQ(small.rgb.size(), static_cast<std::size_t>(height * width * 3));
    for (std::int64_t i = 0; i < height * width * 3; ++i) {
      const double expected =
          naive_resized(image, height, width, i / (width * 3), i / 3 % width, i % 3);
      // Two roundings to whole numbers, one after each pass.
      EXPECT_NEAR(small.rgb[static_cast<std::size_t>(i)], expected, 1.01) << height << "x" << width;
    }
  }
}

TEST(Images, TheMiddleIsCutOutAndChannelsAreSeparated) {
  const Pixels middle = middle_of(gradient(6, 8), 2, 4);
  EXPECT_EQ(middle.rgb[0], 2 * 5);  // row 2
  EXPECT_EQ(middle.rgb[1], 2 * 3);  // column 2
  const Pixels two = {.height = 1, .width = 2, .rgb = {10, 20, 30, 40, 50, 60}};
  std::vector<std::uint8_t> planes(6);
  write_planes(two, 3, planes.data());
  EXPECT_EQ(planes, (std::vector<std::uint8_t>{10, 40, 20, 50, 30, 60}));
  write_planes(two, 1, planes.data());
  EXPECT_EQ(planes[0], 18);  // 2.99 + 11.74 + 3.42
}

TEST(ImageData, LabelsAreThePlaceInAlphabeticalOrder) {
  const Scratch scratch;
  write_classes(scratch, "");
  scratch.write("cat/notes.txt", "no image");
  scratch.write(".hidden/x.png", "no image");
  const auto parts = open("images:" + scratch.path().string(), {}, {});
  EXPECT_EQ(parts.train.classes, (std::vector<std::string>{"ant", "cat"}));
  EXPECT_EQ(parts.test.size(), 2);
  EXPECT_EQ(parts.train.source->size(), 12);
  const Tensor labels = parts.train.source->read(1, all_indices(12));
  EXPECT_EQ(labels.as<std::int64_t>()[5], 0);
  EXPECT_EQ(labels.as<std::int64_t>()[6], 1);
  const Tensor first = parts.train.source->read(0, std::vector<std::int64_t>{6});
  EXPECT_EQ(first.shape(), (Shape{1, 3, 6, 8}));
  EXPECT_EQ(first.as<std::uint8_t>()[8], 5);  // cat/0.png, offset 0, second row
  const Batch batch = parts.train.batch(std::vector<std::int64_t>{0});
  EXPECT_EQ(batch.inputs.front().second.dtype(), DataType::kFloat32);
}

TEST(ImageData, TrainAndTestFoldersAreUsedWhereTheyExist) {
  const Scratch scratch;
  write_classes(scratch, "train/");
  write_classes(scratch, "test/");
  const std::string text = "images:" + scratch.path().string();
  const auto parts = open(text, {}, {});
  EXPECT_EQ(parts.train.size() + parts.tune.size(), 12);
  EXPECT_EQ(parts.test.size(), 12);
  scratch.write("test/dog/0.png", png(gradient(6, 8)));
  EXPECT_NE(thrown_by([&] { open(text, {}, {}); }).find("other class folders"), std::string::npos);
}

TEST(ImageData, CachingAndThreadsChangeNoBit) {
  const Scratch scratch;
  std::vector<ImageFile> files;
  for (int i = 0; i < 50; ++i) {
    files.push_back({scratch.write(std::to_string(i) + ".png", png(gradient(6, 8, i))), i});
  }
  const auto indices = all_indices(50);
  const Tensor expected = image_source(files, {.cache_bytes = 0, .threads = 1})->read(0, indices);
  const auto source = image_source(files, {.cache_bytes = 20 * 6 * 8 * 3, .threads = 3});
  EXPECT_TRUE(identical(source->read(0, indices), expected));
  for (int i = 0; i < 20; ++i) std::filesystem::remove(scratch / (std::to_string(i) + ".png"));
  EXPECT_TRUE(identical(source->read(0, indices), expected)) << "the first 20 come from the cache";
  std::filesystem::remove(scratch / "30.png");
  std::filesystem::remove(scratch / "44.png");
  EXPECT_NE(thrown_by([&] { source->read(0, indices); }).find("30.png"), std::string::npos);
}

TEST(ImageData, OtherSizesAreAnErrorUnlessTheyAreResized) {
  const Scratch scratch;
  write_classes(scratch, "");
  scratch.write("cat/9.png", png(gradient(12, 10)));
  const std::string text = "images:" + scratch.path().string();
  const auto read_all = [&](const std::string& options) {
    const auto parts = open(text + options, {}, {});
    return parts.train.source->read(0, all_indices(13));
  };
  const std::string error = thrown_by([&] { read_all(""); });
  EXPECT_NE(error.find("9.png"), std::string::npos) << error;
  EXPECT_NE(error.find("[3, 12, 10]"), std::string::npos) << error;
  EXPECT_NE(error.find("[3, 6, 8]"), std::string::npos) << error;
  EXPECT_EQ(read_all(",size=4").shape(), (Shape{13, 3, 4, 4}));
  EXPECT_EQ(read_all(",size=4x3,resize=5,channels=1").shape(), (Shape{13, 1, 4, 3}));
  const Tensor resized_whole = read_all(",size=6x8");
  EXPECT_EQ(resized_whole.as<std::uint8_t>()[8], 11) << "ant/0.png is not resampled: offset 6";
}

TEST(ImageData, DamageIsNamedByFile) {
  const Scratch scratch;
  write_classes(scratch, "");
  const std::string whole = png(gradient(6, 8));
  scratch.write("cat/3.png", whole.substr(0, whole.size() / 2));
  const auto parts = open("images:" + scratch.path().string(), {}, {});
  const std::string error = thrown_by([&] { parts.train.source->read(0, all_indices(12)); });
  EXPECT_NE(error.find("cat/3.png: is a damaged PNG"), std::string::npos) << error;
}

TEST(ImageData, FoldersAndOptionsThatDoNotFitAreErrors) {
  const Scratch scratch;
  const std::string text = "images:" + scratch.path().string();
  EXPECT_NE(thrown_by([&] { open(text, {}, {}); }).find("class folders"), std::string::npos);
  std::filesystem::create_directory(scratch / "empty");
  EXPECT_NE(thrown_by([&] { open(text, {}, {}); }).find("empty: holds no"), std::string::npos);
  EXPECT_NE(thrown_by([&] { open(text + "/missing", {}, {}); }).find("missing"), std::string::npos);
  write_classes(scratch, "some/");
  const std::string some = text + "/some";
  for (const char* option : {",size=0", ",size=1x2x3", ",size=99999", ",resize=8",
                             ",size=8,resize=4", ",std=0", ",channels=2", ",mean=a"}) {
    EXPECT_NE(thrown_by([&] { open(some + option, {}, {}); }), "") << option;
  }
}

TEST(ImageData, TheNetworksPreprocessingIsUsedAndOptionsWin) {
  const Scratch scratch;
  write_classes(scratch, "");
  const Preprocessing asked = {.scale = 0.5F, .mean = {1}, .resize_height = 4, .resize_width = 5};
  const std::string text = "images:" + scratch.path().string();
  const auto parts = open(text, {.preprocessing = asked}, {});
  EXPECT_EQ(parts.test.preprocessing, asked);
  EXPECT_EQ(parts.test.source->inputs().front().shape, (Shape{3, 4, 5}));
  const auto other = open(text + ",size=2,mean=3", {.preprocessing = asked}, {});
  EXPECT_EQ(other.test.preprocessing.mean, (std::vector<float>{3}));
  EXPECT_EQ(other.test.preprocessing.scale, 0.5F);
  EXPECT_EQ(other.test.source->inputs().front().shape, (Shape{3, 2, 2}));
}

}  // namespace
}  // namespace gcompress::data
