// What joins a student's features to a teacher's.
#include "gcompress/distill/adapters.h"

#include <cmath>

#include "gcompress/core/base/random.h"

namespace gcompress::distill {

std::map<std::string, torch::Tensor> make_adapters(const LossRow& row, torch::IntArrayRef student,
                                                   torch::IntArrayRef teacher, std::uint64_t seed,
                                                   std::size_t number, torch::Device device) {
  std::map<std::string, torch::Tensor> adapters;
  for (const auto& [name, shape] : row.adapters(student, teacher)) {
    RandomStream random(seed, "adapter", number, adapters.size());
    const float deviation = 1 / std::sqrt(static_cast<float>(shape[1]));
    torch::Tensor adapter = torch::empty({shape[0], shape[1]});
    float* values = adapter.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < adapter.numel(); ++i) values[i] = deviation * random.normal();
    adapters[name] = adapter.to(device).requires_grad_(true);
  }
  return adapters;
}

}  // namespace gcompress::distill
