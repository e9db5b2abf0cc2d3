// Distributions, by Boost.Math.
#include "gcompress/measure/statistics/distributions.h"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

#include "gcompress/core/base/error.h"

namespace gcompress::measure {

double normal_quantile(double share) {
  GCOMPRESS_CHECK(share > 0 && share < 1);
  return boost::math::quantile(boost::math::normal_distribution<double>(), share);
}

double student_quantile(double share, double freedom) {
  GCOMPRESS_CHECK(share > 0 && share < 1 && freedom > 0);
  return boost::math::quantile(boost::math::students_t_distribution<double>(freedom), share);
}

double fisher_quantile(double share, double freedom_above, double freedom_below) {
  GCOMPRESS_CHECK(share > 0 && share < 1 && freedom_above > 0 && freedom_below > 0);
  return boost::math::quantile(
      boost::math::fisher_f_distribution<double>(freedom_above, freedom_below), share);
}

double binomial_at_most(std::int64_t count, std::int64_t trials, double share) {
  GCOMPRESS_CHECK(trials >= 0 && share >= 0 && share <= 1);
  if (count < 0) return 0;
  if (count >= trials) return 1;
  return boost::math::cdf(
      boost::math::binomial_distribution<double>(static_cast<double>(trials), share),
      static_cast<double>(count));
}

}  // namespace gcompress::measure
