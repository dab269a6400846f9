/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_STUDY_FORMS_H
#define HPT_TESTS_STUDY_FORMS_H

/* Helpers for tests of study files: one file in a folder of its own, a space with every kind of
 * parameter, trials with everything that may be said of one. One thread. */

#include "fixture.h"

#include "store/backend.h"

enum { FORM_DIMS = 6 };

extern char form_folder[64], form_path[96];

int form_setup(void **state);
/* From now on the file's name ends as the names of that form do. */
void form_name(const hpi_backend_class *class);
int  form_teardown(void **state);

/* The file as bytes: make it one text; its text, to be free()d. */
void  form_write(const char *text);
char *form_read(void);

/* Open: a file that is not there yet; the one that is; the same with a study selected. */
hpi_backend *form_open(const hpi_backend_class *class, hpi_open_mode mode);
hpi_backend *form_reopen(const hpi_backend_class *class, hpi_open_mode mode);
hpi_backend *form_reselect(const hpi_backend_class *class, hpi_open_mode mode, const char *name);

/* What the test's studies are. hpi_head_fini() it. */
void form_head(hpi_head *head_out, const char *name);
/* In a transaction of its own. */
void form_create(hpi_backend *backend, const char *name);

typedef struct form_trial {
    hpi_record record;
    hpt_coord  point[FORM_DIMS];
    double     values[2];
    hpt_attr   attrs[3], constraints[2];
} form_trial;

/* A function of number and state: values, reason, attributes and constraints as far as the state
 * has them. order is the number. */
void form_full_trial(form_trial *trial, uint64_t number, hpt_trial_state state);

/* Each call is a durable transaction. put sets record->id. */
void form_put(hpi_backend *backend, hpi_record *record);
void form_put_ended(hpi_backend *backend, uint64_t first, uint64_t count);
void form_put_attr(hpi_backend *backend, bool is_system, const char *key, const char *json);

void form_assert_attr(hpi_backend *backend, bool is_system, const char *key, const char *json);
/* That the file has the trial of that number, and every bit of it is as in `record`. */
void form_assert_kept(hpi_backend *backend, const hpi_record *record);
void form_assert_sound(hpi_backend *backend);

/* How many there are; `user` of the second is their count, size_t. */
size_t form_findings(hpi_backend *backend);
void   form_count_finding(void *user, const char *finding);

/* For scans. */
typedef struct form_numbers {
    uint64_t at[64];
    size_t   count, limit; /* limit: stop then; 0 = never */
} form_numbers;
bool   form_note(void *user, const hpi_record *record);
size_t form_count(hpi_backend *backend, int what);

typedef struct form_reports {
    int64_t steps[64];
    double  values[64][2];
    size_t  count;
} form_reports;
bool form_note_report(void *user, uint64_t id, int64_t step, const double *values);

/* For studies(): appends each name and a newline to a text of 512 bytes. */
bool form_add_name(void *user, const hpi_study_row *row);

#endif
