// From one room to the other.
#include "gcompress/compress/quantizing/moments.h"

#include "gcompress/prune/reconstruct/input_moments.h"

namespace gcompress::compress {

quantize::MomentSource moment_source(const data::Dataset& data,
                                     const execute::ExecutorFactory& make_executor,
                                     const RunContext& context) {
  return [&data, &make_executor, &context](
             const graph::Network& network,
             const std::function<void(const quantize::InputMoments&)>& visit) {
    const prune::Calibration calibration{.data = &data, .make_executor = make_executor};
    // Beyond two thousand features Gram matrices take longer than they are worth here.
    const prune::ReconstructOptions options{.positions = 16384, .most_features = 2048};
    prune::for_each_moments(
        network, calibration, options, context,
        [&visit](const prune::LinearLayer& layer, const prune::LayerStatistics& statistics) {
          quantize::InputMoments moments{.output = layer.output,
                                         .rows = layer.rows,
                                         .features = layer.features,
                                         .features_first = layer.features_first,
                                         .each = {}};
          for (std::int64_t group = 0; group < layer.groups; ++group) {
            moments.each.push_back(statistics.gram(group, false));
          }
          visit(moments);
        });
  };
}

}  // namespace gcompress::compress
