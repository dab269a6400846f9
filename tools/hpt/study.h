/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STUDY_H
#define STUDY_H

/* What subcommands that read a study have in common. */

#include <hpt/history.h>

#include "command.h"
#include "table.h"

/* Read what the operands FILE [STUDY] name; complains on failure. */
exit_code study_open(const char *const *operands, size_t count, hpt_history **history_out);

/* Everything about a study but its trials: the members, into an object that is open. */
void json_info(output *out, const hpt_study_info *info);

/* One trial as an object. docs/command.md names the members. */
void json_trial(output *out, const hpt_history *history, size_t index, bool with_reports);

/* Members of it: all parameters with their values, and who evaluated it. */
void json_params(output *out, const hpt_space *space, const hpt_record *record);
void json_worker(output *out, const hpt_record *record);

/* One parameter's name. */
const char *param_name(const hpt_space *space, hpt_param param);
/* A trial's value of it; nothing if the trial has none, and "null" if that is a value of its list.
 */
void put_param(output *out, const hpt_history *history, size_t index, hpt_param param);

/* The seconds that a trial took; NaN: unknown. */
double trial_seconds(const hpt_record *record);

/* How a state looks. */
style state_style(hpt_trial_state state);

/* "complete" */
const char *state_word(hpt_trial_state state);

/* "COMPLETE", "complete"; false for what is none. */
bool state_of(const char *word, hpt_trial_state *state_out);

/* "minimise" or "maximise". */
const char *direction_text(hpt_direction direction);

/* What a goal is called: its name, or "value". */
const char *goal_name(const hpt_study_info *info, uint32_t goal);

#endif
