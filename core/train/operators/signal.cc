// Signal processing: window functions, Fourier transforms, mel filters.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

constexpr double kPi = 3.14159265358979323846;

// a - b cos(2 pi n / N) + c cos(4 pi n / N), N one less for a symmetric window.
Kernel cosine_window(const Binding& node, double a, double b, double c) {
  const bool periodic = node.integer("periodic", 1) != 0;
  const torch::ScalarType type = scalar_type_attribute(node, "output_datatype", DataType::kFloat32);
  return one([=](const Call& call) {
    const auto size = static_cast<std::int64_t>(number_of(call[0]));
    const double period = static_cast<double>(periodic ? size : size - 1);
    const torch::Tensor phase =
        at::arange(size, torch::TensorOptions().dtype(torch::kDouble)) * (2 * kPi / period);
    return (a - b * at::cos(phase) + c * at::cos(2 * phase)).to(call[0].device(), type);
  });
}

Kernel hann_window(const Binding& node) { return cosine_window(node, 0.5, 0.5, 0); }
Kernel hamming_window(const Binding& node) {
  return cosine_window(node, 25.0 / 46, 1 - 25.0 / 46, 0);
}
Kernel blackman_window(const Binding& node) { return cosine_window(node, 0.42, 0.5, 0.08); }

// Pairs in the last axis are complex numbers; a last axis of one holds real ones.
torch::Tensor as_complex(const torch::Tensor& x) {
  if (x.size(-1) == 2) return at::view_as_complex(x.contiguous());
  return x.squeeze(-1);
}

// The axis counts the last one, that of real and imaginary parts.
Kernel fourier(const Binding& node) {
  const bool inverse = node.integer("inverse", 0) != 0;
  const bool one_sided = node.integer("onesided", 0) != 0;
  const bool axis_is_input = node.opset >= 20;
  const std::int64_t attribute = node.integer("axis", 1);
  return one([=](const Call& call) {
    std::int64_t axis = attribute;
    if (axis_is_input) axis = call.has(2) ? integers_of(call[2]).at(0) : -2;
    axis = normalized_axis(axis, call[0].dim());
    std::optional<std::int64_t> length;
    if (call.has(1)) length = integers_of(call[1]).at(0);
    torch::Tensor x = as_complex(call[0]);
    if (inverse && one_sided) {
      return at::fft_irfft(x, length, axis).unsqueeze(-1);
    }
    x = inverse ? at::fft_ifft(x, length, axis) : at::fft_fft(x, length, axis);
    if (one_sided) x = x.slice(axis, 0, x.size(axis) / 2 + 1);
    return at::view_as_real(x.resolve_conj());
  });
}

// signal [batch, length, 1 or 2], frame step, window, frame length
Kernel short_fourier(const Binding& node) {
  const bool one_sided = node.integer("onesided", 1) != 0;
  return one([=](const Call& call) {
    const std::int64_t step = integers_of(call[1]).at(0);
    const std::int64_t length = call.has(3) ? integers_of(call[3]).at(0) : call[2].size(0);
    torch::Tensor frames = as_complex(call[0]).unfold(1, length, step);
    if (call.has(2)) frames = frames * call[2];
    torch::Tensor bins = at::fft_fft(frames, length, -1);
    if (one_sided) bins = bins.slice(-1, 0, length / 2 + 1);
    return at::view_as_real(bins.resolve_conj());
  });
}

// bins, transform length, sample rate, lower and upper edge in hertz -> [length / 2 + 1, bins]
Kernel mel_matrix(const Binding& node) {
  const torch::ScalarType type = scalar_type_attribute(node, "output_datatype", DataType::kFloat32);
  return one([=](const Call& call) {
    const auto bins = static_cast<std::int64_t>(number_of(call[0]));
    const auto length = static_cast<std::int64_t>(number_of(call[1]));
    const double rate = number_of(call[2]);
    const auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
    const double low = mel(number_of(call[3]));
    const double step = (mel(number_of(call[4])) - low) / static_cast<double>(bins + 2);
    std::vector<std::int64_t> edges;
    for (std::int64_t i = 0; i < bins + 2; ++i) {
      const double hertz = 700 * (std::pow(10, (low + static_cast<double>(i) * step) / 2595) - 1);
      edges.push_back(
          static_cast<std::int64_t>(std::floor(static_cast<double>(length + 1) * hertz / rate)));
    }
    torch::Tensor matrix = torch::zeros({length / 2 + 1, bins}, torch::kDouble);
    auto values = matrix.accessor<double, 2>();
    for (std::int64_t bin = 0; bin < bins; ++bin) {
      const auto at = static_cast<std::size_t>(bin);
      const std::int64_t begin = edges[at];
      const std::int64_t center = edges[at + 1];
      const std::int64_t end = edges[at + 2];
      if (begin == center) values[center][bin] = 1;
      for (std::int64_t i = begin; i <= center && begin < center; ++i) {
        values[i][bin] = static_cast<double>(i - begin) / static_cast<double>(center - begin);
      }
      for (std::int64_t i = center; i < end; ++i) {
        values[i][bin] = static_cast<double>(end - i) / static_cast<double>(end - center);
      }
    }
    return matrix.to(call[0].device(), type);
  });
}

constexpr Row kRows[] = {
    {"", "BlackmanWindow", 17, blackman_window}, {"", "DFT", 17, fourier},
    {"", "HammingWindow", 17, hamming_window},   {"", "HannWindow", 17, hann_window},
    {"", "MelWeightMatrix", 17, mel_matrix},     {"", "STFT", 17, short_fourier},
};

}  // namespace

std::span<const Row> signal_rows() { return kRows; }

}  // namespace gcompress::train
