/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/facts.h"

#include <stdatomic.h>

#include "base/ckring.h"
#include "base/err.h"
#include "base/mem.h"

/* ck_ring moves one entry for each store of its index. Here a fact is several entries that must
 * appear together, so both sides use ck's indices (and ck's layout, which keeps them apart) but
 * write and read all cells of a fact before one store. That also gives the consumer the place for
 * the fence that ck's own dequeue lacks on machines weaker than x86 (see base/ckring.h).
 *
 * A fact that does not fit before the end of the ring starts at cell 0, and what is left of the end
 * is a gap, which says so in its first cell and appears together with the fact. */
struct hpi_facts {
    hpi_ckring ck;
    /* The producer's own line. */
    _Alignas(
        128) unsigned c_seen; /* the consumer's index when last looked at: no line moves per push */
    unsigned due;             /* the producer's index at which to look whether a quarter is used */
    atomic_uint_fast64_t lost[HPI_KIND_COUNT];
    /* The consumer's own line. */
    _Alignas(128) unsigned p_seen; /* the producer's index when last looked at */
    /* Fixed. */
    _Alignas(128) hpi_cell *cells;
    void    *memory;
    uint32_t dims;
};

enum { GAP = 7 }; /* where a tag has the index of a kind, of which there are fewer */
_Static_assert((int)HPI_KIND_COUNT <= (int)GAP, "a gap is no kind");

hpi_facts *hpi_facts_create(uint32_t cell_count, uint32_t dims) {
    enum { LINE = 64 };
    unsigned   size = hpi_ckring_size(cell_count);
    hpi_facts *facts = hpi_alloc_aligned(1, sizeof *facts);
    if (!facts) return NULL;
    /* Not zeroed: pages nobody needs are never touched. One more line to align the first cell. */
    facts->memory = hpi_resize(NULL, (size_t)size + LINE / HPI_CELL_BYTES, sizeof(hpi_cell));
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

static void look_sp(hpi_facts *facts) {
    facts->c_seen = ck_pr_load_uint(&facts->ck.ring.c_head);
    ck_pr_fence_acquire(); /* pairs with release: the consumer has read what it gave back */
}

/* The gap before a fact of so many cells. */
static uint32_t gap_before(const hpi_facts *facts, uint32_t cell_count) {
    const ck_ring_t *ring = &facts->ck.ring;
    uint32_t         until_end = ring->size - (ring->p_tail & ring->mask);
    return cell_count > until_end ? until_end : 0;
}

bool hpi_facts_has_room_sp(hpi_facts *facts, uint32_t cell_count) {
    const ck_ring_t *ring = &facts->ck.ring;
    uint32_t         needed = gap_before(facts, cell_count) + cell_count;
    HPI_ASSERT(cell_count <= ring->size / 2); /* or it might never fit behind a gap */
    if (ring->p_tail - facts->c_seen + needed < ring->size) return true;
    look_sp(facts);
    return ring->p_tail - facts->c_seen + needed < ring->size;
}

bool hpi_facts_is_due_sp(hpi_facts *facts) {
    unsigned tail = facts->ck.ring.p_tail, quarter = facts->ck.ring.size / 4;
    if ((int)(tail - facts->due) < 0) return false;
    look_sp(facts);
    bool is_due = tail - facts->c_seen >= quarter;
    facts->due = is_due ? tail + quarter / 4 : facts->c_seen + quarter;
    return is_due;
}

bool hpi_facts_push_sp(hpi_facts *facts, const hpi_fact *fact, const hpi_postmark *postmark) {
    ck_ring_t *ring = &facts->ck.ring;
    uint32_t   cell_count = hpi_fact_cells(fact, facts->dims);
    if (!hpi_facts_has_room_sp(facts, cell_count)) return false;
    unsigned tail = ring->p_tail; /* only the producer changes it */
    uint32_t gap = gap_before(facts, cell_count);
    if (gap > 0) ((hpi_packed *)(void *)&facts->cells[tail & ring->mask])->tag = GAP;
    tail += gap;
    hpi_pack(&facts->cells[tail & ring->mask], fact, facts->dims, postmark);
    ck_pr_fence_release(); /* pairs with look: who sees the index sees the cells */
    ck_pr_store_uint(&ring->p_tail, tail + cell_count);
    return true;
}

void hpi_facts_lose_sp(hpi_facts *facts, uint32_t kind) {
    /* One writer, so no read-modify-write. Release: see hpi_lane_push(), which says so to the lane.
     */
    atomic_uint_fast64_t *lost = &facts->lost[hpi_kind_index(kind)];
    atomic_store_explicit(lost, atomic_load_explicit(lost, memory_order_relaxed) + 1,
                          memory_order_release);
}

uint64_t hpi_facts_lost(const hpi_facts *facts, uint32_t kind_index) {
    return atomic_load_explicit(&facts->lost[kind_index], memory_order_acquire);
}

/* The consumer. */

unsigned hpi_facts_look_sc(hpi_facts *facts) {
    facts->p_seen = ck_pr_load_uint(&facts->ck.ring.p_tail);
    ck_pr_fence_acquire();        /* pairs with push */
    return facts->ck.ring.c_head; /* only the consumer changes it */
}

bool hpi_facts_is_filling_sc(const hpi_facts *facts) {
    return facts->p_seen - facts->ck.ring.c_head > facts->ck.ring.size / 2;
}

const hpi_cell *hpi_facts_see_sc(const hpi_facts *facts, unsigned *at) {
    const ck_ring_t *ring = &facts->ck.ring;
    if (*at == facts->p_seen) return NULL;
    const hpi_cell *cells = &facts->cells[*at & ring->mask];
    if ((hpi_packed_of(cells)->tag & 7) != GAP) return cells;
    *at += ring->size - (*at & ring->mask);
    HPI_ASSERT(*at != facts->p_seen); /* a gap appears together with the fact behind it */
    return facts->cells;
}

void hpi_facts_release_sc(hpi_facts *facts, unsigned at) {
    HPI_ASSERT(at - facts->ck.ring.c_head <= facts->p_seen - facts->ck.ring.c_head);
    ck_pr_fence_release(); /* read before it is given back; pairs with look_sp() */
    ck_pr_store_uint(&facts->ck.ring.c_head, at);
}

const hpi_cell *hpi_facts_peek_sc(hpi_facts *facts) {
    unsigned at = facts->ck.ring.c_head;
    if (at == facts->p_seen) at = hpi_facts_look_sc(facts);
    return hpi_facts_see_sc(facts, &at);
}

void hpi_facts_drop_sc(hpi_facts *facts) {
    unsigned        at = facts->ck.ring.c_head;
    const hpi_cell *cells = hpi_facts_see_sc(facts, &at);
    HPI_ASSERT(cells);
    hpi_facts_release_sc(facts, at + hpi_packed_cells(hpi_packed_of(cells), facts->dims));
}
