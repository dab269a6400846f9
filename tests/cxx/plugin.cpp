/* SPDX-License-Identifier: BSD-3-Clause */
/* A plug-in in C++, for a program that has none. */
#include <hpt/trial.h>

#include <stdexcept>

extern "C" HPT_API hpt_status plugin_objective(hpt_trial *trial, void *user, double *value_out);

extern "C" hpt_status plugin_objective(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)user, (void)value_out;
    throw std::runtime_error("in the plug-in");
}
