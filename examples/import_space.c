/* SPDX-License-Identifier: BSD-3-Clause */
/* Spaces that other tools wrote: read one, search it, hand it on. With a file, import_space FILE
 * [FORMAT] reads that and prints it as FORMAT (hpt's own JSON without). */
#include <hpt/hpt.h>
#include <stdio.h>
#include <string.h>

static const char parameters_txt[] = "# irace\n"
                                     "algorithm \"--\"       c     (as, mmas, acs)\n"
                                     "ants      \"--ants \"  i,log (5, 100)\n"
                                     "q0        \"--q0 \"    r     (0, 1) | algorithm == \"acs\"\n"
                                     "[forbidden]\n"
                                     "algorithm %in% c(\"as\", \"mmas\") & ants > 50\n";

/* Inactive parameters read as where they rest. */
static hpt_status cost(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    double ants = (double)hpt_trial_int(trial, "ants");
    *value_out = ants / 100 + (hpt_trial_is_active(trial, "q0") ? hpt_trial_real(trial, "q0") : 1);
    return HPT_OK;
}

static int fail(const hpt_err *err) {
    fprintf(stderr, "line %u, column %u: %s\n", (unsigned)err->line, (unsigned)err->col, err->text);
    return 1;
}

int main(int count, char **arguments) {
    hpt_err    err = { 0 };
    hpt_space *space = NULL;
    char      *text = NULL;
    hpt_status status = count > 1 ? hpt_space_load_as(arguments[1], NULL, &space, &err)
                                  : hpt_space_parse_as(parameters_txt, strlen(parameters_txt),
                                                       "irace", &space, &err);
    if (status != HPT_OK) return fail(&err);
    const char *format = count > 2 ? arguments[2] : count > 1 ? "hpt" : "configspace";
    if (hpt_space_print_as(space, format, NULL, &text, &err) != HPT_OK) return fail(&err);
    printf("%s", text);
    hpt_free(text);

    if (count == 1) {
        hpt_result *result = NULL;
        hpt_options options = hpt_options_default();
        options.trial_count_max = 200;
        if (hpt_parallel_run(space, cost, NULL, &options, &result, &err) != HPT_OK)
            return fail(&err);
        printf("best %g of %s\n", hpt_result_value(result), hpt_result_text(result, "algorithm"));
        hpt_result_destroy(result);
    }
    hpt_space_destroy(space);
    return 0;
}
