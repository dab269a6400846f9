/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_PARAM_H
#define HPI_SPACE_PARAM_H

/* What the files of this folder share: the bodies of a space and of a parameter. Nobody else
 * includes this. */

#include "base/err.h"
#include "space/space.h"

enum {
    HPI_PARAM_COUNT_MAX = 65536, /* a 17-bit handle; a list of all names stays below 17 MiB */
    HPI_NAME_BYTES_MAX = 255,
    HPI_VALUE_COUNT_MAX = 65536,
    HPI_TEXT_BYTES_MAX = 4095,
    HPI_LABEL_BYTES = 72 /* of a name inside a sentence of hpt_err */
};

/* `last` of a range of reals without step: its values cannot be counted. */
#define HPI_UNCOUNTED UINT64_MAX

typedef struct param {
    char     *name;
    uint64_t  hash;
    hpt_kind  kind;
    bool      is_log, has_step, has_default, has_condition;
    uint32_t  condition;      /* its place among the space's conditions, from 1             */
    hpt_coord min, max, step; /* ranges                                                     */
    hpt_coord initial;        /* the default                                                */
    uint64_t  last;           /* index of the last value: 2^64 of them have one too         */
    double    low, width;     /* the range in which fractions are uniform: logs if is_log   */
    bool      is_linear;      /* low + t * width, clamped, and nothing else                */

    /* A real step that is a decimal: value k is (base + k * stride) / scale, rounded once, so that
     * 3 steps of 0.1 are 0.3 and not 0.30000000000000004. scale 0: it is none. */
    double base, stride, scale;

    hpt_value *values; /* lists; constants: one. Texts point into `texts`                       */
    char      *texts;
    uint32_t   value_count;
} param;

struct hpt_space {
    param        *params;
    uint32_t      count, room;
    hpt_param    *slots; /* open addressing; HPT_PARAM_NONE = free */
    size_t        slot_count;
    hpt_err       error; /* the first one */
    struct rules *rules; /* rule.h's; NULL: none */
};

/* The space's own first error, or that it is NULL. */
hpt_status hpi_space_usable(const hpt_space *space, hpt_err *err);

/* Remember an error unless there is one already. Returns the first one's status. */
hpt_status hpi_space_fail(hpt_space *space, hpt_status status, const char *format, ...)
    HPT_PRINTF(3, 4);

/* Whether a parameter of this name may be added now; if not, the error is remembered. */
bool hpi_space_takes(hpt_space *space, const char *name);

/* Take over a parameter, complete but for its name, which is copied and was checked. When memory is
 * out, which is remembered, `taken` is freed all the same. */
hpt_param hpi_space_insert(hpt_space *space, const char *name, param *taken);
void      hpi_param_fini(param *p);

/* The parameter of a handle, or NULL. */
const param *hpi_param_at(const hpt_space *space, hpt_param handle);

/* Work out what follows from min, max, step and is_log of a range; max moves down to a step. */
void hpi_range_measure(param *p);

/* What is wrong with a range's step, as the end of a sentence about it, or NULL. */
const char *hpi_range_step_problem(const param *p);

/* Value number `index` of a parameter that can be counted, and the number of the value at (for
 * reals: nearest to) a coordinate. Both clamp. */
hpt_coord hpi_param_choice(const param *p, uint64_t index);
uint64_t  hpi_param_index(const param *p, hpt_coord coord);

/* As the public functions, for a parameter. */
hpt_status hpi_param_coord(const param *p, hpt_value value, hpt_coord *coord_out, hpt_err *err);
hpt_value  hpi_param_value(const param *p, hpt_coord coord);

/* Where the coordinate of an inactive parameter rests: its default, or its first value. */
hpt_coord hpi_param_rest(const param *p);

/* "real", "int", ... as JSON has it. */
const char *hpi_kind_name(hpt_kind kind);

/* A name as it stands in a sentence. Returns out. */
char *hpi_label(char out[HPI_LABEL_BYTES], const char *name);

/* Reals between two ends: `last` says nothing. One real alone can be counted. */
static inline bool hpi_is_continuous(const param *p) {
    return p->kind == HPT_KIND_REAL && p->last == HPI_UNCOUNTED;
}

/* Reals from min to max, both included: no step. */
static inline bool hpi_is_free(const param *p) {
    return p->kind == HPT_KIND_REAL && !p->has_step;
}

static inline bool hpi_is_range(const param *p) {
    return p->kind == HPT_KIND_REAL || p->kind == HPT_KIND_INT;
}

/* Two's complement without undefined or implementation-defined steps. */
static inline int64_t hpi_from_bits(uint64_t bits) {
    return bits <= INT64_MAX ? (int64_t)bits : -(int64_t)(UINT64_MAX - bits) - 1;
}

#endif
