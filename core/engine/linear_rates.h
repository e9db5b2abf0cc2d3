// What the ways of multiplying by a constant matrix take: an estimate by counting, with the rates
// of the kind of processor at hand. It decides which way a layer goes, so it depends on the
// processor and the layer alone: the same layer goes the same way every time.
#pragma once

#include <cstdint>

namespace gcompress::engine {

struct LinearWork {
  std::int64_t samples = 0, inputs = 0, outputs = 0;
  std::int64_t taps = 0;  // weights that are not zero
};

// Nanoseconds of one thread.
struct LinearRates {
  double gathered;      // a tap whose input is gathered, one sample
  double scattered;     // a tap whose product is added to its output, one sample
  double near_weight;   // a weight that is read in order for one sample, from a second-level cache
  double far_weight;    // or from beyond
  double more_samples;  // as a share of that, each sample more, up to four
  double panel_tap;     // a tap for one vector of columns
  double panel_vector;  // for each one more
  double dense_line;    // a weight of dense rows for 16 columns
  double dense_far;     // and for every two lines, where weights come from beyond
  double loop_line;     // a tap of the loop for 16 columns
  double code_line;     // a multiplication of compiled rows for 16 columns
  std::int64_t worth_sharing;  // taps times columns of a convolution that threads share
  std::int64_t vector;         // floats
  std::int64_t near_bytes;     // what stays in the second-level cache
};

const LinearRates& linear_rates();

// Samples that panels of width 4 or 8 take, or a number of whole lines of 16.
std::int64_t padded_samples(std::int64_t samples);
// Columns of a panel: of panels that hold all padded samples, of nearly the same width, a few for
// each thread where there are samples enough.
std::int64_t panel_width(std::int64_t samples, std::int64_t threads = 1);

double sliced_rows_nanoseconds(const LinearWork& work);
double matrix_by_vectors_nanoseconds(const LinearWork& work);
double panel_rows_nanoseconds(const LinearWork& work);
double dense_rows_nanoseconds(std::int64_t outputs, std::int64_t inputs, std::int64_t lines);

}  // namespace gcompress::engine
