// The device versions of ptx.h, which includes this file. Asynchronous copies, bfloat16 and what
// has to do with matrices need sm_80.
#pragma once

#define GCOMPRESS_SHARED(Type, name) \
  using name##_type = Type;          \
  __shared__ name##_type name
#define GCOMPRESS_DYNAMIC_SHARED(Type, name)                                \
  extern __shared__ __align__(16) unsigned char gcompress_dynamic_shared[]; \
  Type* name = reinterpret_cast<Type*>(gcompress_dynamic_shared)

namespace gcompress::cuda {

GCOMPRESS_PTX uint32_t load_4(const void* from) { return *static_cast<const uint32_t*>(from); }
GCOMPRESS_PTX void store_4(void* to, uint32_t word) { *static_cast<uint32_t*>(to) = word; }
GCOMPRESS_PTX Bytes8 load_8(const void* from) { return *static_cast<const Bytes8*>(from); }
GCOMPRESS_PTX Bytes16 load_16(const void* from) { return *static_cast<const Bytes16*>(from); }
GCOMPRESS_PTX void store_8(void* to, Bytes8 bytes) { *static_cast<Bytes8*>(to) = bytes; }
GCOMPRESS_PTX void store_16(void* to, Bytes16 bytes) { *static_cast<Bytes16*>(to) = bytes; }

GCOMPRESS_PTX float bits_to_float(uint32_t bits) { return __uint_as_float(bits); }
GCOMPRESS_PTX uint32_t float_to_bits(float value) { return __float_as_uint(value); }

GCOMPRESS_PTX float half_to_float(uint16_t bits) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
  return value;
}
GCOMPRESS_PTX float bfloat16_to_float(uint16_t bits) {
  return __uint_as_float(static_cast<uint32_t>(bits) << 16);
}
GCOMPRESS_PTX uint16_t float_to_half(float value) {
  uint16_t bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
}
GCOMPRESS_PTX uint16_t float_to_bfloat16(float value) {
  uint16_t bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
}

GCOMPRESS_PTX uint32_t permute_bytes(uint32_t low, uint32_t high, uint32_t selector) {
  return __byte_perm(low, high, selector);
}
GCOMPRESS_PTX int32_t dot_4_bytes(uint32_t a, uint32_t b, int32_t sum) {
  return __dp4a(static_cast<int32_t>(a), static_cast<int32_t>(b), sum);
}

GCOMPRESS_PTX uint32_t shared_address(const void* pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}
GCOMPRESS_PTX void async_copy_16(void* shared, const void* from, int valid) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)),
               "l"(__cvta_generic_to_global(from)), "r"(valid)
               : "memory");
}
GCOMPRESS_PTX void async_copy_4(void* shared, const void* from, int valid) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(shared_address(shared)),
               "l"(__cvta_generic_to_global(from)), "r"(valid)
               : "memory");
}
GCOMPRESS_PTX void async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int kPending>
GCOMPRESS_PTX void async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

GCOMPRESS_PTX void load_matrices_2(uint32_t (&f)[2], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
               : "=r"(f[0]), "=r"(f[1])
               : "r"(shared_address(row))
               : "memory");
}
GCOMPRESS_PTX void load_matrices_4(uint32_t (&f)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(f[0]), "=r"(f[1]), "=r"(f[2]), "=r"(f[3])
               : "r"(shared_address(row))
               : "memory");
}
GCOMPRESS_PTX void load_matrices_4_transposed(uint32_t (&f)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(f[0]), "=r"(f[1]), "=r"(f[2]), "=r"(f[3])
               : "r"(shared_address(row))
               : "memory");
}

GCOMPRESS_PTX void mma_m16n8k16_half(float (&sum)[4], const uint32_t (&a)[4],
                                     const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
GCOMPRESS_PTX void mma_m16n8k16_bfloat16(float (&sum)[4], const uint32_t (&a)[4],
                                         const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
GCOMPRESS_PTX void mma_m16n8k32_int8(int32_t (&sum)[4], const uint32_t (&a)[4],
                                     const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+r"(sum[0]), "+r"(sum[1]), "+r"(sum[2]), "+r"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
// Places always rise here, which later devices want to be told; PTX for sm_80 keeps the older word.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
#define GCOMPRESS_MMA_SPARSE "mma.sp::ordered_metadata"
#else
#define GCOMPRESS_MMA_SPARSE "mma.sp"
#endif
GCOMPRESS_PTX void mma_sparse_m16n8k32_half(float (&sum)[4], const uint32_t (&a)[4],
                                            const uint32_t (&b)[4], uint32_t metadata) {
  asm volatile(GCOMPRESS_MMA_SPARSE
               ".sync.aligned.m16n8k32.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
               "{%8, %9, %10, %11}, {%0, %1, %2, %3}, %12, 0x0;"
               : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "r"(b[2]),
                 "r"(b[3]), "r"(metadata));
}

}  // namespace gcompress::cuda
