/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_OPTUNA_H
#define HPI_STORE_OPTUNA_H

/* A trial in Optuna's words, whatever form the file has. distribution.h has its parameters. Any
 * thread. */

#include "store/pyjson.h"
#include "store/record.h"

/* "COMPLETE", "PRUNED", "FAIL" or "RUNNING". What ended otherwise has values or failed. */
const char *hpi_optuna_state(const hpi_record *record);

/* The other way round; false for a word that is none. WAITING, which is a trial that somebody has
 * put into a queue, is RUNNING without a start. */
bool hpi_optuna_state_of(const char *word, hpt_trial_state *state_out);

/* Whether hpt's own state says more than Optuna's, so that it has to be written beside it. */
bool hpi_optuna_state_is_coarse(hpt_trial_state state);

/* The values that Optuna is told, and how many. A PRUNED trial without any has its last report for
 * one, as Optuna does it; a failed one has none. */
uint32_t hpi_optuna_values(const hpi_record *record, uint32_t goal_count,
                           const double **values_out);

/* A list of the constraints' numbers, "[-1.0, 0.5]", as dashboards read it. */
void hpi_optuna_write_constraints(hpi_writer *writer, const hpt_attr *constraints, uint32_t count);

/* Times without zone, in UTC: "2026-11-21 17:00:30.713956". Reads also a T between, any number of
 * decimals, none at all, and an offset behind; nonsense is HPI_NO_TIME. */
enum { HPI_OPTUNA_TIME_BYTES = 32 };
void    hpi_optuna_print_time(char out[HPI_OPTUNA_TIME_BYTES], int64_t wall_ns);
int64_t hpi_optuna_read_time(const char *text);

/* Whether the trial has the parameter: one that is inactive has no row and no member. */
bool hpi_optuna_has_param(const hpt_space *space, const hpi_record *record, hpt_param param);

#endif
