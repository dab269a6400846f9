/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of the simulated machine: it runs out by chance, what is fresh is full of rubbish, and at
 * the end all must have been given back. */
#include "alloc.h"

#include <stdlib.h>
#include <string.h>

#include "hpt/base.h"
#include "sim.h"

typedef struct head {
    _Alignas(16) uint64_t magic;
    size_t       bytes;
    struct head *next, *previous;
} head;

static const uint64_t LIVE = UINT64_C(0x6c69766520686572), DEAD = UINT64_C(0x6465616420686572);

static head       blocks = { .next = &blocks, .previous = &blocks };
static size_t     live_count, calls;
static sim_random by;
static double     failing;
static size_t     fails_from, failures;

void alloc_reset(uint64_t seed, double failure_share, size_t first_failure) {
    by = sim_random_of(seed, 4);
    failing = failure_share;
    fails_from = first_failure;
    calls = failures = 0;
}

size_t alloc_live(void) {
    return live_count;
}

size_t alloc_failures(void) {
    return failures;
}

static bool is_out(void) {
    calls++;
    bool is_late = calls >= fails_from;
    if (!is_late || !sim_chance(&by, failing)) return false;
    failures++;
    return true;
}

static void enter(head *it, size_t bytes) {
    it->magic = LIVE;
    it->bytes = bytes;
    it->next = blocks.next;
    it->previous = &blocks;
    it->next->previous = blocks.next = it;
    live_count++;
}

static void leave(head *it) {
    SIM_EXPECT(it->magic == LIVE, "%s gives memory back that is not there", sim_self_name());
    it->magic = DEAD;
    it->next->previous = it->previous;
    it->previous->next = it->next;
    live_count--;
}

static void *allocate(size_t bytes, void *user) {
    (void)user;
    if (is_out() || bytes > SIZE_MAX - sizeof(head)) return NULL;
    head *it = malloc(sizeof *it + bytes);
    if (!it) return NULL;
    enter(it, bytes);
    /* The beginning will do, and is cheap where blocks are large. */
    memset(it + 1, 0xA5, bytes < 256 ? bytes : 256);
    return it + 1;
}

static void release(void *memory, void *user) {
    (void)user;
    if (!memory) return;
    if (sim_is_on()) sim_drain(sim_self()); /* what this fiber has stored there */
    head  *it = (head *)memory - 1;
    size_t bytes = it->bytes;
    leave(it);
    memset(memory, 0x5A, bytes < 256 ? bytes : 256);
    free(it);
}

static void *resize(void *memory, size_t bytes, void *user) {
    head *old = (head *)memory - 1;
    void *fresh = allocate(bytes, user);
    if (!fresh) return NULL;
    memcpy(fresh, memory, old->bytes < bytes ? old->bytes : bytes);
    release(memory, user);
    return fresh;
}

void alloc_install(void) {
    static const hpt_allocator ours = { .allocate = allocate,
                                        .resize = resize,
                                        .release = release };
    SIM_EXPECT(hpt_allocator_set(&ours) == HPT_OK, "the allocator cannot be set");
}
