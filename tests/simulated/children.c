/* SPDX-License-Identifier: BSD-3-Clause */
#include "children.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "fiber.h"
#include "ledger.h"
#include "pool/child.h"
#include "pool/pool.h"
#include "sim.h"

enum { SLOTS_MAX = 8 };

typedef struct child {
    hpi_children *of;
    uint32_t      slot;
    int           fiber; /* -1: there is none */
    bool          is_dead, is_deaf;
    int           signal, code;
    hpi_pool      pool; /* the copies that a process would have */
    hpi_cancels   cancels;
} child;

struct hpi_children {
    hpi_child_setup setup;
    bool            is_served;
    unsigned char  *shared[SLOTS_MAX];
    child           children[SLOTS_MAX];
};

static sim_random      by;
static children_faults faults;

void children_reset(uint64_t seed, const children_faults *wanted) {
    by = sim_random_of(seed, 6);
    faults = *wanted;
}

/* ---- Words
 * ------------------------------------------------------------------------------------------ */

void hpi_child_wake(atomic_uint *word) {
    sim_drain(sim_self()); /* a call of the system */
    sim_wake(word, 1);
    sim_point();
}

void hpi_child_sleep(atomic_uint *word, uint32_t value, int64_t until_ns) {
    sim_point();
    sim_drain(sim_self());
    if (*(volatile unsigned *)word == value) sim_sleep(word, "a word", until_ns);
}

static atomic_uint *word_of(hpi_children *of, uint32_t slot) {
    return (atomic_uint *)(void *)(of->shared[slot] + of->setup.word_at);
}

void hpi_child_wait(hpi_children *of, uint32_t slot, uint32_t value, int64_t until_ns) {
    hpi_child_sleep(word_of(of, slot), value, until_ns);
}

/* ---- Death
 * ------------------------------------------------------------------------------------------ */

static child *child_of(int fiber) {
    return sim_user(fiber);
}

/* Whoever runs now, be it itself, sees to what is left: its stores are in memory, and the host is
 * told as the fork server would. */
static void note_death(child *it, int number, int code) {
    hpi_children *of = it->of;
    it->is_dead = true;
    it->signal = number;
    it->code = code;
    ledger_leave(it->fiber);
    *(volatile unsigned *)word_of(of, it->slot) = of->setup.word_dead;
    sim_wake(word_of(of, it->slot), 1);
}

static void kill_it(child *it, int number) {
    if (it->fiber < 0 || it->is_dead) return;
    if (it->fiber == sim_self()) sim_drain(it->fiber);
    note_death(it, number, 0);
    int fiber = it->fiber;
    it->fiber = -1;
    sim_kill(fiber);
}

bool children_is_child(void) {
    return strcmp(sim_self_name(), "child") == 0;
}

bool children_die(int number, int code) {
    if (!children_is_child()) return false;
    child *it = child_of(sim_self());
    if (number == 0 && it->of->setup.on_exit)
        it->of->setup.on_exit(it->of->setup.context, it->of->shared[it->slot]);
    sim_drain(sim_self());
    note_death(it, number, code);
    int fiber = it->fiber;
    it->fiber = -1;
    sim_kill(fiber);
    return true; /* not reached */
}

/* Anybody may kill a process at any point. */
static void maybe_kill(int fiber) {
    (void)fiber;
    if (sim_chance(&by, faults.kill_share)) children_die(SIGKILL, 0);
}

/* ---- Life
 * ------------------------------------------------------------------------------------------- */

static void live(void *user) {
    child *it = user;
    it->of->setup.body(&it->pool, it->slot, it->of->shared[it->slot]);
    children_die(0, 0);
}

hpt_status hpi_children_open(const hpi_child_setup *setup, hpi_children **children_out,
                             hpt_err *err) {
    hpi_children *it = calloc(1, sizeof *it);
    if (setup->count > SLOTS_MAX || !it) sim_fail("%u processes", setup->count);
    if (sim_chance(&by, faults.start_failure_share)) {
        free(it);
        return hpi_fail(err, HPT_ETHREAD, "no fork server could be made");
    }
    it->setup = *setup;
    it->is_served = true;
    for (uint32_t i = 0; i < setup->count; i++) {
        it->shared[i] = aligned_alloc(128, (setup->shared_bytes + 127) / 128 * 128);
        memset(it->shared[i], 0, setup->shared_bytes);
        it->children[i] = (child){ .of = it, .slot = i, .fiber = -1 };
    }
    sim_watch_points("child", maybe_kill);
    *children_out = it;
    return HPT_OK;
}

static void bury_all(hpi_children *of, int number) {
    for (uint32_t i = 0; i < of->setup.count; i++)
        kill_it(&of->children[i], number);
}

void hpi_children_close(hpi_children *of) {
    if (!of) return;
    bury_all(of, SIGKILL);
    for (uint32_t i = 0; i < of->setup.count; i++)
        free(of->shared[i]);
    free(of);
}

void *hpi_child_shared(hpi_children *of, uint32_t slot) {
    return of->shared[slot];
}

bool hpi_children_are_served(hpi_children *of) {
    sim_point();
    return of->is_served;
}

hpt_status hpi_child_start(hpi_children *of, uint32_t slot, hpt_err *err) {
    child          *it = &of->children[slot];
    const hpi_pool *pool = of->setup.context;
    sim_point();
    SIM_EXPECT(it->fiber < 0, "a child is started where one is");
    if (sim_chance(&by, faults.server_death_share)) {
        of->is_served = false;
        bury_all(of, SIGKILL);
    }
    if (!of->is_served || sim_chance(&by, faults.start_failure_share))
        return hpi_fail(err, HPT_ETHREAD, "a process could not be made");
    *it = (child){ .of = of, .slot = slot, .is_deaf = sim_chance(&by, faults.deaf_share) };
    it->pool = *pool;
    it->cancels = *pool->cancels;
    it->pool.cancels = &it->cancels;
    it->fiber = sim_spawn("child", live, it);
    sim_point();
    return HPT_OK;
}

bool hpi_child_is_dead(hpi_children *of, uint32_t slot) {
    sim_point();
    return of->children[slot].is_dead;
}

void hpi_child_order_to(hpi_children *of, uint32_t slot, hpi_child_order order) {
    child *it = &of->children[slot];
    sim_point();
    if (order == HPI_CHILD_KILL || !it->is_deaf)
        kill_it(it, order == HPI_CHILD_KILL ? SIGKILL : SIGTERM);
}

void hpi_child_bury(hpi_children *of, uint32_t slot, hpi_child_death *death_out) {
    child *it = &of->children[slot];
    sim_point();
    if (!it->is_dead && !of->is_served) *death_out = (hpi_child_death){ .is_known = false };
    kill_it(it, SIGKILL);
    *death_out =
        (hpi_child_death){ .is_known = of->is_served, .signal = it->signal, .code = it->code };
    *it = (child){ .of = of, .slot = slot, .fiber = -1 };
}

size_t hpi_child_read(hpi_children *of, uint32_t slot, char *bytes_out, size_t room) {
    (void)of, (void)slot, (void)bytes_out, (void)room;
    return 0;
}

void hpi_child_show(hpi_children *of, const char *bytes, size_t count) {
    (void)of, (void)bytes, (void)count;
}

void hpi_child_limit_cpu(uint64_t seconds) {
    (void)seconds;
}

int64_t hpi_child_cpu_ns(hpi_children *of, uint32_t slot) {
    (void)of, (void)slot;
    return -1;
}
