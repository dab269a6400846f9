/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE /* dl_iterate_phdr, MAP_NORESERVE */
#include "fiber.h"

#include <errno.h>
#include <link.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "sim.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifndef HAS_ASAN
#define HAS_ASAN 0
#endif
#if HAS_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

enum { STACK_BYTES = 1 << 20, GUARD_BYTES = 1 << 14, OWN_BYTES_MAX = 4096 };

typedef struct fiber {
    ucontext_t    context;
    jmp_buf       place;
    bool          has_begun;
    int           own_errno;
    void         *fake_stack; /* AddressSanitizer's */
    unsigned char own[OWN_BYTES_MAX];
} fiber;

static fiber         fibers[SIM_FIBERS_MAX + 1]; /* the first is what the program began on */
static char         *stacks;
static void         *own_at; /* the program's thread-local variables */
static size_t        own_bytes;
static unsigned char own_first[OWN_BYTES_MAX];
static const void   *first_stack;
static size_t        first_stack_bytes;

static int find_own(struct dl_phdr_info *program, size_t bytes, void *user) {
    (void)bytes, (void)user;
    for (int i = 0; i < program->dlpi_phnum; i++)
        if (program->dlpi_phdr[i].p_type == PT_TLS) {
            own_at = program->dlpi_tls_data;
            own_bytes = program->dlpi_phdr[i].p_memsz;
        }
    return 1; /* the first is the program itself */
}

static void prepare(void) {
    if (stacks) return;
    dl_iterate_phdr(find_own, NULL);
    if (own_bytes > OWN_BYTES_MAX) sim_fail("%zu bytes of thread-local variables", own_bytes);
    if (own_bytes) memcpy(own_first, own_at, own_bytes);
    size_t room = (size_t)SIM_FIBERS_MAX * STACK_BYTES;
    stacks = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1, 0);
    if (stacks == MAP_FAILED) sim_fail("no memory for stacks");
    for (int i = 0; i < SIM_FIBERS_MAX; i++)
        mprotect(stacks + (size_t)i * STACK_BYTES, GUARD_BYTES, PROT_NONE);
}

void *sim_fiber_stack(int index, size_t *bytes_out) {
    *bytes_out = STACK_BYTES - GUARD_BYTES;
    return stacks + (size_t)index * STACK_BYTES + GUARD_BYTES;
}

bool sim_is_on_stack(const volatile void *address) {
    const volatile char *at = address;
    return stacks && at >= stacks && at < stacks + (size_t)SIM_FIBERS_MAX * STACK_BYTES;
}

void sim_fiber_make(int index, void (*body)(void)) {
    prepare();
    fiber *it = &fibers[index + 1];
    char  *stack = stacks + (size_t)index * STACK_BYTES + GUARD_BYTES;
    getcontext(&it->context);
    it->context.uc_stack.ss_sp = stack;
    it->context.uc_stack.ss_size = STACK_BYTES - GUARD_BYTES;
    it->context.uc_link = NULL;
    makecontext(&it->context, body, 0);
    it->has_begun = false;
    it->own_errno = 0;
    it->fake_stack = NULL;
    memcpy(it->own, own_first, own_bytes);
}

#if HAS_ASAN
/* AddressSanitizer is told of each change, and each change is by the system's own function. */
static void change(fiber *from, fiber *to, bool is_last) {
    const void *bottom = to == fibers ? first_stack : to->context.uc_stack.ss_sp;
    size_t      bytes = to == fibers ? first_stack_bytes : to->context.uc_stack.ss_size;
    __sanitizer_start_switch_fiber(is_last ? NULL : &from->fake_stack, bottom, bytes);
    to->has_begun = true;
    swapcontext(&from->context, &to->context);
    __sanitizer_finish_switch_fiber(from->fake_stack, NULL, NULL);
}

void sim_fiber_arrived(void) {
    const void *bottom;
    size_t      bytes;
    __sanitizer_finish_switch_fiber(NULL, &bottom, &bytes);
    if (!first_stack) first_stack = bottom, first_stack_bytes = bytes;
}
#else
/* A jump saves no signal mask, and so needs no call of the system. */
static void change(fiber *from, fiber *to, bool is_last) {
    (void)is_last, (void)first_stack, (void)first_stack_bytes;
    if (_setjmp(from->place)) return;
    if (to->has_begun || to == fibers) _longjmp(to->place, 1);
    to->has_begun = true;
    setcontext(&to->context);
}

void sim_fiber_arrived(void) {}
#endif

void sim_fiber_change(int from, int to, bool is_last) {
    fiber *old = &fibers[from + 1], *new = &fibers[to + 1];
    old->own_errno = errno;
    if (own_bytes) {
        memcpy(old->own, own_at, own_bytes);
        memcpy(own_at, to < 0 ? own_first : new->own, own_bytes);
    }
    errno = new->own_errno;
    change(old, new, is_last);
}
