/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_RECORD_H
#define HPI_STORE_RECORD_H

/* One trial as a study keeps it, and the same as bytes. One thread at a time. */

#include "hpt/space.h"
#include "hpt/trial.h"

/* For `order` and `asked`: nobody knows, the trial was written by somebody else. */
#define HPI_UNKNOWN UINT64_MAX

/* For times: nobody knows. */
#define HPI_NO_TIME INT64_MIN

typedef struct hpi_record {
    uint64_t id;            /* the backend's, from its `put`; 0 = not put yet                     */
    uint64_t number;        /* of the trial, from 0 within the study                              */
    uint64_t order;         /* how many ends were told before this one; CANCELLED and RUNNING: none
                               (HPI_UNKNOWN)                                                      */
    uint64_t        asked;  /* how many candidates had been asked for when it was told            */
    hpt_trial_state state;  /* RUNNING: it has not ended                                          */
    uint32_t        worker; /* UINT32_MAX: nobody                                                 */
    int64_t         start_wall_ns, end_wall_ns; /* since 1970, or HPI_NO_TIME                     */
    int64_t         duration_ns;                /* of the objective; < 0: unknown                 */
    const hpt_coord *point;                     /* one coordinate per parameter of the space      */
    const bool      *given; /* which of them the trial has; NULL = all (inactive ones rest)       */
    const double    *values;
    uint32_t         value_count; /* 0, or the number of goals                                    */
    uint32_t         attr_count, constraint_count;
    const hpt_attr  *attrs;
    const hpt_attr  *constraints; /* real numbers                                                 */
    const char      *reason;      /* "" = none; never NULL                                        */
    bool             has_report;
    int64_t          last_step;
    double           last_value;
} hpi_record;

/* A trial that another tool wrote, copied from another study: it is put without a record of ours,
 * so that it is what it was. */
static inline bool hpi_record_is_foreign(const hpi_record *record) {
    return record->given && record->order == HPI_UNKNOWN && record->asked == HPI_UNKNOWN;
}

/* Bytes. They do not depend on the machine, carry a version and a checksum that covers the number
 * too, and are what hpt trusts: Optuna's tables beside them are for others to read. At d = 5 with
 * one value and nothing said they are below 110 bytes. */

typedef struct hpi_bytes {
    unsigned char *at;
    size_t         used, room;
} hpi_bytes;

void hpi_bytes_fini(hpi_bytes *bytes);

/* Overwrite `into` (grown as needed, so after warm-up nothing is allocated). `id` is left out.
 * HPT_ENOMEM. */
hpt_status hpi_record_encode(const hpi_record *record, uint32_t dims, hpi_bytes *into,
                             hpt_err *err);

/* Room that a decoded record points into: used again by the next one. Start from zero. */
typedef struct hpi_record_room {
    hpt_coord *point;
    bool      *given;
    double    *values;
    hpt_attr  *attrs; /* constraints behind them */
    char      *texts;
    size_t     attr_room, text_room, point_room;
} hpi_record_room;

void hpi_record_room_fini(hpi_record_room *room);

/* HPT_EPARSE with what is wrong (checksum, version, length) for bytes that are not a record of a
 * space of `dims` parameters; HPT_ENOMEM. Texts are copied: the bytes may go. */
hpt_status hpi_record_decode(const void *bytes, size_t count, uint32_t dims, hpi_record_room *room,
                             hpi_record *record_out, hpt_err *err);

/* Who a record is about, for an index: number, order, state, number of values, and whether it has a
 * report; all else is as in an empty one. The checksum is checked, and the space may be any. */
hpt_status hpi_record_peek(const void *bytes, size_t count, hpi_record *record_out, hpt_err *err);

/* CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected). `crc` 0 to begin with. */
uint32_t hpi_crc32c(uint32_t crc, const void *bytes, size_t count);

#endif
