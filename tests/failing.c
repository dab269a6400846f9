/* SPDX-License-Identifier: BSD-3-Clause */
#include "failing.h"

#include "fixture.h"

#include <hpt/base.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Stands before every block; as large as the strictest alignment. */
typedef union header {
    size_t      bytes;
    max_align_t align;
} header;

enum { JUNK_NEW = 0xA5, JUNK_OLD = 0x5A, ATTEMPTS_MAX = 100000, ATTEMPTS_MIN = 20 };

static atomic_size_t allocations, live_blocks, live_bytes;
static atomic_long   countdown; /* fails at 0; below it, never or, for_ever, always */
static atomic_bool   is_armed, is_for_ever, has_failed;

static bool must_fail(void) {
    atomic_fetch_add(&allocations, 1);
    if (!atomic_load(&is_armed)) return false;
    long left = atomic_fetch_sub(&countdown, 1);
    if (left > 0 || (left < 0 && !atomic_load(&is_for_ever))) return false;
    atomic_store(&has_failed, true);
    return true;
}

static void *allocate_block(size_t bytes) {
    header *block = malloc(sizeof *block + bytes);
    assert_non_null(block);
    block->bytes = bytes;
    memset(block + 1, JUNK_NEW, bytes);
    atomic_fetch_add(&live_blocks, 1);
    atomic_fetch_add(&live_bytes, bytes);
    return block + 1;
}

static void *failing_allocate(size_t bytes, void *user) {
    (void)user;
    return must_fail() ? NULL : allocate_block(bytes);
}

static void failing_release(void *memory, void *user) {
    (void)user;
    if (!memory) return;
    header *block = (header *)memory - 1;
    atomic_fetch_sub(&live_blocks, 1);
    atomic_fetch_sub(&live_bytes, block->bytes);
    memset(memory, JUNK_OLD, block->bytes);
    free(block);
}

/* Always moves: a pointer kept across a resize shows. */
static void *failing_resize(void *memory, size_t bytes, void *user) {
    if (must_fail()) return NULL;
    void *moved = allocate_block(bytes);
    if (memory) {
        size_t old = ((header *)memory - 1)->bytes;
        memcpy(moved, memory, old < bytes ? old : bytes);
        failing_release(memory, user);
    }
    return moved;
}

void failing_install(void) {
    const hpt_allocator allocator = { failing_allocate, failing_resize, failing_release, NULL };
    atomic_store(&is_armed, false);
    atomic_store(&allocations, 0);
    assert_int_equal(hpt_allocator_set(&allocator), HPT_OK);
}

void failing_remove(void) {
    atomic_store(&is_armed, false);
    assert_int_equal(failing_live(), 0);
    assert_int_equal(hpt_allocator_set(NULL), HPT_OK);
}

void failing_after(size_t count, bool for_ever) {
    atomic_store(&has_failed, false);
    atomic_store(&is_for_ever, for_ever);
    atomic_store(&countdown, (long)count);
    atomic_store(&is_armed, true);
}

bool failing_stop(void) {
    atomic_store(&is_armed, false);
    return atomic_load(&has_failed);
}

size_t failing_allocations(void) {
    return atomic_load(&allocations);
}

size_t failing_live(void) {
    return atomic_load(&live_blocks);
}

size_t failing_live_bytes(void) {
    return atomic_load(&live_bytes);
}

typedef struct battery {
    bool (*attempt)(void *user);
    void  *user;
    size_t stride; /* from one allocation that fails to the next that does */
    bool   is_strict;
} battery;

/* Each of `count` allocations fails; where repetitions are scaled down, so many of them as are
 * left, evenly spread: every attempt costs as much as all allocations before. */
static size_t stride_of(size_t count) {
    size_t wanted = fixture_scaled(count);
    if (wanted < ATTEMPTS_MIN) wanted = ATTEMPTS_MIN;
    return wanted < count ? (count + wanted - 1) / wanted : 1;
}

/* Until an attempt meets no failing allocation. */
static void run_attempts(const battery *it, bool for_ever) {
    for (size_t n = 0; n < ATTEMPTS_MAX; n += it->stride) {
        size_t before = failing_live();
        failing_after(n, for_ever);
        bool worked = it->attempt(it->user);
        bool failed = failing_stop();
        if (failing_live() != before)
            fail_msg("allocation %zu failed, and %zu blocks were not given back", n,
                     failing_live() - before);
        if (failed && worked && it->is_strict)
            fail_msg("allocation %zu failed, but the attempt did not", n);
        if (!failed) {
            assert_true(worked);
            return;
        }
    }
    fail_msg("still failing after %d allocations", ATTEMPTS_MAX);
}

static size_t run_battery(bool (*attempt)(void *user), void *user, bool is_strict) {
    failing_install();
    assert_true(attempt(user));
    size_t        count = failing_allocations();
    const battery it = { attempt, user, stride_of(count), is_strict };
    run_attempts(&it, false);
    run_attempts(&it, true);
    failing_remove();
    return count;
}

size_t failing_everywhere(bool (*attempt)(void *user), void *user) {
    return run_battery(attempt, user, true);
}

size_t failing_tolerated(bool (*attempt)(void *user), void *user) {
    return run_battery(attempt, user, false);
}
