/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_FOREIGN_H
#define HPI_STORE_FOREIGN_H

/* A trial that somebody else wrote, put together from Optuna's pieces in any order: what it becomes
 * as a record of a given space. One thread at a time; the same struct serves one trial after the
 * other. */

#include "store/distribution.h"
#include "store/head.h"
#include "store/record.h"

typedef struct hpi_foreign {
    const hpt_space *space;
    uint32_t         goal_count;
    hpi_record record; /* number, state (Optuna's terms), times: set by who reads            */
    hpt_coord *point;
    bool      *given;
    uint32_t   dims;
    double     values[8];
    hpt_attr  *attrs, *constraints; /* names and texts: offsets until it is finished           */
    uint32_t   attr_count, constraint_count;
    size_t     attr_room, constraint_room;
    bool       has_named; /* constraints by name: then the list says nothing new             */
    hpi_writer texts, scratch;
    hpi_distribution distribution;
} hpi_foreign;

void hpi_foreign_fini(hpi_foreign *foreign);

/* Begin a trial of a space, which must live until it is finished. HPT_ENOMEM. */
hpt_status hpi_foreign_begin(hpi_foreign *foreign, const hpt_space *space, uint32_t goal_count,
                             hpt_err *err);

/* A parameter by its distribution's JSON and internal number. One that the space does not have, or
 * a value that it cannot take, is left out: the trial is then not given there. HPT_EPARSE for a
 * distribution that is none. */
hpt_status hpi_foreign_param(hpi_foreign *foreign, const char *name, const char *json, size_t bytes,
                             double number, hpt_err *err);

/* An attribute; one of a name that was given before takes its place. Of the system's only the
 * constraints count: `constraints`, a list, and `constraints:<name>`. */
hpt_status hpi_foreign_attr(hpi_foreign *foreign, bool is_system, const char *name, hpi_slice value,
                            hpt_err *err);

/* The value of a goal, and an intermediate one: the last step stands. */
void hpi_foreign_value(hpi_foreign *foreign, uint32_t goal, double value);
void hpi_foreign_report(hpi_foreign *foreign, int64_t step, double value);

/* The record: borrowed until the next begin. An end with values that are NaN or too few is FAILED;
 * COMPLETE with a constraint above 0 is INFEASIBLE. HPT_ENOMEM. */
hpt_status hpi_foreign_finish(hpi_foreign *foreign, hpt_err *err);

/* A time as Optuna writes it, "2026-01-02T03:04:05.678901" or with a blank instead of the T, maybe
 * with "+00:00" behind it; without, it is local time (is_local) or UTC. False for anything else. */
bool hpi_foreign_time(const char *text, size_t bytes, bool is_local, int64_t *wall_ns_out);

#endif
