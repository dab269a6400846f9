/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_SUBJECTS_H
#define HPT_TESTS_SUBJECTS_H

/* What the battery for strategies is run on: spaces of every kind, and each option in turn at its
 * limits. One thread. */

#include "strategies.h"

#include "hpt/extend.h"

enum { SUBJECT_SPACES = 10, SUBJECT_WIDTH_MAX = 1000, SUBJECT_LISTED = 5 };

typedef struct subject_space {
    hpt_space *space;
    size_t     width;
    bool       is_dear;                                    /* a hundred times the others  */
    bool       is_small;                                   /* fewer points than trials    */
    bool       is_mixed;                                   /* parameters of several kinds */
    hpt_coord  listed[SUBJECT_LISTED * SUBJECT_WIDTH_MAX]; /* valid, as a run passes them */
} subject_space;

/* The parameters of such a space, for one who makes his own. */
void subject_fill_with_few_points(hpt_space *space);

/* Made once; kept until subject_spaces_drop(). */
const subject_space *subject_space_at(size_t index);
void                 subject_spaces_drop(void);

/* Value number `turn` of an option: both limits, a value between, each word. False past the last.
 */
bool subject_option(const hpt_option *row, int turn, char *value, size_t bytes);

/* The candidate of a number that is below size(). HPT_EDONE: there is none. One that is asked may
 * know only then that there are no more: not all points are valid, or all were evaluated. */
hpt_status subject_ask(const hpi_strategy *strategy, uint64_t number, hpt_coord *point_out);

/* The same when all before it were told; false: there is none. */
bool subject_propose(const hpi_strategy *strategy, uint64_t number, hpt_coord *point_out);

#endif
