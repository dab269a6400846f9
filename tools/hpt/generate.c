/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt generate: what the build makes from the tables. Not for people, so it is hidden. */
#include "generate.h"

#include <string.h>

#include <hpt/trial.h>

#include "study.h"

values values_of(const struct poptOption *option, output *words) {
    const char *text = option->argDescrip;
    output_clear(words);
    if (!text || !*text) return VALUES_NONE;
    if (strcmp(text, "FILE") == 0) return VALUES_FILE;
    if (strncmp(text, "STATE", 5) == 0) {
        for (int state = 0; state < HPT_TRIAL_STATE_COUNT; state++)
            putf(words, "%s%s", state > 0 ? " " : "", state_word((hpt_trial_state)state));
        return VALUES_WORDS;
    }
    if (!strchr(text, '|')) return VALUES_ANY;
    for (; *text; text++)
        put_bytes(words, *text == '|' ? " " : text, 1);
    return VALUES_WORDS;
}

static exit_code generate_man(output *out, const char *name) {
    const command *of = name ? command_find(name) : NULL;
    if (name && !of) return EXIT_USAGE;
    put_man(out, of);
    return EXIT_FINE;
}

static exit_code generate_run(output *out, const char *const *operands, size_t count) {
    static const struct {
        const char *what;
        void (*put)(output *out);
    } whole[] = {
        { "bash", put_bash }, { "zsh", put_zsh }, { "fish", put_fish }, { "markdown", put_markdown }
    };
    if (strcmp(operands[0], "man") == 0) return generate_man(out, count > 1 ? operands[1] : NULL);
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        if (strcmp(whole[i].what, operands[0]) != 0) continue;
        whole[i].put(out);
        return EXIT_FINE;
    }
    complain("makes man, bash, zsh, fish and markdown, not \"%s\"", operands[0]);
    return EXIT_USAGE;
}

const command command_generate = {
    .name = "generate",
    .summary = "make man pages, completion and documentation from the tables",
    .operands = "man|bash|zsh|fish|markdown [SUBCOMMAND]",
    .operands_min = 1,
    .operands_max = 2,
    .about = "For the build.",
    .is_hidden = true,
    .run = generate_run,
};
