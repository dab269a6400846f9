/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_BACKLOG_H
#define HPI_OBSERVE_BACKLOG_H

/* lane > BACKLOG > observer: the bounded buffer of one observer, packed facts one after the other,
 * each in one piece so that events can point into it. One thread at a time. */

#include "observe/pack.h"

typedef struct hpi_backlog {
    hpi_cell *cells;
    uint32_t  room;             /* cells                                              */
    uint32_t  first, end, wrap; /* oldest fact; free cell; where the facts before `end` < `first`
                                   stop and go on at cell 0                           */
    uint32_t count, count_max;  /* facts                                              */
    uint32_t dims;
} hpi_backlog;

/* How many facts an observer got in one go, and what they take of its backlog. */
typedef struct hpi_batch {
    hpt_event *events;
    hpt_attr  *attrs;
    uint32_t   event_room, attr_room;
    uint32_t   count;
    uint32_t   next; /* where the backlog's oldest fact is after the batch */
} hpi_batch;

/* False: out of memory. */
bool hpi_backlog_init(hpi_backlog *backlog, uint32_t count_max, uint32_t dims);
void hpi_backlog_fini(hpi_backlog *backlog);

/* Forget everything in it. */
void hpi_backlog_clear(hpi_backlog *backlog);

/* From now on it has no room. What is in it stays. */
void hpi_backlog_shut(hpi_backlog *backlog);

bool hpi_backlog_has_room(const hpi_backlog *backlog, uint32_t cell_count);
void hpi_backlog_put(hpi_backlog *backlog, const hpi_cell *cells, uint32_t cell_count);

/* Turn the oldest facts into events that point into the backlog, as many as the batch has room for.
 * They stay in the backlog until hpi_backlog_drop(). */
void hpi_backlog_view(const hpi_backlog *backlog, const hpi_unpacking *unpacking, hpi_batch *batch);
void hpi_backlog_drop(hpi_backlog *backlog, const hpi_batch *batch);

#endif
