/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REPLAY_H
#define REPLAY_H

/* Starting a program for the sake of one trial, and what came of it: replay_program.c. */

#include <hpt/trial.h>

#include "command.h"

typedef struct replay_wish {
    const char        *file, *study;
    uint64_t           trial;
    double             limit_s;  /* 0: none */
    const char *const *program;  /* and its arguments, up to NULL  */
    const char        *debugger; /* words before it; NULL: none    */
} replay_wish;

enum { REPLAY_VALUES_MAX = 8 };

typedef struct replayed {
    hpt_trial_state state;
    uint32_t        value_count;
    double          values[REPLAY_VALUES_MAX];
    bool            has_report;
    int64_t         last_step;
    double          last_value;
    double          duration_s; /* NaN: unknown */
    bool            is_same;    /* as the library says                                         */
    char           *reason;     /* never NULL                                                  */
    char death[32]; /* the process died in it: "SIGSEGV", "exit code 3"; "": it did not */
} replayed;

/* Run it to its end. Complains unless EXIT_FINE: it cannot be started, or never came to the trial.
 * Free what comes back in any case. */
exit_code replay_program(const replay_wish *wish, replayed *now_out);
void      replayed_free(replayed *now);

#endif
