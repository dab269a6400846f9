/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_DISTRIBUTION_H
#define HPI_STORE_DISTRIBUTION_H

/* A parameter in Optuna's terms: a distribution as JSON, and a value as Optuna's internal number,
 * which is the value itself or, of a list, the index into its choices. Both forms of a study file
 * use it. One thread at a time. */

#include "store/pyjson.h"

#include "hpt/space.h"

/* ---- from a space of ours ---- */

/* Append the distribution of a parameter as Optuna's distribution_to_json() prints it. A list, of
 * either kind, and a constant are categorical. Reals on a step and in the logarithm, which Optuna
 * does not know, lose their step. */
void hpi_distribution_write(hpi_writer *writer, const hpt_space *space, hpt_param param);

/* The internal number of a coordinate. */
double hpi_distribution_number(const hpt_space *space, hpt_param param, hpt_coord coord);

/* The coordinate of an internal number of the distribution above. False when it has none: out of
 * range, off the step, NaN. */
bool hpi_distribution_coord(const hpt_space *space, hpt_param param, double number,
                            hpt_coord *coord_out);

/* ---- what others wrote ---- */

typedef enum hpi_distribution_kind {
    HPI_DISTRIBUTION_FLOAT,
    HPI_DISTRIBUTION_INT,
    HPI_DISTRIBUTION_CATEGORICAL
} hpi_distribution_kind;

/* Reads again into the same one use its memory again. Start from zero. */
typedef struct hpi_distribution {
    hpi_distribution_kind kind;
    bool                  is_log, has_step;
    double                low, high, step;  /* of FLOAT                                 */
    int64_t    int_low, int_high, int_step; /* of INT; step 1: none                     */
    hpt_value *choices;                     /* choice_count of them; texts in `texts`   */
    uint32_t   choice_count;
    size_t     choice_room;
    hpi_writer texts;
} hpi_distribution;

void hpi_distribution_fini(hpi_distribution *distribution);

/* Read one of Optuna's, also of the names that were in use before version 3 (UniformDistribution,
 * LogUniformDistribution, DiscreteUniformDistribution, IntUniformDistribution,
 * IntLogUniformDistribution) and the short form of its command line. A choice that hpt has no value
 * for (NaN, an infinity, a list) becomes the text of its JSON. HPT_EPARSE with what is wrong;
 * HPT_ENOMEM. */
hpt_status hpi_distribution_read(const char *json, size_t bytes, hpi_distribution *into,
                                 hpt_err *err);

/* What an internal number stands for: the external value, with its type. False when it is nothing:
 * an index past the choices, a NaN. A value outside low and high is one all the same: Optuna allows
 * that for trials that were enqueued. Texts are borrowed from the distribution. */
bool hpi_distribution_value(const hpi_distribution *distribution, double number,
                            hpt_value *value_out);

/* ---- the union of what trials were drawn from ---- */

/* Parameters in the order in which they were first met; ranges from the lowest to the highest, with
 * the logarithm or the step only as long as all agree; choices in the order of first meeting. */
typedef struct hpi_union hpi_union;

hpi_union *hpi_union_create(void);            /* NULL: out of memory */
void       hpi_union_destroy(hpi_union *all); /* NULL is fine */

/* One parameter of one trial. HPT_EPARSE when it is a number here and a list elsewhere; HPT_ENOMEM.
 * Cheap when the same was added before. */
hpt_status hpi_union_add(hpi_union *all, const char *name, const char *json, size_t bytes,
                         double number, hpt_err *err);

/* The space; destroy it. Empty if there were no parameters. HPT_ELIMIT, HPT_EPARSE for what hpt's
 * spaces do not take (an infinite range, a name of 300 bytes); HPT_ENOMEM. */
hpt_status hpi_union_space(const hpi_union *all, hpt_space **space_out, hpt_err *err);

#endif
