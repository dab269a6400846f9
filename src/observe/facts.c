/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/facts.h"

#include <stdatomic.h>
#include <string.h>

#include "base/ckring.h"
#include "base/err.h"
#include "base/mem.h"

/* ck_ring moves one entry for each store of its index. Here a fact is several entries that must
 * appear together, so both sides use ck's indices (and ck's layout, which keeps them apart) but
 * copy all cells of a fact before one store. That also gives the consumer the place for the fence
 * that ck's own dequeue lacks on machines weaker than x86 (see base/ckring.h). */
struct hpi_facts {
    hpi_ckring ck;
    /* The producer's own line. */
    _Alignas(
        128) unsigned c_seen; /* the consumer's index when last looked at: no line moves per push */
    atomic_uint_fast64_t lost[HPI_KIND_COUNT];
    /* The consumer's own line. */
    _Alignas(128) unsigned p_seen; /* the producer's index when last looked at */
    /* Fixed. */
    _Alignas(128) hpi_cell *cells;
    void    *memory;
    uint32_t dims;
};

hpi_facts *hpi_facts_create(uint32_t cell_count, uint32_t dims) {
    unsigned   size = hpi_ckring_size(cell_count);
    hpi_facts *facts = hpi_alloc_aligned(1, sizeof *facts);
    if (!facts) return NULL;
    /* Not zeroed: pages nobody needs are never touched. One more cell to align the first. */
    facts->memory = hpi_resize(NULL, (size_t)size + 1, sizeof(hpi_cell));
    if (!facts->memory) {
        hpi_free_aligned(facts);
        return NULL;
    }
    uintptr_t first =
        ((uintptr_t)facts->memory + HPI_CELL_BYTES - 1) & ~(uintptr_t)(HPI_CELL_BYTES - 1);
    facts->cells = (hpi_cell *)first;
    facts->dims = dims;
    ck_ring_init(&facts->ck.ring, size);
    return facts;
}

void hpi_facts_destroy(hpi_facts *facts) {
    if (!facts) return;
    hpi_free(facts->memory);
    hpi_free_aligned(facts);
}

/* The producer. */

static unsigned used_sp(const hpi_facts *facts) {
    return facts->ck.ring.p_tail - facts->c_seen;
}

static void look_sp(hpi_facts *facts) {
    facts->c_seen = ck_pr_load_uint(&facts->ck.ring.c_head);
    ck_pr_fence_acquire(); /* pairs with take: the consumer has read what it gave back */
}

bool hpi_facts_has_room_sp(hpi_facts *facts, uint32_t cell_count) {
    HPI_ASSERT(cell_count < facts->ck.ring.size);
    if (used_sp(facts) + cell_count < facts->ck.ring.size) return true;
    look_sp(facts);
    return used_sp(facts) + cell_count < facts->ck.ring.size;
}

bool hpi_facts_is_quarter_sp(hpi_facts *facts) {
    unsigned quarter = facts->ck.ring.size / 4;
    if (used_sp(facts) < quarter) return false;
    look_sp(facts);
    return used_sp(facts) >= quarter;
}

/* Copy bytes into the ring, from byte `at` after the header on; cells wrap at its end. */
static void write_bytes(hpi_facts *facts, unsigned first, size_t at, const void *from,
                        size_t bytes) {
    size_t ring_bytes = (size_t)facts->ck.ring.size * HPI_CELL_BYTES;
    size_t start = ((size_t)(first & facts->ck.ring.mask) * HPI_CELL_BYTES + at) % ring_bytes;
    size_t until_end = ring_bytes - start;
    size_t here = bytes < until_end ? bytes : until_end;
    unsigned char *base = (unsigned char *)facts->cells;
    if (bytes == 0) return;
    memcpy(base + start, from, here);
    memcpy(base, (const unsigned char *)from + here, bytes - here);
}

bool hpi_facts_push_sp(hpi_facts *facts, const hpi_packed *head, const hpi_fact *fact) {
    uint32_t cell_count = hpi_packed_cells(head, facts->dims);
    if (!hpi_facts_has_room_sp(facts, cell_count)) return false;
    ck_ring_t *ring = &facts->ck.ring;
    unsigned   tail = ring->p_tail; /* only the producer changes it */
    size_t     point_bytes = fact->point ? facts->dims * sizeof(hpt_coord) : 0;
    memcpy(&facts->cells[tail & ring->mask], head, sizeof *head);
    write_bytes(facts, tail, HPI_CELL_BYTES, fact->point, point_bytes);
    size_t at = HPI_CELL_BYTES + point_bytes;
    if (hpi_packed_has_step(head)) {
        write_bytes(facts, tail, at, &fact->step, HPI_FACT_STEP_BYTES);
        at += HPI_FACT_STEP_BYTES;
    }
    write_bytes(facts, tail, at, fact->notes, head->notes_bytes);
    ck_pr_fence_release(); /* pairs with peek: who sees the index sees the cells */
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

const hpi_packed *hpi_facts_peek_sc(hpi_facts *facts) {
    ck_ring_t *ring = &facts->ck.ring;
    if (ring->c_head == facts->p_seen) {
        facts->p_seen = ck_pr_load_uint(&ring->p_tail);
        ck_pr_fence_acquire(); /* pairs with push */
        if (ring->c_head == facts->p_seen) return NULL;
    }
    return (const hpi_packed *)(const void *)&facts->cells[ring->c_head & ring->mask];
}

void hpi_facts_take_sc(hpi_facts *facts, hpi_cell *cells_out) {
    ck_ring_t *ring = &facts->ck.ring;
    unsigned   head = ring->c_head & ring->mask; /* only the consumer changes it */
    HPI_ASSERT(ring->c_head != facts->p_seen);
    uint32_t cell_count = hpi_packed_cells((const void *)&facts->cells[head], facts->dims);
    uint32_t until_end = ring->size - head;
    uint32_t here = cell_count < until_end ? cell_count : until_end;
    HPI_ASSERT(cell_count <= facts->p_seen - ring->c_head);
    memcpy(cells_out, &facts->cells[head], here * sizeof *cells_out);
    memcpy(cells_out + here, facts->cells, (cell_count - here) * sizeof *cells_out);
    ck_pr_fence_release(); /* read before it is given back; pairs with look_sp() */
    ck_pr_store_uint(&ring->c_head, ring->c_head + cell_count);
}
