/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_JOURNAL_LINE_H
#define HPI_STORE_JOURNAL_LINE_H

/* One line of a journal: an operation of Optuna's as a JSON object. Lines of ours begin alike,
 *
 *     {"op_code":4,"worker_id":"hpt","hpt":"<rest><bytes><crc>",...
 *
 * where Optuna ignores the member "hpt": in hexadecimal digits how many bytes of the same commit
 * follow the line (16), how long it is (8), and the CRC-32C of all of it but these last digits (8).
 * So a commit counts as a whole or not at all, and a changed byte is noticed. Any thread. */

#include "store/pyjson.h"

enum {
    HPI_OP_CREATE_STUDY = 0,
    HPI_OP_DELETE_STUDY = 1,
    HPI_OP_STUDY_USER_ATTR = 2,
    HPI_OP_STUDY_SYSTEM_ATTR = 3,
    HPI_OP_CREATE_TRIAL = 4,
    HPI_OP_TRIAL_PARAM = 5,
    HPI_OP_STATE = 6,
    HPI_OP_REPORT = 7,
    HPI_OP_USER_ATTR = 8,
    HPI_OP_SYSTEM_ATTR = 9,
    HPI_OP_DISCARD = 10
};

/* What an operation may say, by its name in the JSON; hpt_values is ours. */
#define HPI_OP_SLOTS(X)                                                                            \
    X(op_code)                                                                                     \
    X(worker_id)                                                                                   \
    X(hpt)                                                                                         \
    X(study_id)                                                                                    \
    X(trial_id)                                                                                    \
    X(study_name)                                                                                  \
    X(directions)                                                                                  \
    X(user_attr)                                                                                   \
    X(system_attr)                                                                                 \
    X(datetime_start)                                                                              \
    X(datetime_complete)                                                                           \
    X(state)                                                                                       \
    X(value)                                                                                       \
    X(values)                                                                                      \
    X(distributions)                                                                               \
    X(params)                                                                                      \
    X(user_attrs)                                                                                  \
    X(system_attrs)                                                                                \
    X(intermediate_values)                                                                         \
    X(param_name)                                                                                  \
    X(param_value_internal)                                                                        \
    X(distribution)                                                                                \
    X(step)                                                                                        \
    X(intermediate_value)                                                                          \
    X(trial_ids)                                                                                   \
    X(hpt_values)

typedef struct hpi_journal_op {
    int64_t  code;
    bool     is_ours;
    uint64_t rest; /* of ours */
#define SLOT(name) hpi_slice name;
    HPI_OP_SLOTS(SLOT)
#undef SLOT
} hpi_journal_op;

/* Take a whole line apart, with its line feed. NULL, or what is wrong with it, as the end of a
 * sentence. */
const char *hpi_journal_read(hpi_slice line, hpi_journal_op *op_out);

/* Whether a line is, or was before it was damaged, one of ours. */
bool hpi_journal_is_ours(hpi_slice line);

/* Whether all of a line of ours is as it was written; then, what its member says. */
bool hpi_journal_verify(hpi_slice line, uint64_t *rest_out);

/* Whether a line begins as ours do and is as long as it says; then, what its member says. It may
 * be damaged all the same. */
bool hpi_journal_frame(hpi_slice line, uint64_t *rest_out);

/* The text of the record in a line that creates a trial of ours, found without the checksum of the
 * line. `head` is what the last line that was verified had between its member and its record: with
 * another one, or none, it is not trusted. False: look at the line as a whole. */
bool hpi_journal_peek(hpi_slice line, hpi_slice head, hpi_slice *record_out);

/* What is between the member "hpt" and the record in a line that creates a trial; none if there is
 * no record right behind its study. */
hpi_slice hpi_journal_head(hpi_slice line);

/* Begin a line of ours: up to and with the member. */
void hpi_journal_begin_line(hpi_writer *writer, int code);

/* Fill in the members of all lines of a commit, each of them ended by a line feed. */
void hpi_journal_seal(char *text, size_t bytes);

#endif
