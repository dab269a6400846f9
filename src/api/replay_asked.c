/* SPDX-License-Identifier: BSD-3-Clause */
/* `hpt replay` starts a program with an environment in which a run of one study is the replay of
 * one of its trials:
 *
 *     HPT_REPLAY         the study's file; without it, none of the others counts
 *     HPT_REPLAY_STUDY   which of its studies; unset: whichever the program names
 *     HPT_REPLAY_TRIAL   the number
 *     HPT_REPLAY_LIMIT   seconds; unset: no time limit
 *     HPT_REPLAY_ANSWER  an empty file that is there; told how it went, for the command
 *
 * A run that does not name that file, or another study of it, takes no notice. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/replay.h"
#include "base/env.h"
#include "base/err.h"
#include "base/text.h"
#include "hpt/study.h"
#include "run/run.h"

static const char *asked(const char *name) {
    const char *value = hpi_env_trusted(name);
    return value && *value ? value : NULL;
}

/* By whatever names. */
static bool is_same_file(const char *a, const char *b) {
    struct stat one, other;
    if (stat(a, &one) != 0 || stat(b, &other) != 0) return false;
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool hpi_replay_is_asked(const hpt_options *options) {
    hpt_options given;
    const char *file = asked("HPT_REPLAY"), *study = asked("HPT_REPLAY_STUDY");
    if (!file || !options || hpi_options_read(&given, options, NULL) != HPT_OK) return false;
    if (!given.study || !is_same_file(given.study, file)) return false;
    return !study || !given.study_name || strcmp(study, given.study_name) == 0;
}

static hpt_status read_number(uint64_t *number_out, hpt_err *err) {
    char        shown[48];
    int64_t     number;
    const char *text = asked("HPT_REPLAY_TRIAL");
    if (text && hpi_read_int(text, strlen(text), &number) && number >= 0) {
        *number_out = (uint64_t)number;
        return HPT_OK;
    }
    return hpi_fail(err, HPT_EINVAL, "HPT_REPLAY_TRIAL is \"%s\", which is no trial's number",
                    hpi_quote(shown, sizeof shown, text ? text : ""));
}

static hpt_status read_limit(double *seconds_out, hpt_err *err) {
    char        shown[48];
    const char *text = asked("HPT_REPLAY_LIMIT");
    *seconds_out = 0;
    if (!text || (hpi_read_real(text, strlen(text), seconds_out) && *seconds_out >= 0))
        return HPT_OK;
    return hpi_fail(err, HPT_EINVAL, "HPT_REPLAY_LIMIT is \"%s\", which is no time in seconds",
                    hpi_quote(shown, sizeof shown, text));
}

/* The answer: lines of a word and what it is. tools/hpt/replay.c reads it. */

/* Never a new file, and never where a link leads. NULL: nobody wants an answer. */
static FILE *open_answer(void) {
    const char *path = asked("HPT_REPLAY_ANSWER");
    int         fd = path ? open(path, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC) : -1;
    FILE       *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (fd >= 0 && !file) close(fd);
    return file;
}

static void answer_begun(void) {
    FILE *file = open_answer();
    if (!file) return;
    fputs("begun\n", file);
    fclose(file);
}

static void answer_refused(const hpt_err *why) {
    FILE *file = open_answer();
    if (!file) return;
    fprintf(file, "refused %s\n", why->text);
    fclose(file);
}

static void put_real(FILE *file, const char *word, double real) {
    char text[HPI_SHOWN_BYTES];
    fprintf(file, "%s %s\n", word, hpi_show_value(text, hpt_real(real)));
}

static void answer(const hpt_replayed *now) {
    FILE *file = open_answer();
    if (!file) return;
    fprintf(file, "state %s\nsame %d\n", hpt_trial_state_text(now->state), now->is_same);
    put_real(file, "duration", now->duration_s);
    for (uint32_t i = 0; i < now->value_count; i++)
        put_real(file, "value", now->values[i]);
    if (now->has_report) {
        fprintf(file, "last_step %" PRId64 "\n", now->last_step);
        put_real(file, "last_value", now->last_value);
    }
    fprintf(file, "reason %s", now->reason); /* to the end of the file: it may have lines */
    fclose(file);
}

static hpt_status say(const hpt_replayed *now, hpt_err *err) {
    return hpi_fail(err, HPT_EREPLAYED,
                    "HPT_REPLAY is set: trial %" PRIu64 " was run again, and nothing else; it is "
                    "%s, %s",
                    now->trial, hpt_trial_state_text(now->state),
                    now->is_same ? "as recorded" : "not as recorded");
}

hpt_status hpi_replay_asked(const hpt_space *space, hpt_objective objective, void *user,
                            const hpt_options *options, hpt_err *err) {
    hpt_options  given;
    hpt_err      why = { 0 };
    hpt_replayed now = { .struct_size = sizeof now };
    hpt_status   status = hpi_options_read(&given, options, &why);
    if (status == HPT_OK) status = read_number(&now.trial, &why);
    if (status == HPT_OK) status = read_limit(&given.trial_s_max, &why);
    if (asked("HPT_REPLAY_STUDY")) given.study_name = asked("HPT_REPLAY_STUDY");
    answer_begun();
    if (status == HPT_OK) status = hpt_replay(space, objective, user, &given, &now, &why);
    if (status == HPT_OK) {
        answer(&now);
        return say(&now, err);
    }
    answer_refused(&why);
    return hpi_fail(err, status, "HPT_REPLAY is set: %s", why.text);
}
