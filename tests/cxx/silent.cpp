/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that catch nothing: this is compiled with -fno-exceptions, and with HPT_NO_CATCH. */
#include <hpt/extend.h>
#include <hpt/hpt.h>

extern "C" HPT_API hpt_status silent_objective(hpt_trial *trial, void *user, double *value_out);

extern "C" hpt_status silent_objective(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real(trial, "x");
    return HPT_OK;
}
