/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/facts.h"

#include "base/err.h"
#include "base/mem.h"

hpi_facts *hpi_facts_create(uint32_t cell_count, uint32_t dims) {
    enum { LINE = 64 };
    unsigned   size = hpi_ckring_size(cell_count);
    hpi_facts *facts = hpi_alloc_aligned(1, sizeof *facts);
    if (!facts) return NULL;
    /* Not zeroed: pages nobody needs are never touched. One more line to align the first cell. */
    facts->memory = hpi_alloc_room((size_t)size + LINE / HPI_CELL_BYTES, sizeof(hpi_cell));
    if (!facts->memory) {
        hpi_free_aligned(facts);
        return NULL;
    }
    uintptr_t first = ((uintptr_t)facts->memory + LINE - 1) & ~(uintptr_t)(LINE - 1);
    facts->cells = (hpi_cell *)first;
    facts->dims = dims;
    facts->due = size / 4;
    ck_ring_init(&facts->ck.ring, size);
    return facts;
}

void hpi_facts_destroy(hpi_facts *facts) {
    if (!facts) return;
    hpi_free(facts->memory);
    hpi_free_aligned(facts);
}

/* The producer. */

void hpi_facts_look_sp(hpi_facts *facts) {
    facts->c_seen = ck_pr_load_uint(&facts->ck.ring.c_head);
    ck_pr_fence_acquire(); /* pairs with release: the consumer has read what it gave back */
}

bool hpi_facts_has_room_sp(hpi_facts *facts, uint32_t cell_count) {
    unsigned at;
    return hpi_facts_find_room_sp(facts, cell_count, &at);
}

bool hpi_facts_push_ends_sp(hpi_facts *facts, const hpi_ends *ends, uint32_t from, uint32_t count,
                            const hpi_postmark *postmark) {
    unsigned  at;
    hpi_cell *cells = hpi_facts_begin_sp(facts, hpi_ends_cells(count, facts->dims), &at);
    if (!cells) return false;
    hpi_pack_ends(cells, ends, from, count, facts->dims, postmark);
    hpi_facts_end_sp(facts, at + hpi_ends_cells(count, facts->dims));
    return true;
}

void hpi_facts_lose_sp(hpi_facts *facts, uint32_t kind, uint32_t count) {
    /* One writer, so no read-modify-write. Release: see hpi_lane_find_room(), which says so to the
     * lane. */
    atomic_uint_fast64_t *lost = &facts->lost[hpi_kind_index(kind)];
    atomic_store_explicit(lost, atomic_load_explicit(lost, memory_order_relaxed) + count,
                          memory_order_release);
}

uint64_t hpi_facts_lost(const hpi_facts *facts, uint32_t kind_index) {
    return atomic_load_explicit(&facts->lost[kind_index], memory_order_acquire);
}

/* The consumer. */

hpi_fact_place hpi_facts_look_sc(hpi_facts *facts) {
    facts->p_seen = ck_pr_load_uint(&facts->ck.ring.p_tail);
    ck_pr_fence_acquire(); /* pairs with end */
    /* Only the consumer changes c_head. */
    return (hpi_fact_place){ .at = facts->ck.ring.c_head, .index = facts->read };
}

bool hpi_facts_is_filling_sc(const hpi_facts *facts) {
    return facts->p_seen - facts->ck.ring.c_head > facts->ck.ring.size / 2;
}

void hpi_facts_release_sc(hpi_facts *facts, hpi_fact_place place) {
    HPI_ASSERT(place.at - facts->ck.ring.c_head <= facts->p_seen - facts->ck.ring.c_head);
    facts->read = place.index;
    if (place.at == facts->ck.ring.c_head) return;
    ck_pr_fence_release(); /* read before it is given back; pairs with look_sp() */
    ck_pr_store_uint(&facts->ck.ring.c_head, place.at);
}

const hpi_cell *hpi_facts_peek_sc(hpi_facts *facts, hpi_cell *scratch) {
    if (facts->ck.ring.c_head == facts->p_seen) hpi_facts_look_sc(facts);
    unsigned        at = facts->ck.ring.c_head;
    const hpi_cell *cells = hpi_facts_see_sc(facts, &at);
    if (!cells || !hpi_packed_is_ends(hpi_packed_of(cells))) return cells;
    hpi_split_end(scratch, cells, facts->read, facts->dims);
    return scratch;
}

void hpi_facts_drop_sc(hpi_facts *facts) {
    hpi_fact_place  place = { .at = facts->ck.ring.c_head, .index = facts->read + 1 };
    const hpi_cell *cells = hpi_facts_see_sc(facts, &place.at);
    HPI_ASSERT(cells);
    const hpi_packed *head = hpi_packed_of(cells);
    if (place.index == hpi_packed_count(head))
        place = (hpi_fact_place){ .at = place.at + hpi_packed_cells(head, facts->dims) };
    hpi_facts_release_sc(facts, place);
}
