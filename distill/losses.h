// What is compared of student and teacher, as equations. Tensors of the teacher carry no gradient.
// N samples, C classes, T the temperature.
// Internal to distill: this header includes torch.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace gcompress::distill {

// Of each row, T^2 KL(softmax(t / T) || softmax(s / T)), [N]. Hinton, Vinyals, Dean 2015,
// "Distilling the knowledge in a neural network", section 2.
torch::Tensor soft_targets(const torch::Tensor& student, const torch::Tensor& teacher,
                           double temperature);

// Decoupled (Zhao et al. 2022, "Decoupled knowledge distillation", eq. 7): of each row
//   T^2 (KL(b_t || b_s) + 8 KL(q_t || q_s))
// b: [share of the target class, share of all others]; q: shares of the others among themselves.
// `targets` [N] int64. The 8 is the paper's choice for CIFAR-100 with ResNets.
torch::Tensor decoupled(const torch::Tensor& student, const torch::Tensor& teacher,
                        const torch::Tensor& targets, double temperature);

// Mean squared difference after the adapter, a linear map (1x1 convolution) of the student's
// channels: FitNets, Romero et al. 2015, eq. 3, as a mean instead of half a sum. [N, C, H, W] with
// larger maps averaged down to the smaller, or [N, ..., C] with C last.
torch::Tensor hint(const torch::Tensor& student, const torch::Tensor& teacher,
                   const torch::Tensor& adapter);

// Maps of activity Q = sum over channels of A^2, flattened, divided by their 2-norm; the mean
// squared difference of student's and teacher's. Zagoruyko & Komodakis 2017, "Paying more attention
// to attention", eq. 2 with p = 2, as in the authors' program. [N, C, H, W]
torch::Tensor attention(const torch::Tensor& student, const torch::Tensor& teacher);

// Tung & Mori 2019, "Similarity-preserving knowledge distillation", eq. 2 to 4: G = A A^T over the
// batch, rows divided by their 2-norm; ||G_s - G_t||_F^2 / N^2. Any shape [N, ...].
torch::Tensor similarity(const torch::Tensor& student, const torch::Tensor& teacher);

// Tian et al. 2020, "Contrastive representation distillation", with the batch for negatives in
// place of the paper's memory of all training samples (eq. 10, 11): projections of both to 128
// numbers, made by the adapters and divided by their 2-norm, and the cross-entropy of finding a
// sample's own partner, T = 0.07, both ways, halved. Samples of the same class are no negatives;
// `labels` [N] may be undefined. Maps are averaged over places first.
torch::Tensor contrastive(const torch::Tensor& student, const torch::Tensor& teacher,
                          const torch::Tensor& student_adapter,
                          const torch::Tensor& teacher_adapter, const torch::Tensor& labels);

inline constexpr std::int64_t kProjection = 128;

}  // namespace gcompress::distill
