// See fibers.h.
#include "tests/cuda_on_cpu/fibers.h"

#include <sys/mman.h>

#include <boost/context/fiber.hpp>
#include <boost/context/preallocated.hpp>
#include <new>

#include "gcompress/core/base/error.h"
#include "tests/cuda_on_cpu/block.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace gcompress::cuda_on_cpu::fibers {
namespace {

using boost::context::fiber;
constexpr std::size_t kStackBytes = 128 * 1024;

// A fiber that is left where it stands must not be destroyed (that would unwind its stack): so the
// slot is raw memory, and who wants to forget one writes over it.
struct Slot {
  union {
    fiber fiber_;
  };
  fiber outside;  // while it runs: where enter() continues
  void* fake_stack = nullptr;
  Slot() : fiber_() {}
  ~Slot() {}
};

struct Stacks {
  char* base;
  Slot slots[kMaxThreads];
  Stacks() {
    void* memory = mmap(nullptr, kStackBytes * kMaxThreads, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    GCOMPRESS_CHECK(memory != MAP_FAILED);
    base = static_cast<char*>(memory);
  }
  char* stack(int number) { return base + kStackBytes * static_cast<std::size_t>(number); }
};

Stacks& stacks() {
  static Stacks all;
  return all;
}

struct KeepStack {  // stacks are ours
  void deallocate(boost::context::stack_context&) {}
};

int current = -1;

#if defined(__SANITIZE_ADDRESS__)
const void* outside_bottom;
std::size_t outside_bytes;
void* outside_fake_stack;
void before_enter(int number) {
  __sanitizer_start_switch_fiber(&outside_fake_stack, stacks().stack(number), kStackBytes);
}
void after_enter() { __sanitizer_finish_switch_fiber(outside_fake_stack, nullptr, nullptr); }
void before_leave(void** fake_stack) {
  __sanitizer_start_switch_fiber(fake_stack, outside_bottom, outside_bytes);
}
void after_leave(void* fake_stack) {
  __sanitizer_finish_switch_fiber(fake_stack, &outside_bottom, &outside_bytes);
}
void clean_stack(int number) { ASAN_UNPOISON_MEMORY_REGION(stacks().stack(number), kStackBytes); }
#else
void before_enter(int) {}
void after_enter() {}
void before_leave(void**) {}
void after_leave(void*) {}
void clean_stack(int) {}
#endif

}  // namespace

void start(int number, void (*main)()) {
  Slot& slot = stacks().slots[number];
  boost::context::stack_context context;
  context.size = kStackBytes;
  context.sp = stacks().stack(number) + kStackBytes;
  const boost::context::preallocated where(context.sp, context.size, context);
  new (&slot.fiber_) fiber(std::allocator_arg, where, KeepStack{}, [&slot, main](fiber&& outside) {
    after_leave(nullptr);
    slot.outside = std::move(outside);
    main();
    before_leave(nullptr);
    return std::move(slot.outside);
  });
}

void enter(int number) {
  Slot& slot = stacks().slots[number];
  current = number;
  before_enter(number);
  fiber back = std::move(slot.fiber_).resume();
  after_enter();
  current = -1;
  new (&slot.fiber_) fiber(std::move(back));
}

void leave() {
  Slot& slot = stacks().slots[current];
  before_leave(&slot.fake_stack);
  slot.outside = std::move(slot.outside).resume();
  after_leave(slot.fake_stack);
}

void abandon(int count) {
  for (int i = 0; i < count; ++i) {
    new (&stacks().slots[i].fiber_) fiber();
    clean_stack(i);
  }
}

bool on_a_stack(std::uintptr_t address) {
  return address - reinterpret_cast<std::uintptr_t>(stacks().base) < kStackBytes * kMaxThreads;
}

}  // namespace gcompress::cuda_on_cpu::fibers
