/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt check: whether a study file is sound. */
#include <stdlib.h>
#include <string.h>

#include "study.h"

static int wants_repair = 0, wants_release = 0, wants_json = 0;

/* clang-format off */
static const struct poptOption options[] = {
    { "repair", '\0', POPT_ARG_NONE, &wants_repair, 0, "cut a torn tail, mend Optuna's tables from hpt's own; what is cut is kept in a file beside it", NULL },
    { "release", '\0', POPT_ARG_NONE, &wants_release, 0, "with --repair: give back also the hold of a process of which nobody can tell here whether it is gone (another machine, another container); you say that it is", NULL },
    { "json", '\0', POPT_ARG_NONE, &wants_json, 0, "print JSON: one object", NULL },
    POPT_TABLEEND
};
/* clang-format on */

static void say(void *user, const char *finding) {
    output *out = user;
    if (wants_json) {
        json_text(out, finding);
        return;
    }
    put_harmless(out, finding);
    put(out, "\n");
}

static void conclude(output *out, const char *path, size_t count) {
    putf(out, "%s: ", path);
    if (count == 0)
        put_styled(out, STYLE_GOOD, "sound");
    else
        put_styled(out, STYLE_BAD, "not sound");
    if (count > 0 && wants_repair)
        putf(out, ", %zu finding%s left", count, count == 1 ? "" : "s");
    else if (count > 0)
        putf(out, ", %zu finding%s", count, count == 1 ? "" : "s");
    put(out, "\n");
}

static hpt_check_action action(void) {
    if (wants_release) return HPT_CHECK_RELEASE;
    return wants_repair ? HPT_CHECK_REPAIR : HPT_CHECK_LOOK;
}

static exit_code check_run(output *out, const char *const *operands, size_t operand_count) {
    hpt_err err = { 0 };
    size_t  count = 0;
    output  quoted = { .fd = -1 };
    (void)operand_count;
    if (wants_release && !wants_repair) {
        complain("--release changes the file: say --repair --release");
        return EXIT_USAGE;
    }
    if (wants_json) {
        json_open(out, "{");
        json_key(out, "file");
        json_text(out, operands[0]);
        json_key(out, "findings");
        json_open(out, "[");
    }
    hpt_status status = hpt_study_check(operands[0], action(), say, out, &count, &err);
    if (wants_json) {
        json_close(out, "]");
        json_key(out, "finding_count");
        status == HPT_OK ? json_uint(out, count) : json_null(out);
        json_close(out, "}");
        put(out, "\n");
    }
    if (status != HPT_OK) {
        exit_code code = complain_status(operands[0], status, &err);
        return code == EXIT_USAGE ? EXIT_FILE : code;
    }
    put_harmless(&quoted, operands[0]);
    if (!wants_json) conclude(out, output_text(&quoted), count);
    output_free(&quoted);
    return count > 0 ? EXIT_NO : EXIT_FINE;
}

static const example examples[] = {
    { "hpt check svm.db", "Look, and change nothing." },
    { "hpt check --repair svm.journal && ./continue",
      "After a power failure: mend it if need be, and go on if all is well." },
    { "hpt check --repair --release svm.db",
      "The machine that held it is no more, and the next run is refused." },
    { NULL, NULL },
};

const command command_check = {
    .name = "check",
    .summary = "look whether a study file is sound, and repair it",
    .operands = "FILE",
    .operands_min = 1,
    .operands_max = 1,
    .about =
        "Reads all of a study file and says what is wrong with it: bytes that are not what was "
        "written, trials that are missing, a tail that was torn when the machine went down, "
        "Optuna's tables where they differ from hpt's own records, a process that held it and is "
        "dead. Each finding is a sentence; nothing is changed without --repair.\n"
        "A torn tail is no loss: what was acknowledged lies before it. What a repair cuts off is "
        "kept in a file beside the study, and named.",
    .options = options,
    .examples = examples,
    .run = check_run,
};
