/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_PACK_H
#define HPI_OBSERVE_PACK_H

/* dispatch > ...: a fact on its way to the observers, as cells: a header, then the coordinates,
 * then the last step of a trial that ended without a value but had reports, then the notes, without
 * a gap between. Only bytes: they may be copied anywhere.
 * Any thread. */

#include "hpt/observe.h"
#include "observe/dispatch.h"
#include "observe/limits.h"

enum { HPI_KIND_COUNT = 6 };
enum { HPI_FACT_STEP_BYTES = sizeof(int64_t) };

typedef struct hpi_cell {
    uint64_t words[HPI_CELL_BYTES / sizeof(uint64_t)];
} hpi_cell;

/* The header. */
typedef struct hpi_packed {
    uint64_t trial;
    uint64_t tag;   /* number in its stream << 8 | has_step << 7 | has_point << 6 | state << 3 |
                       kind's   index */
    uint64_t after; /* as hpi_fact.after                                                  */
    int64_t  time_ns;
    int64_t  start_or_step; /* REPORTED: step; else start_ns                                      */
    int64_t  duration_ns;
    double   value;
    uint32_t generation; /* which observers were attached when it was pushed                   */
    uint16_t worker;
    uint16_t notes_bytes;
} hpi_packed;

enum { HPI_HEAD_CELLS = sizeof(hpi_packed) / sizeof(hpi_cell) };

_Static_assert(sizeof(hpi_cell) == HPI_CELL_BYTES, "a cell is nothing but its words");
_Static_assert(HPI_HEAD_CELLS * sizeof(hpi_cell) == sizeof(hpi_packed), "a header fills its cells");
_Static_assert(HPT_TRIAL_STATE_COUNT <= 8, "a state takes three bits of the tag");

/* What dispatch adds to a fact. */
typedef struct hpi_postmark {
    uint64_t number;     /* in its stream                                                       */
    int64_t  time_ns;    /* the fact's, but never before that of an earlier one of its stream   */
    uint32_t generation; /* which observers were attached when it was pushed                    */
} hpi_postmark;

/* What is needed to turn cells back into an event. */
typedef struct hpi_unpacking {
    const hpt_space *space;
    uint32_t         dims;
    int64_t          wall_base_ns; /* time 0 of the run, since 1970 */
} hpi_unpacking;

static inline const hpi_packed *hpi_packed_of(const hpi_cell *cells) {
    return (const hpi_packed *)(const void *)cells;
}

/* The bit of a kind as an index, 0 to 5. */
static inline uint32_t hpi_kind_index(uint32_t kind) {
    uint32_t index = 0;
    while (kind >>= 1)
        index++;
    return index;
}

static inline uint32_t hpi_packed_kind(const hpi_packed *head) {
    return UINT32_C(1) << (head->tag & 7);
}

static inline uint64_t hpi_packed_number(const hpi_packed *head) {
    return head->tag >> 8;
}

static inline bool hpi_packed_has_point(const hpi_packed *head) {
    return (head->tag >> 6 & 1) != 0;
}

static inline bool hpi_packed_has_step(const hpi_packed *head) {
    return (head->tag >> 7 & 1) != 0;
}

/* A fact's cells, the header's too, from the bytes behind the header. */
static inline uint32_t hpi_cells_of(uint32_t bytes) {
    return HPI_HEAD_CELLS + (bytes + HPI_CELL_BYTES - 1) / HPI_CELL_BYTES;
}

static inline uint32_t hpi_packed_cells(const hpi_packed *head, uint32_t dims) {
    uint32_t point_bytes = hpi_packed_has_point(head) ? dims * (uint32_t)sizeof(hpt_coord) : 0;
    uint32_t step_bytes = hpi_packed_has_step(head) ? HPI_FACT_STEP_BYTES : 0;
    return hpi_cells_of(point_bytes + step_bytes + head->notes_bytes);
}

/* Cells of a fact with a point and so many bytes of notes. */
static inline uint32_t hpi_point_cells(uint32_t dims, uint32_t notes_bytes) {
    return hpi_cells_of(dims * (uint32_t)sizeof(hpt_coord) + notes_bytes);
}

/* The largest fact there can be: 8 KiB of notes, and a step. */
enum { HPI_FACT_NOTE_BYTES_MAX = 8 * 1024 };
static inline uint32_t hpi_fact_cells_max(uint32_t dims) {
    return hpi_point_cells(dims, HPI_FACT_NOTE_BYTES_MAX + HPI_FACT_STEP_BYTES);
}

/* The last step goes along only where no other field of the event says how far the trial got. */
static inline bool hpi_fact_has_step(const hpi_fact *fact) {
    return fact->kind == HPT_EVENT_TRIAL_ENDED && fact->state != HPT_TRIAL_COMPLETE &&
           fact->has_report;
}

/* Cells that a fact will take. */
static inline uint32_t hpi_fact_cells(const hpi_fact *fact, uint32_t dims) {
    uint32_t point_bytes = fact->point ? dims * (uint32_t)sizeof(hpt_coord) : 0;
    uint32_t step_bytes = hpi_fact_has_step(fact) ? HPI_FACT_STEP_BYTES : 0;
    return hpi_cells_of(point_bytes + step_bytes + fact->notes_bytes);
}

/* Write a fact into its cells. */
void hpi_pack(hpi_cell *cells_out, const hpi_fact *fact, uint32_t dims,
              const hpi_postmark *postmark);

/* Turn cells into an event that points into them and into attrs_out. Returns how many attributes it
 * has; when that is more than attr_room, the event is not to be used. */
uint32_t hpi_unpack(const hpi_cell *cells, const hpi_unpacking *unpacking, hpt_event *event_out,
                    hpt_attr *attrs_out, uint32_t attr_room);

#endif
