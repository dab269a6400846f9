/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_PLACE_H
#define HPI_BASE_PLACE_H

/* Where the workers of one run go, and how many threads their objectives may have. Decided once,
 * before they start; then read by all of them. Path: queue > worker. */

#include "base/cpus.h"
#include "base/nested.h"
#include "base/topology.h"

/* The ways, by the names users type. The one with number 0 is the default. */
#define HPI_PLACEMENT_LIST(X)                                                                      \
    X(HPI_PLACE_SPREAD, "spread") /* each starts on a CPU of its own, and may move afterwards   */ \
    X(HPI_PLACE_NONE, "none")     /* nobody's mask is touched                                   */ \
    X(HPI_PLACE_CORE, "core")     /* each is bound to its own CPU, or threads_per_trial of them */ \
    X(HPI_PLACE_NUMA, "numa")     /* each is bound to all CPUs of one NUMA node                 */

typedef enum hpi_placement {
#define HPI_ROW(name, text) name,
    HPI_PLACEMENT_LIST(HPI_ROW)
#undef HPI_ROW
} hpi_placement;

/* The way of that name; an unknown name answers with the closest match. */
hpt_status hpi_placement_find(const char *name, hpi_placement *placement_out, hpt_err *err);

typedef struct hpi_place_wish {
    hpi_placement placement;
    uint32_t      worker_count;
    uint32_t      threads_per_trial; /* 0: no word                                      */
    hpi_cpu_grant grant;             /* of hpi_cpus_grant()                             */
} hpi_place_wish;

enum { HPI_PLACE_WARNINGS = 2, HPI_PLACE_WARNING_BYTES = 240 };

typedef struct hpi_place {
    hpi_placement placement;
    uint32_t      group; /* CPUs of a worker */
    uint32_t      first; /* worker 0's first CPU in `order` */

    hpi_cpu_mask        mask;  /* of the thread that opened it, and then of all        */
    uint16_t           *order; /* its CPUs as workers take them; NULL: nobody is moved */
    uint32_t            cpu_count;
    const hpi_topology *topology;

    uint32_t   thread_count;    /* for parallel regions in a worker; 0: leave them be  */
    bool       is_thread_limit; /* no more than that; otherwise exactly                */
    hpi_nested nested;

    char warnings[HPI_PLACE_WARNINGS][HPI_PLACE_WARNING_BYTES]; /* "": none */
} hpi_place;

/* On a zeroed one. Close it whether or not it was opened. */
hpt_status hpi_place_open(hpi_place *place, const hpi_place_wish *wish, hpt_err *err);
void       hpi_place_close(hpi_place *place);

/* Before any worker starts: a thread that is there already, and is not moved, has that CPU
 * (hpi_cpus_here()). It will be that worker, or, one above the last, whoever else needs it. Where
 * workers are bound, this does nothing. */
void hpi_place_keep(hpi_place *place, uint32_t worker, uint32_t cpu);

/* The CPUs that a new thread for a worker should start with; false: as its creator. To make it so
 * at its creation saves a move. */
bool hpi_place_start(const hpi_place *place, uint32_t worker, hpi_cpu_mask *mask_out);

/* What a host's thread had before it became a worker. */
typedef struct hpi_place_saved {
    hpi_cpu_mask     mask; /* bytes 0: not touched */
    hpi_nested_saved nested;
} hpi_place_saved;

/* The calling thread becomes a worker. `saved_out` is NULL when it ends with its work; a thread of
 * the host's gives one, and hpi_place_leave() makes all as it was. Such a thread is moved only when
 * workers are bound. Neither allocates (but OpenMP does, for its own record of a thread). */
void hpi_place_enter(const hpi_place *place, uint32_t worker, hpi_place_saved *saved_out);
void hpi_place_leave(const hpi_place *place, const hpi_place_saved *saved);

#endif
