/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_SPACE_H
#define HPI_SPACE_SPACE_H

/* space > ...: what the rest of the library needs of a space beyond the public functions. A space
 * that a run uses is a private copy that nobody changes: any thread may read it. */

#include "hpt/extend.h"

/* A private copy, checked: the space's own first error, "space is NULL", or an empty space is
 * reported. */
hpt_status hpi_space_copy(const hpt_space *space, hpt_space **copy_out, hpt_err *err);

/* Whether a coordinate is one the parameter can take. */
bool hpi_space_contains(const hpt_space *space, hpt_param param, hpt_coord coord);

/* How many points, each one coordinate per parameter, lie in the space before the first that does
 * not; *param_out is then the parameter with a coordinate it cannot take. */
size_t hpi_space_contains_points(const hpt_space *space, const hpt_coord *points, size_t count,
                                 hpt_param *param_out);

/* Whether two coordinates of a parameter are the same. */
bool hpi_coord_equal(const hpt_space *space, hpt_param param, hpt_coord a, hpt_coord b);

/* End an error's sentence about a name that is not in the space: the closest one, or all. */
void hpi_space_suggest(const hpt_space *space, const char *name, hpt_err *err);

/* Which rules there are. Without any, every point is valid and all of it active. */
bool hpi_space_has_rules(const hpt_space *space);
bool hpi_space_has_constraints(const hpt_space *space); /* or checks */
bool hpi_space_has_conditions(const hpt_space *space);
bool hpi_space_is_conditional(const hpt_space *space, hpt_param param);

/* Constraint number `index`; NULL past the last. The condition of a parameter, or NULL. */
const char *hpi_space_constraint(const hpt_space *space, uint32_t index);
const char *hpi_space_condition(const hpt_space *space, hpt_param param);

/* Put the coordinates of inactive parameters of so many points where they rest (the default, or the
 * first value), so that points that mean the same are the same. */
void hpi_space_settle(const hpt_space *space, hpt_coord *points, size_t count);

/* hpt_space_is_active() of each parameter. */
void hpi_space_active_at(const hpt_space *space, const hpt_coord *point, bool *active_out);

/* hpt_space_value() of a point's coordinate; null for an inactive parameter. */
hpt_value hpi_space_value_at(const hpt_space *space, hpt_param param, const hpt_coord *point);

/* Why a point is not permitted, as the end of a sentence. */
void hpi_space_refusal(const hpt_space *space, const hpt_coord *point, char *out, size_t bytes);

/* Name of a parameter, without a check; kind likewise. */
const char *hpi_space_name(const hpt_space *space, hpt_param param);
hpt_kind    hpi_space_kind(const hpt_space *space, hpt_param param);

/* The other way round than hpt_space_choice(): which value of a parameter that can be counted a
 * coordinate is. */
uint64_t hpi_space_index(const hpt_space *space, hpt_param param, hpt_coord coord);

/* hpt_space_at_fraction() for parameters `first` to `first + count - 1` in one call. */
void hpi_space_at_fractions(const hpt_space *space, hpt_param first, size_t count,
                            const uint64_t *fractions, hpt_coord *coords_out);

/* The fractions of its range that give a coordinate of a parameter that can be counted: from
 * *low_out to *high_out, exact but for rounding. */
void hpi_space_cell(const hpt_space *space, hpt_param param, hpt_coord coord, double *low_out,
                    double *high_out);

#endif
