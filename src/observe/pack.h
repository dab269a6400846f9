/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_PACK_H
#define HPI_OBSERVE_PACK_H

/* dispatch > ...: a fact on its way to the observers, as cells: a header, then the coordinates,
 * then the last step of a trial that ended without a value but had reports, then the notes, without
 * a gap between. Or the ends of several trials: a header, an hpi_end each, then a point each. Only
 * bytes: they may be copied anywhere.
 * Any thread. */

#include <string.h>

#include "base/err.h"
#include "hpt/observe.h"
#include "observe/dispatch.h"
#include "observe/limits.h"
#include "trial/note.h"

enum { HPI_KIND_COUNT = 6 };
enum { HPI_FACT_STEP_BYTES = sizeof(int64_t) };

typedef struct hpi_cell {
    uint64_t words[HPI_CELL_BYTES / sizeof(uint64_t)];
} hpi_cell;

/* A run has at most 100 000 workers, simulated ones. The largest number is none. */
enum { HPI_WORKER_BITS = 18, HPI_WORKER_NONE = (1 << HPI_WORKER_BITS) - 1 };

/* The header. */
typedef struct hpi_packed {
    uint64_t trial;
    uint64_t tag; /* number in its stream << 8 | has_step << 7 | has_point << 6 | state << 3 | index
                     of the kind, or HPI_INDEX_ENDS */
    uint64_t after; /* as hpi_fact.after                                                  */
    int64_t  time_ns;
    int64_t  start_or_step; /* REPORTED: step; ends: how many; else start_ns                      */
    int64_t  duration_ns;
    double   value;
    uint32_t generation; /* which observers were attached when it was pushed                   */
    uint32_t worker : HPI_WORKER_BITS;
    uint32_t notes_bytes : 32 - HPI_WORKER_BITS;
} hpi_packed;

/* Behind the header of several ends, one for each. */
typedef struct hpi_end {
    double  value;
    int64_t start_ns, duration_ns;
} hpi_end;

/* Where a tag has the index of a kind, of which there are fewer: several ends; no fact at all. */
enum { HPI_INDEX_ENDS = 6, HPI_INDEX_GAP = 7 };
_Static_assert((int)HPI_KIND_COUNT <= (int)HPI_INDEX_ENDS, "neither is a kind");

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
    static const uint8_t indices[] = { [1] = 0, [2] = 1, [4] = 2, [8] = 3, [16] = 4, [32] = 5 };
    return indices[kind];
}

static inline bool hpi_packed_is_ends(const hpi_packed *head) {
    return (head->tag & 7) == HPI_INDEX_ENDS;
}

static inline uint32_t hpi_packed_kind(const hpi_packed *head) {
    return hpi_packed_is_ends(head) ? HPT_EVENT_TRIAL_ENDED : UINT32_C(1) << (head->tag & 7);
}

/* How many facts it is. */
static inline uint32_t hpi_packed_count(const hpi_packed *head) {
    return hpi_packed_is_ends(head) ? (uint32_t)head->start_or_step : 1;
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

/* Whether its value is that of a trial. */
static inline bool hpi_packed_has_value(const hpi_packed *head) {
    uint32_t what = head->tag & 0x3F; /* state and kind */
    return what == (HPT_TRIAL_COMPLETE << 3 | 3) || (what & 7) == 4;
}

/* A fact's cells, the header's too, from the bytes behind the header. */
static inline uint32_t hpi_cells_of(uint32_t bytes) {
    return HPI_HEAD_CELLS + (bytes + HPI_CELL_BYTES - 1) / HPI_CELL_BYTES;
}

static inline uint32_t hpi_ends_cells(uint32_t count, uint32_t dims) {
    return hpi_cells_of(count * (uint32_t)(sizeof(hpi_end) + dims * sizeof(hpt_coord)));
}

/* How many ends are packed together; below 2 it is not worth it. */
static inline uint32_t hpi_ends_max(uint32_t dims) {
    return (uint32_t)(HPI_ENDS_BYTES / (sizeof(hpi_end) + dims * sizeof(hpt_coord)));
}

static inline uint32_t hpi_packed_cells(const hpi_packed *head, uint32_t dims) {
    if (hpi_packed_is_ends(head)) return hpi_ends_cells(hpi_packed_count(head), dims);
    uint32_t point_bytes = hpi_packed_has_point(head) ? dims * (uint32_t)sizeof(hpt_coord) : 0;
    uint32_t step_bytes = hpi_packed_has_step(head) ? HPI_FACT_STEP_BYTES : 0;
    return hpi_cells_of(point_bytes + step_bytes + head->notes_bytes);
}

/* Cells of a fact with a point and so many bytes of notes. */
static inline uint32_t hpi_point_cells(uint32_t dims, uint32_t notes_bytes) {
    return hpi_cells_of(dims * (uint32_t)sizeof(hpt_coord) + notes_bytes);
}

/* The largest fact there can be: 8 KiB of notes, the values, and a step. */
enum { HPI_FACT_NOTE_BYTES_MAX = 8 * 1024 + HPI_NOTE_VALUES_BYTES };
enum { HPI_NOTES_MASK = (1 << (32 - HPI_WORKER_BITS)) - 1 };
_Static_assert((int)HPI_FACT_NOTE_BYTES_MAX <= (int)HPI_NOTES_MASK, "their length fits");

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

static inline uint32_t hpi_packed_worker(const hpi_packed *head) {
    return head->worker == HPI_WORKER_NONE ? UINT32_MAX : head->worker;
}

/* Write a fact into its cells. Here and below inline: once per event. */
static inline void hpi_pack(hpi_cell *restrict cells_out, const hpi_fact *restrict fact,
                            uint32_t dims, const hpi_postmark *restrict postmark) {
    HPI_ASSERT(fact->notes_bytes <= HPI_FACT_NOTE_BYTES_MAX);
    HPI_ASSERT((unsigned)fact->state < HPT_TRIAL_STATE_COUNT);
    HPI_ASSERT(fact->worker < HPI_WORKER_NONE || fact->worker == UINT32_MAX);
    bool           is_report = fact->kind == HPT_EVENT_TRIAL_REPORTED;
    unsigned       has_step = hpi_fact_has_step(fact), has_point = fact->point != NULL;
    unsigned       bits = has_step << 7 | has_point << 6 | (unsigned)fact->state << 3;
    unsigned char *at = (unsigned char *)(cells_out + HPI_HEAD_CELLS);
    *(hpi_packed *)(void *)cells_out =
        (hpi_packed){ .trial = fact->trial,
                      .tag = postmark->number << 8 | bits | hpi_kind_index(fact->kind),
                      .after = fact->after,
                      .time_ns = postmark->time_ns,
                      .start_or_step = is_report ? fact->step : fact->start_ns,
                      .duration_ns = fact->duration_ns,
                      .value = fact->value,
                      .generation = postmark->generation,
                      .worker = fact->worker & HPI_WORKER_NONE,
                      .notes_bytes = fact->notes_bytes & HPI_NOTES_MASK };
    if (has_point) {
        memcpy(at, fact->point, dims * sizeof(hpt_coord));
        at += dims * sizeof(hpt_coord);
    }
    if (!has_step && fact->notes_bytes == 0) return;
    if (has_step) {
        memcpy(at, &fact->step, HPI_FACT_STEP_BYTES);
        at += HPI_FACT_STEP_BYTES;
    }
    if (fact->notes_bytes > 0) memcpy(at, fact->notes, fact->notes_bytes);
}

/* Write `count` ends, from the one at `from` on, into their cells. */
void hpi_pack_ends(hpi_cell *restrict cells_out, const hpi_ends *restrict ends, uint32_t from,
                   uint32_t count, uint32_t dims, const hpi_postmark *restrict postmark);

/* One of several ends, as the cells that it would have had alone: a header and a point. */
void hpi_split_end(hpi_cell *restrict cells_out, const hpi_cell *restrict cells, uint32_t index,
                   uint32_t dims);

/* ... and as an event. */
static inline void hpi_unpack_end(const hpi_cell *restrict cells, uint32_t index,
                                  const hpi_unpacking *restrict unpacking,
                                  hpt_event *restrict event_out) {
    const hpi_packed *head = hpi_packed_of(cells);
    const hpi_end    *ends = (const hpi_end *)(const void *)(cells + HPI_HEAD_CELLS);
    const hpi_end    *end = &ends[index];
    const hpt_coord  *points = (const hpt_coord *)(const void *)(ends + head->start_or_step);
    int64_t           time_ns = end->start_ns + end->duration_ns;
    if (time_ns < head->time_ns) time_ns = head->time_ns;
    *event_out = (hpt_event){
        .kind = HPT_EVENT_TRIAL_ENDED,
        .trial = head->trial + index,
        .time_ns = time_ns,
        .wall_ns = unpacking->wall_base_ns + time_ns,
        .worker = hpi_packed_worker(head),
        .state = HPT_TRIAL_COMPLETE,
        .value = end->value,
        .step = 0,
        .start_ns = end->start_ns,
        .duration_ns = end->duration_ns,
        .space = unpacking->space,
        .point = points + (size_t)index * unpacking->dims,
        .reason = "",
        .attrs = NULL,
        .attr_count = 0,
        .stats = NULL,
        .has_report = false,
        .last_value = 0,
        .values = &event_out->value,
        .value_count = 1,
        .constraint_count = 0,
        .constraints = NULL,
    };
}

/* What only facts with notes or a step have. */
uint32_t hpi_unpack_rest(const hpi_packed *head, const unsigned char *notes, hpt_event *event_out,
                         hpt_attr *attrs_out, uint32_t attr_room);

/* Turn cells into an event that points into them and into attrs_out. Returns how many attributes
 * and constraints it has; when that is more than attr_room, the event is not to be used.
 *
 * Every member is named: what is left out the compiler sets to zero with a string instruction that
 * costs more than all the rest. */
static inline uint32_t hpi_unpack(const hpi_cell *restrict cells,
                                  const hpi_unpacking *restrict unpacking,
                                  hpt_event *restrict event_out, hpt_attr *attrs_out,
                                  uint32_t attr_room) {
    const hpi_packed *head = hpi_packed_of(cells);
    const hpt_coord  *point = (const hpt_coord *)(const void *)(cells + HPI_HEAD_CELLS);
    bool              has_point = hpi_packed_has_point(head);
    bool              is_report = hpi_packed_kind(head) == HPT_EVENT_TRIAL_REPORTED;
    uint32_t          has_value = hpi_packed_has_value(head);
    *event_out = (hpt_event){
        .kind = (hpt_event_kind)hpi_packed_kind(head),
        .trial = head->trial,
        .time_ns = head->time_ns,
        .wall_ns = unpacking->wall_base_ns + head->time_ns,
        .worker = hpi_packed_worker(head),
        .state = (hpt_trial_state)(head->tag >> 3 & 7),
        .value = head->value,
        .step = is_report ? head->start_or_step : 0,
        .start_ns = is_report ? -1 : head->start_or_step,
        .duration_ns = head->duration_ns,
        .space = unpacking->space,
        .point = has_point ? point : NULL,
        .reason = "",
        .attrs = NULL,
        .attr_count = 0,
        .stats = NULL,
        .has_report = false,
        .last_value = 0,
        .values = has_value ? &event_out->value : NULL,
        .value_count = has_value,
        .constraint_count = 0,
        .constraints = NULL,
    };
    if (!hpi_packed_has_step(head) && head->notes_bytes == 0) return 0;
    const void *rest = point + (has_point ? unpacking->dims : 0);
    return hpi_unpack_rest(head, rest, event_out, attrs_out, attr_room);
}

#endif
