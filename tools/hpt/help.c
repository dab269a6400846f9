/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt help: the tables of the subcommands as text. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "table.h"

enum { HELP_WIDTH = 100, INDENT = 2, OPTION_WIDTH_MAX = 26 };

static size_t help_width(void) {
    size_t width = the_screen()->width;
    return width < 40 ? 40 : width > HELP_WIDTH ? HELP_WIDTH : width;
}

/* A paragraph, broken between words, indented from the second line on (the first is at `column`
 * already). */
static void put_paragraph(output *out, const char *text, size_t column, size_t indent) {
    while (*text) {
        size_t bytes = strcspn(text, " "), width;
        char   word[256];
        snprintf(word, sizeof word, "%.*s", (int)bytes, text);
        width = text_width(word);
        if (column > indent && column + 1 + width > help_width()) {
            put(out, "\n");
            put_repeated(out, " ", indent);
            column = indent;
        } else if (column > indent) {
            put(out, " ");
            column++;
        }
        put(out, word);
        column += width;
        text += bytes + strspn(text + bytes, " ");
    }
    put(out, "\n");
}

static void put_entry(output *out, const char *name, size_t width, const char *text) {
    size_t column = INDENT + text_width(name);
    put_repeated(out, " ", INDENT);
    put_styled(out, STYLE_BOLD, name);
    if (column > INDENT + width) {
        put(out, "\n");
        column = 0;
    }
    put_repeated(out, " ", INDENT + width + 2 - column);
    put_paragraph(out, text, INDENT + width + 2, INDENT + width + 2);
}

static void put_heading(output *out, const char *text) {
    put(out, "\n");
    put_styled(out, STYLE_BOLD, text);
    put(out, "\n");
}

/* "-h, --help", "    --state STATE,..." */
static void name_option(const struct poptOption *option, char *name, size_t bytes) {
    char letter[8] = "";
    if (option->shortName) snprintf(letter, sizeof letter, "-%c, ", option->shortName);
    snprintf(name, bytes, "%s--%s%s%s", letter, option->longName, option->argDescrip ? " " : "",
             option->argDescrip ? option->argDescrip : "");
}

static void find_width(const struct poptOption *option, void *user) {
    size_t *width = user, wide;
    char    name[128];
    name_option(option, name, sizeof name);
    wide = text_width(name);
    if (wide > *width && wide <= OPTION_WIDTH_MAX) *width = wide;
}

typedef struct entries {
    output *out;
    size_t  width;
} entries;

static void put_option(const struct poptOption *option, void *user) {
    const entries *to = user;
    char           name[128];
    name_option(option, name, sizeof name);
    put_entry(to->out, name, to->width, option->descrip);
}

static void put_options(output *out, const struct poptOption *first,
                        const struct poptOption *second) {
    entries to = { .out = out };
    options_visit(first, find_width, &to.width);
    options_visit(second, find_width, &to.width);
    options_visit(first, put_option, &to);
    options_visit(second, put_option, &to);
}

static void put_exits(output *out) {
    put_heading(out, "Exit codes");
#define ROW(name, number, text) put_entry(out, #number, 1, text);
    EXIT_LIST(ROW)
#undef ROW
}

void put_help(output *out, const command *of) {
    const char *at = of->about;
    putf(out, "hpt %s [OPTION]...%s%s\n\n", of->name, *of->operands ? " " : "", of->operands);
    while (*at) {
        char   line[2048];
        size_t bytes = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", (int)bytes, at);
        put_paragraph(out, line, 0, 0);
        at += bytes + (at[bytes] == '\n');
        if (*at) put(out, "\n");
    }
    put_heading(out, "Options");
    put_options(out, of->options, common_options);
    if (of->examples && of->examples->line) put_heading(out, "Examples");
    for (const example *it = of->examples; it && it->line; it++) {
        putf(out, "  %s\n      ", it->line);
        put_paragraph(out, it->says, 6, 6);
    }
    put_exits(out);
}

void put_main_help(output *out) {
    size_t         width = 0;
    const command *of;
    put(out, "hpt SUBCOMMAND [OPTION]... [FILE [STUDY]]\n\n");
    put_paragraph(
        out,
        "Looks at studies, the files in which runs of hpt and of Optuna keep their trials, "
        "also while they are written.",
        0, 0);
    put_heading(out, "Subcommands");
    for (size_t i = 0; (of = command_at(i)); i++)
        if (!of->is_hidden && strlen(of->name) > width) width = strlen(of->name);
    for (size_t i = 0; (of = command_at(i)); i++)
        if (!of->is_hidden) put_entry(out, of->name, width, of->summary);
    put_heading(out, "Options");
    put_options(out, main_options, NULL);
    put_exits(out);
    put(out, "\n`hpt help SUBCOMMAND` shows more of each.\n");
}

static exit_code help_run(output *out, const char *const *operands, size_t count) {
    const command *of = count > 0 ? command_find(operands[0]) : NULL;
    if (count > 0 && !of) {
        complain_unknown("subcommand", operands[0], command_name_at, NULL);
        return EXIT_USAGE;
    }
    if (of)
        put_help(out, of);
    else
        put_main_help(out);
    return EXIT_FINE;
}

const command command_help = {
    .name = "help",
    .summary = "show what a subcommand does and takes",
    .operands = "[SUBCOMMAND]",
    .operands_max = 1,
    .operand_at = command_name_at,
    .about = "Shows the options of a subcommand, with examples; without one, all subcommands.",
    .run = help_run,
};
