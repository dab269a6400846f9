/* SPDX-License-Identifier: BSD-3-Clause */

/* Whether a journal is sound: every line by itself, every record, and what Optuna reads of a trial
 * against its record. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "space/space.h"
#include "store/journal.h"
#include "store/optuna.h"

typedef struct checking {
    hpi_journal *journal;
    void (*say)(void *, const char *);
    void       *user;
    const char *study; /* as a sentence shows it */
} checking;

static void say(const checking *check, const char *format, ...) HPT_PRINTF(2, 3);

static void say(const checking *check, const char *format, ...) {
    char    sentence[400];
    va_list arguments;
    va_start(arguments, format);
    hpi_format(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    check->say(check->user, sentence);
}

/* ---- lines ---- */

static bool is_out_of_memory(hpt_status status) {
    return status == HPT_ENOMEM;
}

/* Every line, by its checksum or its JSON, and as an operation after those before it. */
static hpt_status check_lines(const checking *check, uint64_t size, hpt_err *err) {
    hpi_journal_state all = { 0 };
    hpi_journal      *journal = check->journal;
    hpt_status        status = HPT_OK;
    uint64_t          number = 1;
    for (uint64_t at = 0; status == HPT_OK && at < size; number++) {
        hpi_slice line;
        hpt_err   why = { 0 };
        status = hpi_journal_file_line(&journal->file, at, size, &line, err);
        if (status != HPT_OK) break;
        hpt_status is_sound = hpi_journal_apply(&all, line, at, &why);
        if (is_out_of_memory(is_sound)) status = hpi_fail(err, is_sound, "%s", why.text);
        if (is_sound != HPT_OK && status == HPT_OK)
            say(check, "line %" PRIu64 " (at byte %" PRIu64 "): it %s", number, at, why.text);
        at += line.bytes;
    }
    hpi_journal_state_fini(&all);
    return status;
}

static void say_torn(const checking *check, uint64_t at, uint64_t size) {
    say(check,
        "the last %" PRIu64 " bytes, from byte %" PRIu64 " on, are torn: a process or the machine "
        "stopped while they were written; nothing of them was said to be kept",
        size - at, at);
}

/* ---- what Optuna reads, against the record ---- */

static const char *const optuna_words[] = { "RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING" };

static void say_trial(const checking *check, const hpi_record *record, const char *what) {
    say(check, "study \"%s\", trial %" PRIu64 ": %s", check->study, record->number, what);
}

static void compare_values(const checking *check, const hpi_record *record,
                           const hpi_foreign *theirs) {
    const double *values;
    uint32_t      count = hpi_optuna_values(record, check->journal->head.goal_count, &values);
    bool          is_same = count == theirs->record.value_count;
    for (uint32_t i = 0; is_same && i < count; i++)
        is_same = values[i] == theirs->values[i];
    if (!is_same) say_trial(check, record, "Optuna reads other values than its record has");
}

static void compare_params(const checking *check, const hpi_record *record,
                           const hpi_foreign *theirs) {
    const hpt_space *space = check->journal->head.space;
    char             what[200], shown[80];
    for (uint32_t i = 0; i < check->journal->dims; i++) {
        bool is_there =
            (!record->given || record->given[i]) && hpt_space_is_active(space, i, record->point);
        double ours = hpi_distribution_number(space, i, record->point[i]);
        bool   is_exact = hpi_space_kind(space, i) == HPT_KIND_REAL ||
                        (ours > -0x1p53 && ours < 0x1p53); /* Optuna has doubles for integers */
        bool is_same = is_there == theirs->given[i];
        if (is_there && is_same)
            is_same = hpi_distribution_number(space, i, theirs->point[i]) == ours;
        if (is_same || !is_exact) continue;
        snprintf(what, sizeof what, "Optuna reads another \"%s\" than its record has",
                 hpi_quote(shown, sizeof shown, hpi_space_name(space, i)));
        say_trial(check, record, what);
    }
}

/* An end that was taken back or said again is not Optuna's, which takes no change any more. */
static hpt_status compare(const checking *check, size_t place, const hpi_record *record,
                          hpt_err *err) {
    hpi_journal             *journal = check->journal;
    const hpi_journal_trial *trial = hpi_journal_trial_at(&journal->state, place);
    int                      expected = hpi_journal_state_of(record);
    char                     what[120];
    if (trial->flags & HPI_JOURNAL_IS_AMENDED) return HPT_OK;
    hpt_status status = hpi_journal_read_foreign(journal, place, err);
    if (status != HPT_OK) return status;
    if (trial->state != expected) {
        snprintf(what, sizeof what, "it is %s for Optuna, and %s by its record",
                 optuna_words[trial->state], optuna_words[expected]);
        say_trial(check, record, what);
    } else {
        compare_values(check, record, &journal->foreign);
    }
    compare_params(check, record, &journal->foreign);
    return HPT_OK;
}

/* ---- trials ---- */

static hpt_status check_trial(const checking *check, size_t place, hpt_err *err) {
    hpi_journal *journal = check->journal;
    hpi_record   record;
    hpt_err      why = { 0 };
    bool is_ours = hpi_journal_trial_at(&journal->state, place)->flags & HPI_JOURNAL_HAS_RECORD;
    hpt_status status = is_ours ? hpi_journal_read_ours(journal, place, &record, &why)
                                : hpi_journal_read_foreign(journal, place, &why);
    if (status == HPT_OK && is_ours) status = compare(check, place, &record, &why);
    if (status == HPT_OK) return HPT_OK;
    if (status != HPT_EPARSE) return hpi_fail(err, status, "%s", why.text);
    say(check, "study \"%s\": %s", check->study, why.text);
    return HPT_OK;
}

static void say_twice(const checking *check, int what, uint64_t key) {
    if (what == HPI_SCAN_ALL)
        say(check, "study \"%s\": there are two trials of number %" PRIu64, check->study, key);
    else
        say(check, "study \"%s\": two trials were told as number %" PRIu64, check->study,
            key - HPI_JOURNAL_ORDERED);
}

static hpt_status check_twice(const checking *check, int what, hpt_err *err) {
    hpi_journal_spot *spots;
    size_t            count;
    hpt_status        status = hpi_journal_order(check->journal, what, 0, &spots, &count, err);
    if (status != HPT_OK) return status;
    for (size_t i = 1; i < count; i++) {
        bool may_be = what == HPI_SCAN_TOLD && spots[i].key < HPI_JOURNAL_ORDERED;
        if (spots[i].key == spots[i - 1].key && !may_be) say_twice(check, what, spots[i].key);
    }
    hpi_free(spots);
    return HPT_OK;
}

/* ---- studies ---- */

static hpt_status check_study(checking *check, const char *name, hpt_err *err) {
    hpi_journal *journal = check->journal;
    hpi_head     head = { 0 };
    hpt_err      why = { 0 };
    char         shown[80];
    check->study = hpi_quote(shown, sizeof shown, name);
    hpt_status status = hpi_journal_choose(journal, name, &head, &why);
    hpi_head_fini(&head);
    if (status == HPT_EPARSE || status == HPT_ELIMIT) {
        say(check, "study \"%s\": %s", check->study, why.text);
        return HPT_OK;
    }
    if (status != HPT_OK) return hpi_fail(err, status, "%s", why.text);
    for (size_t i = 0; status == HPT_OK && i < journal->state.trial_count; i++)
        if (hpi_journal_trial_at(&journal->state, i)->study == journal->study)
            status = check_trial(check, i, err);
    if (status == HPT_OK) status = check_twice(check, HPI_SCAN_ALL, err);
    if (status == HPT_OK) status = check_twice(check, HPI_SCAN_TOLD, err);
    return status;
}

static hpt_status check_studies(checking *check, hpt_err *err) {
    hpi_journal *journal = check->journal;
    char        *chosen = journal->is_chosen ? hpi_copy_text(journal->head.name) : NULL;
    hpi_head     head = { 0 };
    hpt_status   status = HPT_OK;
    if (journal->is_chosen && !chosen) return hpi_fail(err, HPT_ENOMEM, "out of memory for a name");
    for (size_t i = 0; status == HPT_OK && i < journal->state.study_count; i++)
        if (!journal->state.studies[i].is_deleted)
            status = check_study(check, journal->state.studies[i].name, err);
    if (!chosen || hpi_journal_choose(journal, chosen, &head, NULL) != HPT_OK)
        hpi_journal_unchoose(journal);
    hpi_head_fini(&head);
    hpi_free(chosen);
    return status;
}

hpt_status hpi_journal_check(hpi_backend *backend, void (*say_one)(void *, const char *),
                             void *user, hpt_err *err) {
    hpi_journal *journal = (hpi_journal *)backend;
    checking     check = { .journal = journal, .say = say_one, .user = user };
    hpt_err      why = { 0 };
    uint64_t     size;
    if (journal->tx.is_open)
        return hpi_fail(err, HPT_EBUSY, "a file is not checked while it is changed");
    hpt_status status = hpi_journal_sync(journal, &why);
    bool       is_damaged = status == HPT_EPARSE;
    if (status == HPT_OK) status = hpi_journal_know_all(journal, &why);
    if (status != HPT_OK && !is_damaged) return hpi_fail(err, status, "%s", why.text);
    status = hpi_journal_file_size(&journal->file, &size, err);
    if (status != HPT_OK) return status;
    uint64_t end = is_damaged ? size : journal->state.end;
    status = check_lines(&check, end, err);
    if (status == HPT_OK && end < size) say_torn(&check, end, size);
    return status == HPT_OK ? check_studies(&check, err) : status;
}
