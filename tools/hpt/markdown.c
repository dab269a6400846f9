/* SPDX-License-Identifier: BSD-3-Clause */

/* The reference part of docs/command.md. */

#include "generate.h"

#include <string.h>

/* In a cell of a table a bar would end it. */
static void put_cell(output *out, const char *text) {
    for (; *text; text++) {
        if (*text == '|') put(out, "\\");
        put_bytes(out, text, 1);
    }
}

static void put_row(const struct poptOption *option, void *user) {
    output *out = user;
    put(out, "| ");
    if (option->shortName) putf(out, "`-%c`, ", option->shortName);
    putf(out, "`--%s%s", option->longName, option->argDescrip ? " " : "");
    put_cell(out, option->argDescrip ? option->argDescrip : "");
    put(out, "` | ");
    put_cell(out, option->descrip);
    put(out, " |\n");
}

static void put_paragraphs(output *out, const char *text) {
    while (*text) {
        size_t bytes = strcspn(text, "\n");
        put_bytes(out, text, bytes);
        put(out, "\n\n");
        text += bytes + (text[bytes] == '\n');
    }
}

static void put_command(output *out, const command *of) {
    putf(out, "### `hpt %s`\n\n", of->name);
    putf(out, "```\nhpt %s [OPTION]...%s%s\n```\n\n", of->name, *of->operands ? " " : "",
         of->operands);
    put_paragraphs(out, of->about);
    if (of->options) {
        put(out, "| option | meaning |\n|---|---|\n");
        options_visit(of->options, put_row, out);
        put(out, "\n");
    }
    if (!of->examples) return;
    put(out, "```\n");
    for (const example *it = of->examples; it->line; it++)
        putf(out, "# %s\n%s\n", it->says, it->line);
    put(out, "```\n\n");
}

void put_markdown(output *out) {
    const command *of;
    put(out, "## Exit codes\n\n| code | meaning |\n|---|---|\n");
#define ROW(name, number, text) put(out, "| " #number " | " text " |\n");
    EXIT_LIST(ROW)
#undef ROW
    put(out, "\n## Subcommands\n\nAll of them take:\n\n| option | meaning |\n|---|---|\n");
    options_visit(common_options, put_row, out);
    put(out, "\n");
    for (size_t i = 0; (of = command_at(i)); i++)
        if (!of->is_hidden) put_command(out, of);
}
