/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_FACTS_H
#define HPI_OBSERVE_FACTS_H

/* dispatch > FACTS > lane: the intake of one stream of one lane, a ring of cells with one producer
 * and one consumer. Wait-free for both. A fact of many cells appears at once or not at all, and
 * lies in one piece, so that it can be read where it is. */

#include <stdatomic.h>

#include "base/ckring.h"
#include "observe/pack.h"

/* ck_ring moves one entry for each store of its index. Here a fact is several entries that must
 * appear together, so both sides use ck's indices (and ck's layout, which keeps them apart) but
 * write and read all cells of a fact before one store. That also gives the consumer the place for
 * the fence that ck's own dequeue lacks on machines weaker than x86 (see base/ckring.h).
 *
 * A fact that does not fit before the end of the ring starts at cell 0, and what is left of the end
 * is a gap, which says so in its first cell and appears together with the fact. */
typedef struct hpi_facts {
    hpi_ckring ck;
    /* The producer's own line. */
    _Alignas(
        128) unsigned c_seen; /* the consumer's index when last looked at: no line moves per push */
    unsigned             due; /* the producer's index at which to look whether a quarter is used */
    atomic_uint_fast64_t lost[HPI_KIND_COUNT];
    /* The consumer's own line. */
    _Alignas(128) unsigned p_seen; /* the producer's index when last looked at */
    uint32_t read;                 /* of several ends at the front: how many are gone */
    /* Fixed. */
    _Alignas(128) hpi_cell *cells;
    void    *memory;
    uint32_t dims;
} hpi_facts;

/* Where a consumer is: at which fact, and which of it if it is several ends. */
typedef struct hpi_fact_place {
    unsigned at;
    uint32_t index;
} hpi_fact_place;

/* Room for at least cell_count cells; a fact may take up to half of them. NULL: out of memory.
 */
hpi_facts *hpi_facts_create(uint32_t cell_count, uint32_t dims);
void       hpi_facts_destroy(hpi_facts *facts);

/* The producer. push: false when there is no room, and then nothing has happened. is_due: whether a
 * quarter is in use, so that the consumer should be awake; now and then, not each time. lose: count
 * what did not fit. */
static inline bool hpi_facts_push_sp(hpi_facts *facts, const hpi_fact *fact,
                                     const hpi_postmark *postmark);
/* ... `count` ends from the one at `from` on, at most hpi_ends_max() of them. */
bool hpi_facts_push_ends_sp(hpi_facts *facts, const hpi_ends *ends, uint32_t from, uint32_t count,
                            const hpi_postmark *postmark);
bool hpi_facts_has_room_sp(hpi_facts *facts, uint32_t cell_count);
static inline bool hpi_facts_is_due_sp(hpi_facts *facts);
void               hpi_facts_lose_sp(hpi_facts *facts, uint32_t kind, uint32_t count);

/* The consumer reads from a place on. look: for new facts; returns the place of the oldest one.
 * see: the fact at a place, which it moves there, or NULL behind the last one that was there at the
 * last look. release: give back everything before a place, for the producer to overwrite.
 * is_filling: more than half was in use at the last look. */
hpi_fact_place                hpi_facts_look_sc(hpi_facts *facts);
static inline const hpi_cell *hpi_facts_see_sc(const hpi_facts *facts, unsigned *at);
void                          hpi_facts_release_sc(hpi_facts *facts, hpi_fact_place place);
bool                          hpi_facts_is_filling_sc(const hpi_facts *facts);

/* ... or one by one. peek: the oldest fact, or NULL when there is none now: everything whose push
 * happened before (also by way of another stream's fact that was read) is there. One of several
 * ends is split off into `scratch`, which has room for a header and a point. drop: release it. */
const hpi_cell *hpi_facts_peek_sc(hpi_facts *facts, hpi_cell *scratch);
void            hpi_facts_drop_sc(hpi_facts *facts);

/* Any thread: how many were lost of a kind's index. */
uint64_t hpi_facts_lost(const hpi_facts *facts, uint32_t kind_index);

/* Inline: once per event. */

/* Learn what the consumer has given back. */
void hpi_facts_look_sp(hpi_facts *facts);

/* Where a fact of so many cells begins, if there is room for it. */
static inline bool hpi_facts_find_room_sp(hpi_facts *facts, uint32_t cell_count, unsigned *at_out) {
    const ck_ring_t *ring = &facts->ck.ring;
    unsigned         at = ring->p_tail; /* only the producer changes it */
    uint32_t         until_end = ring->size - (at & ring->mask);
    HPI_ASSERT(cell_count <= ring->size / 2); /* or it might never fit behind a gap */
    if (cell_count > until_end) at += until_end;
    *at_out = at;
    if (at + cell_count - facts->c_seen < ring->size) return true;
    hpi_facts_look_sp(facts);
    return at + cell_count - facts->c_seen < ring->size;
}

/* Cells to be filled in, or NULL; *at_out is the index they have. end: they are, up to `at`. */
static inline hpi_cell *hpi_facts_begin_sp(hpi_facts *facts, uint32_t cell_count,
                                           unsigned *at_out) {
    const ck_ring_t *ring = &facts->ck.ring;
    if (!hpi_facts_find_room_sp(facts, cell_count, at_out)) return NULL;
    if (*at_out != ring->p_tail)
        ((hpi_packed *)(void *)&facts->cells[ring->p_tail & ring->mask])->tag = HPI_INDEX_GAP;
    return &facts->cells[*at_out & ring->mask];
}

static inline void hpi_facts_end_sp(hpi_facts *facts, unsigned at) {
    ck_pr_fence_release(); /* pairs with look: who sees the index sees the cells */
    ck_pr_store_uint(&facts->ck.ring.p_tail, at);
}

static inline bool hpi_facts_push_sp(hpi_facts *facts, const hpi_fact *fact,
                                     const hpi_postmark *postmark) {
    unsigned  at;
    uint32_t  cell_count = hpi_fact_cells(fact, facts->dims);
    hpi_cell *cells = hpi_facts_begin_sp(facts, cell_count, &at);
    if (!cells) return false;
    hpi_pack(cells, fact, facts->dims, postmark);
    hpi_facts_end_sp(facts, at + cell_count);
    return true;
}

static inline bool hpi_facts_is_due_sp(hpi_facts *facts) {
    unsigned tail = facts->ck.ring.p_tail, quarter = facts->ck.ring.size / 4;
    if ((int)(tail - facts->due) < 0) return false;
    hpi_facts_look_sp(facts);
    bool is_due = tail - facts->c_seen >= quarter;
    facts->due = is_due ? tail + quarter / 4 : facts->c_seen + quarter;
    return is_due;
}

static inline const hpi_cell *hpi_facts_see_sc(const hpi_facts *facts, unsigned *at) {
    const ck_ring_t *ring = &facts->ck.ring;
    if (*at == facts->p_seen) return NULL;
    const hpi_cell *cells = &facts->cells[*at & ring->mask];
    if ((hpi_packed_of(cells)->tag & 7) != HPI_INDEX_GAP) return cells;
    *at += ring->size - (*at & ring->mask);
    HPI_ASSERT(*at != facts->p_seen); /* a gap appears together with the fact behind it */
    return facts->cells;
}

#endif
