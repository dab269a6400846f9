/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_TRIAL_CATCH_H
#define HPI_TRIAL_CATCH_H

/* Who can catch C++ exceptions, if anybody: hpt/catch.h. */

#include <stdbool.h>

#include "hpt/catch.h"
#include "hpt/trial.h"

/* A catcher that stays loaded until it is given back. */
typedef struct hpi_catch {
    const hpt_catcher *catcher; /* NULL: nobody can catch */
    void              *pin;
} hpi_catch;

hpi_catch hpi_catch_take(void);
void      hpi_catch_give(hpi_catch *it); /* also one that is {0} */

/* Call body(context). False: something came out of it, and `err` says what, of whom. */
bool hpi_catch_attempt(const hpi_catch *it, const char *whose, void (*body)(void *context),
                       void *context, hpt_err *err);

/* For hpt_catch_call.threw. */
hpt_status hpi_catch_threw(hpt_trial *trial, const char *what);

#endif
