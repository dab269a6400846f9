/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_THROWING_H
#define HPT_TESTS_THROWING_H

/* What is written in C++: objectives and observers that throw, for tests in C. */

#include <hpt/hpt.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What throw_it() throws. */
enum {
    THROW_NOTHING,
    THROW_RUNTIME_ERROR, /* "it diverged"                                     */
    THROW_OWN_CLASS,     /* derived from std::exception: "of my own"          */
    THROW_BAD_ALLOC,     /* by new                                            */
    THROW_INT,           /* no std::exception                                 */
    THROW_EMPTY,         /* its what() is ""                                  */
    THROW_LONG,          /* a sentence of 4 000 bytes, with an escape sequence */
    THROW_KINDS
};

void throw_it(int what);

/* Throws what *(int *)user says. */
hpt_status throw_objective(hpt_trial *trial, void *user, double *value_out);

/* Sets an attribute and reports, then throws where x is above 0.5; else the value is x. Counts what
 * it threw in `user`, an atomic_ulong of C. */
hpt_status throw_often(hpt_trial *trial, void *user, double *value_out);

/* An observer and a line function: each throws at its first call, and counts calls in *(int *)user.
 */
hpt_status throw_events(void *user, const hpt_event *events, size_t count, hpt_err *err);
void       throw_line(void *user, hpt_level level, const char *line);

/* Destructors in the way of an exception: how many have run. */
int throw_destructors(void);

#ifdef __cplusplus
}
#endif
#endif
