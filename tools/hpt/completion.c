/* SPDX-License-Identifier: BSD-3-Clause */

/* Completion for shells: subcommands, their options, and the words that options and operands take.
 */

#include "generate.h"

#include <string.h>

static void put_words(output *out, words_at *at, const char *between) {
    const char *word;
    for (size_t i = 0; at && (word = at(NULL, i)); i++)
        putf(out, "%s%s", i > 0 ? between : "", word);
}

static bool takes_file(const command *of) {
    return strncmp(of->operands, "FILE", 4) == 0 || strncmp(of->operands, "FROM", 4) == 0;
}

/* bash */

static void bash_name(const struct poptOption *option, void *user) {
    if (option->shortName) putf(user, " -%c", option->shortName);
    putf(user, " --%s", option->longName);
}

/* A case for what stands behind an option that takes a value. */
static void bash_value(const struct poptOption *option, void *user) {
    output *out = user, words = { .fd = -1 };
    values  kind = values_of(option, &words);
    if (kind != VALUES_NONE) {
        put(out, "        ");
        if (option->shortName) putf(out, "-%c | ", option->shortName);
        putf(out, "--%s) ", option->longName);
        if (kind == VALUES_WORDS) putf(out, "words='%s' ;;\n", output_text(&words));
        if (kind == VALUES_FILE) put(out, "kind=file ;;\n");
        if (kind == VALUES_ANY) put(out, "return ;;\n");
    }
    output_free(&words);
}

static void bash_command(output *out, const command *of) {
    putf(out, "    %s)\n        case $before in\n", of->name);
    options_visit(of->options, bash_value, out);
    options_visit(common_options, bash_value, out);
    put(out, "        *)\n            words='");
    put_words(out, of->operand_at, " ");
    putf(out, "'\n            kind=%s\n            options='", takes_file(of) ? "file" : "words");
    options_visit(of->options, bash_name, out);
    options_visit(common_options, bash_name, out);
    put(out, "'\n            ;;\n        esac\n        ;;\n");
}

void put_bash(output *out) {
    const command *of;
    put(out, "# SPDX-License-Identifier: BSD-3-Clause\n# Made by `hpt generate bash`.\n"
             "_hpt() {\n"
             "    local now=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
             "    local words='' kind=words options=''\n"
             "    COMPREPLY=()\n"
             "    [ \"$now\" = = ] && now=''\n"
             "    [ \"$before\" = = ] && before=${COMP_WORDS[COMP_CWORD-2]}\n"
             "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
             "        mapfile -t COMPREPLY < <(compgen -W '");
    put_words(out, command_name_at, " ");
    options_visit(main_options, bash_name, out);
    put(out, "' -- \"$now\")\n        return\n    fi\n    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; (of = command_at(i)); i++)
        if (!of->is_hidden) bash_command(out, of);
    put(out, "    esac\n"
             "    case $now in -*) words=$options kind=words ;; esac\n"
             "    if [ \"$kind\" = file ]; then\n"
             "        compopt -o filenames\n"
             "        mapfile -t COMPREPLY < <(compgen -f -- \"$now\")\n"
             "    else\n"
             "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$now\")\n"
             "    fi\n"
             "}\n"
             "complete -F _hpt hpt\n");
}

/* zsh */

/* Inside '...' of a word that _arguments and _describe take apart at colons and brackets. */
static void zsh_text(output *out, const char *text) {
    for (; *text; text++) {
        if (*text == '\'')
            put(out, "'\\''");
        else if (strchr("[]:\\", *text))
            putf(out, "\\%c", *text);
        else
            put_bytes(out, text, 1);
    }
}

static void zsh_option(const struct poptOption *option, void *user) {
    output *out = user, words = { .fd = -1 };
    values  kind = values_of(option, &words);
    put(out, "            ");
    if (option->shortName)
        putf(out, "'(-%c --%s)'{-%c,--%s%s}'[", option->shortName, option->longName,
             option->shortName, option->longName, kind == VALUES_NONE ? "" : "=");
    else
        putf(out, "'--%s%s[", option->longName, kind == VALUES_NONE ? "" : "=");
    zsh_text(out, option->descrip);
    put(out, "]");
    if (kind == VALUES_WORDS) putf(out, ":value:(%s)", output_text(&words));
    if (kind == VALUES_FILE) put(out, ":file:_files");
    if (kind == VALUES_ANY) put(out, ":value: ");
    put(out, "' \\\n");
    output_free(&words);
}

static void zsh_command(output *out, const command *of) {
    putf(out, "    %s)\n        _arguments \\\n", of->name);
    options_visit(of->options, zsh_option, out);
    options_visit(common_options, zsh_option, out);
    if (of->operand_at) {
        put(out, "            '1:name:(");
        put_words(out, of->operand_at, " ");
        put(out, ")'\n");
    } else {
        put(out, "            '*:file:_files'\n");
    }
    put(out, "        ;;\n");
}

void put_zsh(output *out) {
    const command *of;
    put(out, "#compdef hpt\n# SPDX-License-Identifier: BSD-3-Clause\n"
             "# Made by `hpt generate zsh`.\n"
             "_hpt() {\n    local -a subcommands=(\n");
    for (size_t i = 0; (of = command_at(i)); i++) {
        if (of->is_hidden) continue;
        putf(out, "        '%s:", of->name);
        zsh_text(out, of->summary);
        put(out, "'\n");
    }
    put(out, "    )\n"
             "    if (( CURRENT == 2 )); then\n"
             "        _describe subcommand subcommands\n"
             "        _arguments '(-h --help)'{-h,--help}'[show help]' "
             "'(-V --version)'{-V,--version}'[show the version]'\n"
             "        return\n"
             "    fi\n"
             "    shift words\n    (( CURRENT-- ))\n"
             "    case $words[1] in\n");
    for (size_t i = 0; (of = command_at(i)); i++)
        if (!of->is_hidden) zsh_command(out, of);
    put(out, "    esac\n}\n_hpt \"$@\"\n");
}

/* fish */

static void fish_text(output *out, const char *text) {
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\') put(out, "\\");
        put_bytes(out, text, 1);
    }
}

typedef struct fish {
    output     *out;
    const char *name; /* of the subcommand */
} fish;

static void fish_option(const struct poptOption *option, void *user) {
    const fish *to = user;
    output      words = { .fd = -1 };
    values      kind = values_of(option, &words);
    if (to->name)
        putf(to->out, "complete -c hpt -n '__fish_seen_subcommand_from %s' -l %s", to->name,
             option->longName);
    else
        putf(to->out, "complete -c hpt -n __fish_use_subcommand -l %s", option->longName);
    if (option->shortName) putf(to->out, " -s %c", option->shortName);
    if (kind == VALUES_WORDS) putf(to->out, " -x -a '%s'", output_text(&words));
    if (kind == VALUES_FILE) put(to->out, " -r -F");
    if (kind == VALUES_ANY) put(to->out, " -x");
    put(to->out, " -d '");
    fish_text(to->out, option->descrip);
    put(to->out, "'\n");
    output_free(&words);
}

static void fish_command(output *out, const command *of) {
    fish to = { out, of->name };
    putf(out, "complete -c hpt -n __fish_use_subcommand -f -a %s -d '", of->name);
    fish_text(out, of->summary);
    put(out, "'\n");
    options_visit(of->options, fish_option, &to);
    options_visit(common_options, fish_option, &to);
    if (!of->operand_at) return;
    putf(out, "complete -c hpt -n '__fish_seen_subcommand_from %s' -f -a '", of->name);
    put_words(out, of->operand_at, " ");
    put(out, "'\n");
}

void put_fish(output *out) {
    const command *of;
    fish           to = { out, NULL };
    put(out, "# SPDX-License-Identifier: BSD-3-Clause\n# Made by `hpt generate fish`.\n");
    options_visit(main_options, fish_option, &to);
    for (size_t i = 0; (of = command_at(i)); i++)
        if (!of->is_hidden) fish_command(out, of);
}
