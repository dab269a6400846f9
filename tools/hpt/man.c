/* SPDX-License-Identifier: BSD-3-Clause */

/* Man pages, in man(7). */

#include "generate.h"

#include <ctype.h>
#include <string.h>

/* Text between backquotes is what is typed. A minus sign in it or at the start of a word is one;
 * any other is a hyphen. */
static void put_roff(output *out, const char *text) {
    bool is_code = false, is_option = false;
    char before = ' ';
    for (; *text; before = *text++) {
        if (before == ' ' || before == '\n') is_option = *text == '-';
        if (*text == '`') {
            is_code = !is_code;
            put(out, is_code ? "\\fB" : "\\fR");
        } else if (*text == '\\') {
            put(out, "\\e");
        } else if (*text == '-') {
            put(out, is_code || is_option ? "\\-" : "-");
        } else if ((*text == '.' || *text == '\'') && before == '\n') {
            put(out, "\\&");
            put_bytes(out, text, 1);
        } else {
            put_bytes(out, text, 1);
        }
    }
}

/* Words that are typed: every minus sign is one. */
static void put_typed(output *out, const char *text) {
    for (; *text; text++) {
        if (*text == '\\')
            put(out, "\\e");
        else if (*text == '-')
            put(out, "\\-");
        else if (*text == '\'')
            put(out, "\\(aq");
        else
            put_bytes(out, text, 1);
    }
}

static void put_paragraphs(output *out, const char *text) {
    while (*text) {
        output line = { .fd = -1 };
        size_t bytes = strcspn(text, "\n");
        put_bytes(&line, text, bytes);
        put(out, ".PP\n");
        put_roff(out, output_text(&line));
        put(out, "\n");
        output_free(&line);
        text += bytes + (text[bytes] == '\n');
    }
}

static void put_option(const struct poptOption *option, void *user) {
    output *out = user;
    put(out, ".TP\n\\fB");
    if (option->shortName) putf(out, "\\-%c\\fR, \\fB", option->shortName);
    put(out, "\\-\\-");
    put_typed(out, option->longName);
    put(out, "\\fR");
    if (option->argDescrip) {
        put(out, " \\fI");
        put_typed(out, option->argDescrip);
        put(out, "\\fR");
    }
    put(out, "\n");
    put_roff(out, option->descrip);
    put(out, ".\n");
}

static void put_exits(output *out) {
    put(out, ".SH EXIT STATUS\n");
#define ROW(name, number, text)                                                                    \
    put(out, ".TP\n\\fB" #number "\\fR\n");                                                        \
    put_roff(out, text "\n");
    EXIT_LIST(ROW)
#undef ROW
}

static void put_environment(output *out) {
    put(out,
        ".SH ENVIRONMENT\n"
        ".TP\n\\fBNO_COLOR\\fR\nIf it is set and not empty, no colours, unless an option wants "
        "them.\n"
        ".TP\n\\fBLC_ALL\\fR, \\fBLC_CTYPE\\fR, \\fBLANG\\fR\nWhether lines and bars may be "
        "drawn with more than ASCII. Numbers are the same in every language.\n"
        ".TP\n\\fBTZ\\fR\nThe time zone of times in tables; those in files and JSON are UTC.\n");
}

static void put_title(output *out, const char *name, const char *summary) {
    output upper = { .fd = -1 };
    put(&upper, name);
    for (size_t i = 0; i < upper.bytes; i++)
        upper.text[i] = (char)toupper((unsigned char)upper.text[i]);
    put(out, ".\\\" SPDX-License-Identifier: BSD-3-Clause\n.\\\" Made by `hpt generate man`.\n");
    putf(out, ".TH \"%s\" 1 \"\" \"hpt %s\" \"hpt\"\n.SH NAME\n", output_text(&upper),
         hpt_version());
    put_typed(out, name);
    put(out, " \\- ");
    put_roff(out, summary);
    put(out, "\n");
    output_free(&upper);
}

static void put_see_also(output *out, const command *of) {
    const command *other;
    put(out, ".SH SEE ALSO\n");
    if (of) put(out, ".BR hpt (1),\n");
    for (size_t i = 0, shown = 0; (other = command_at(i)); i++) {
        if (other == of || other->is_hidden || !other->operands_max) continue;
        if (strcmp(other->name, "help") == 0) continue;
        putf(out, "%s.BR hpt\\-%s (1)", shown++ > 0 ? ",\n" : "", other->name);
    }
    put(out, "\n");
}

static void put_examples(output *out, const example *it) {
    if (!it || !it->line) return;
    put(out, ".SH EXAMPLES\n");
    for (; it->line; it++) {
        put(out, ".TP\n\\fB");
        put_typed(out, it->line);
        put(out, "\\fR\n");
        put_roff(out, it->says);
        put(out, "\n");
    }
}

static void put_main_man(output *out) {
    const command *of;
    put_title(out, "hpt", "look at studies of hyper-parameter tuning");
    put(out, ".SH SYNOPSIS\n\\fBhpt\\fR \\fISUBCOMMAND\\fR [\\fIOPTION\\fR]... [\\fIFILE\\fR "
             "[\\fISTUDY\\fR]]\n.SH DESCRIPTION\n");
    put_roff(out,
             "Looks at studies, the files in which runs of hpt and of Optuna keep their trials, "
             "also while they are written: SQLite databases (`svm.db`) and journals "
             "(`svm.journal`).\n");
    put(out, ".SH SUBCOMMANDS\n");
    for (size_t i = 0; (of = command_at(i)); i++) {
        if (of->is_hidden) continue;
        put(out, ".TP\n\\fB");
        put_typed(out, of->name);
        put(out, "\\fR\n");
        put_roff(out, of->summary);
        put(out, "\n");
    }
    put(out, ".SH OPTIONS\n");
    options_visit(main_options, put_option, out);
    put_exits(out);
    put_environment(out);
    put_see_also(out, NULL);
}

void put_man(output *out, const command *of) {
    output name = { .fd = -1 };
    if (!of) {
        put_main_man(out);
        return;
    }
    putf(&name, "hpt-%s", of->name);
    put_title(out, output_text(&name), of->summary);
    putf(out, ".SH SYNOPSIS\n\\fBhpt %s\\fR [\\fIOPTION\\fR]... \\fI", of->name);
    put_typed(out, of->operands);
    put(out, "\\fR\n.SH DESCRIPTION\n");
    put_paragraphs(out, of->about);
    put(out, ".SH OPTIONS\n");
    options_visit(of->options, put_option, out);
    options_visit(common_options, put_option, out);
    put_examples(out, of->examples);
    put_exits(out);
    put_environment(out);
    put_see_also(out, of);
    output_free(&name);
}
