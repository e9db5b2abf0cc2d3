// cuBLAS, opened at run time: a stand-in of it shows that products are handed over as they lie.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/core/kernels/cuda/cublas/launch.h"
#include "tests/core/kernels/cuda/weights.h"

namespace gcompress::cuda::cublas {
namespace {

using dense_product::Matrices;
using dense_product::Product;
using ::testing::HasSubstr;

TEST(Cublas, AMachineWithoutItSaysSo) {
  const Opened opened = open("/nowhere/libcublas.so.13", nullptr);
  EXPECT_EQ(opened.library, nullptr);
  EXPECT_THAT(opened.why_none, HasSubstr("libcublas.so.13"));
}

#ifdef GCOMPRESS_FAKE_CUBLAS  // the same tests run on a GPU, where the stand-in is of no use

TEST(Cublas, AnotherLibraryIsNotTakenForIt) {
  const Opened opened = open("libm.so.6", nullptr);
  EXPECT_EQ(opened.library, nullptr);
  EXPECT_THAT(opened.why_none, HasSubstr("lacks functions"));
}

TEST(Cublas, ProductsInEitherOrderEqualOurOwn) {
  const Opened opened = open(GCOMPRESS_FAKE_CUBLAS, nullptr);
  ASSERT_NE(opened.library, nullptr) << opened.why_none;
  EXPECT_EQ(opened.library->version(), "13.0.2");
  struct Size {
    int m, n, k, batches;
  };
  for (const Size& size :
       {Size{5, 7, 3, 1}, Size{1, 9, 4, 2}, Size{6, 1, 5, 1}, Size{3, 4, 1, 3}}) {
    const auto a = inputs(static_cast<std::size_t>(size.m * size.k * size.batches), true, 1);
    const auto b = inputs(static_cast<std::size_t>(size.k * size.n * size.batches), true, 2);
    const Array<float> left(a), right(b);
    for (const bool a_transposed : {false, true}) {
      for (const bool b_transposed : {false, true}) {
        Product product{.m = size.m, .n = size.n, .k = size.k, .batches = size.batches};
        product.a = {.values = left.data(),
                     .batch = std::int64_t{size.m} * size.k,
                     .row_step = a_transposed ? 1 : size.k,
                     .column_step = a_transposed ? size.m : 1};
        product.b = {.values = right.data(),
                     .batch = std::int64_t{size.k} * size.n,
                     .row_step = b_transposed ? 1 : size.n,
                     .column_step = b_transposed ? size.k : 1};
        ASSERT_TRUE(takes(product));
        const auto elements = static_cast<std::size_t>(size.m * size.n * size.batches);
        const Array<float> ours(elements), theirs(elements);
        product.y = ours.data();
        dense_product::multiply(product, nullptr);
        product.y = theirs.data();
        opened.library->multiply(product);
        EXPECT_EQ(theirs.to_host(), ours.to_host())
            << size.m << " " << size.n << " " << size.k << a_transposed << b_transposed;
      }
    }
  }
}

#endif

TEST(Cublas, MatricesWithGapsAreLeftToOurOwnKernel) {
  Product product{.m = 2, .n = 2, .k = 2};
  product.a = {.row_step = 4, .column_step = 2};
  product.b = {.row_step = 2};
  EXPECT_FALSE(takes(product));
}

}  // namespace
}  // namespace gcompress::cuda::cublas
