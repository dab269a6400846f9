/* SPDX-License-Identifier: BSD-3-Clause */
/* Atomic memory: what a fiber stores waits in its buffer, where only it sees it, until it is let
 * out. So a missing fence between a store and a load, or a missing release, shows. Loads are never
 * late, and memory that is not atomic is written at once: no more can be wrong than C11 allows.
 *
 * While a fiber goes on, memory is as it sees it, its own stores included, since the library and ck
 * read their own indices without an atomic load. When it is another one's time they are taken back,
 * and when it goes on again they are put there again. */
#include <stdatomic.h>
#include <string.h>

#include "fiber.h"
#include "sim.h"

enum { ENTRIES = 24, VALUE_BYTES = 8 };

typedef struct entry {
    volatile unsigned char *at;
    unsigned char           value[VALUE_BYTES], before[VALUE_BYTES];
    unsigned char           bytes;
    unsigned                epoch; /* none of a later epoch goes before it */
} entry;

typedef struct buffer {
    entry    entries[ENTRIES];
    unsigned count, epoch;
} buffer;

static buffer buffers[SIM_FIBERS_MAX];

void sim_buffers_reset(void) {
    memset(buffers, 0, sizeof buffers);
}

static void forget(buffer *of, unsigned index) {
    entry *it = &of->entries[index];
    of->count--;
    memmove(it, it + 1, (of->count - index) * sizeof *it);
}

/* For the fiber that goes on: what it sees is what all see now. */
void sim_drain(int fiber) {
    buffers[fiber].count = 0;
}

void sim_view_leave(int fiber) {
    buffer *of = &buffers[fiber];
    for (unsigned i = of->count; i-- > 0;)
        memcpy((void *)of->entries[i].at, of->entries[i].before, of->entries[i].bytes);
}

void sim_view_enter(int fiber) {
    buffer *of = &buffers[fiber];
    for (unsigned i = 0; i < of->count; i++) {
        entry *it = &of->entries[i];
        memcpy(it->before, (const void *)it->at, it->bytes);
        memcpy((void *)it->at, it->value, it->bytes);
    }
}

static bool overlap(const entry *a, const volatile unsigned char *at, size_t bytes) {
    return a->at < at + bytes && at < a->at + a->bytes;
}

/* Whether no order holds it back behind one that came earlier. */
static bool may_go(const buffer *of, unsigned index) {
    const entry *it = &of->entries[index];
    for (unsigned i = 0; i < index; i++)
        if (of->entries[i].epoch < it->epoch || overlap(&of->entries[i], it->at, it->bytes))
            return false;
    return true;
}

/* Into memory under the eyes of the fiber that goes on, which sees its own store there, if it has
 * one that waits. */
static void let_in(const entry *it) {
    buffer *seen_by = &buffers[sim_self()];
    for (unsigned i = 0; i < seen_by->count; i++) {
        entry *own = &seen_by->entries[i];
        if (!overlap(own, it->at, it->bytes)) continue;
        memcpy(own->before, it->value, it->bytes);
        return;
    }
    memcpy((void *)it->at, it->value, it->bytes);
}

bool sim_drain_one(int fiber, sim_random *by) {
    buffer *of = &buffers[fiber];
    if (of->count == 0) return false;
    unsigned index = 0;
    if (sim_order() == SIM_ORDER_PARTIAL) {
        index = (unsigned)sim_below(by, of->count);
        while (!may_go(of, index))
            index--;
    }
    if (fiber != sim_self()) let_in(&of->entries[index]);
    forget(of, index);
    return true;
}

void sim_load(const volatile void *from, void *out, size_t bytes) {
    sim_point();
    memcpy(out, (const void *)from, bytes);
}

static bool is_release(int order) {
    return order == memory_order_release || order == memory_order_acq_rel ||
           order == memory_order_seq_cst;
}

void sim_store(volatile void *to, const void *value, size_t bytes, int order) {
    sim_point();
    buffer *of = &buffers[sim_self()];
    bool    waits = sim_order() != SIM_ORDER_SEQUENTIAL && order != memory_order_seq_cst &&
                 bytes <= VALUE_BYTES && !sim_is_on_stack(to);
    if (order == memory_order_seq_cst) sim_drain(sim_self());
    if (is_release(order) && sim_has_plant(SIM_PLANT_RELEASE)) waits = false; /* it overtakes */
    if (waits) {
        if (of->count == ENTRIES) forget(of, 0);
        if (is_release(order)) of->epoch++;
        entry *fresh = &of->entries[of->count++];
        *fresh = (entry){ .at = to, .bytes = (unsigned char)bytes, .epoch = of->epoch };
        memcpy(fresh->value, value, bytes);
        memcpy(fresh->before, (const void *)to, bytes);
    }
    memcpy((void *)to, value, bytes);
}

void sim_modify(volatile void *what, size_t bytes, int order) {
    sim_point();
    buffer *of = &buffers[sim_self()];
    bool    waits = sim_order() != SIM_ORDER_PARTIAL || is_release(order);
    for (unsigned i = 0; i < of->count && !waits; i++)
        waits = overlap(&of->entries[i], what, bytes);
    if (waits) sim_drain(sim_self());
}

/* Between the read and the write of a read-modify-write, where nobody can come on a machine that
 * works. */
void sim_gap(void) {
    if (sim_has_plant(SIM_PLANT_ATOMIC)) sim_point();
}

void sim_fence(int order) {
    sim_point();
    if (sim_has_plant(SIM_PLANT_FENCE)) return;
    if (order == memory_order_seq_cst)
        sim_drain(sim_self());
    else if (is_release(order) && !sim_has_plant(SIM_PLANT_RELEASE))
        buffers[sim_self()].epoch++;
}
