/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt: what studies hold, from the command line. Here: the options that all subcommands share, what
 * is said on standard error, and exit codes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "table.h"

#define COMMAND(x) extern const command command_##x;
#include "rows.h"
#undef COMMAND

static const command *const rows[] = {
#define COMMAND(x) &command_##x,
#include "rows.h"
#undef COMMAND
};

enum { SAID_HELP = 'h', SAID_VERSION = 'V' };

static char     *colour = NULL;
static long long width = NOT_GIVEN;

/* clang-format off */
const struct poptOption common_options[] = {
    { "colour", '\0', POPT_ARG_STRING, &colour, 0, "when to use colours (auto: on a terminal, unless NO_COLOR is set)", "auto|always|never" },
    { "color", '\0', POPT_ARG_STRING | POPT_ARGFLAG_DOC_HIDDEN, &colour, 0, "", "auto|always|never" },
    { "width", '\0', POPT_ARG_LONGLONG, &width, 0, "make tables so wide; 0: as wide as they are (a terminal's width on one, else 0)", "COLUMNS" },
    { "help", 'h', POPT_ARG_NONE, NULL, SAID_HELP, "show this and exit", NULL },
    POPT_TABLEEND
};

const struct poptOption main_options[] = {
    { "help", 'h', POPT_ARG_NONE, NULL, SAID_HELP, "show this and exit", NULL },
    { "version", 'V', POPT_ARG_NONE, NULL, SAID_VERSION, "show the version and exit", NULL },
    POPT_TABLEEND
};
/* clang-format on */

const command *command_at(size_t index) {
    return index < sizeof rows / sizeof *rows ? rows[index] : NULL;
}

const command *command_find(const char *name) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i]->name, name) == 0) return rows[i];
    return NULL;
}

const char *command_name_at(const void *context, size_t index) {
    (void)context;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!rows[i]->is_hidden && index-- == 0) return rows[i]->name;
    return NULL;
}

/* What is said on standard error. */

static const command *running = NULL;

static void say(const char *sentence) {
    output line = { .fd = -1 }, out = { .fd = STDERR_FILENO };
    putf(&line, "hpt%s%s: %s", running ? " " : "", running ? running->name : "", sentence);
    put_harmless(&out, output_text(&line));
    put(&out, "\n");
    output_flush(&out);
    output_free(&line);
    output_free(&out);
}

void complain(const char *format, ...) {
    char    sentence[4096]; /* of a path it may be the end that is cut */
    va_list list;
    va_start(list, format);
    vsnprintf(sentence, sizeof sentence, format, list);
    va_end(list);
    say(sentence);
}

void complain_unknown(const char *what, const char *word, words_at *at, const void *context) {
    const char *closest = closest_word(word, at, context), *name;
    output      all = { .fd = -1 };
    for (size_t i = 0; !closest && i < 32 && (name = at(context, i)); i++)
        putf(&all, "%s%s", i > 0 ? ", " : "", name);
    if (closest)
        complain("there is no %s \"%s\"; closest match: \"%s\"", what, word, closest);
    else
        complain("there is no %s \"%s\"; there are: %s", what, word, output_text(&all));
    output_free(&all);
}

exit_code complain_status(const char *path, hpt_status status, const hpt_err *err) {
    const char *text = *err->text ? err->text : hpt_status_text(status);
    if (path && !strstr(text, path))
        complain("%s: %s", path, text);
    else
        complain("%s", text);
    switch (status) {
    case HPT_EPARSE:
    case HPT_EABSENT:
    case HPT_EIO:
    case HPT_ELIMIT:
        return EXIT_FILE;
    case HPT_EBUSY:
        return EXIT_HELD;
    case HPT_EINVAL:
        return EXIT_USAGE;
    default:
        return EXIT_OTHER;
    }
}

/* Options. */

unsigned option_type(const struct poptOption *option) {
    return option->argInfo & POPT_ARG_MASK;
}

void options_visit(const struct poptOption *all, option_visitor *visit, void *user) {
    for (; all && (all->longName || all->shortName || all->arg); all++) {
        if (option_type(all) == POPT_ARG_INCLUDE_TABLE)
            options_visit(all->arg, visit, user);
        else if (!(all->argInfo & POPT_ARGFLAG_DOC_HIDDEN))
            visit(all, user);
    }
}

typedef struct option_names {
    const char *names[64];
    size_t      count;
} option_names;

static void collect(const struct poptOption *option, void *user) {
    option_names *into = user;
    if (option->longName && into->count < sizeof into->names / sizeof *into->names)
        into->names[into->count++] = option->longName;
}

static const char *option_name_at(const void *context, size_t index) {
    const option_names *of = context;
    return index < of->count ? of->names[index] : NULL;
}

static void complain_option(const struct poptOption *of, poptContext context, int code) {
    const char  *bad = poptBadOption(context, 0);
    option_names names = { .count = 0 };
    char         name[64] = "";
    snprintf(name, sizeof name, "%.*s", (int)strcspn(bad + strspn(bad, "-"), "="),
             bad + strspn(bad, "-"));
    options_visit(of, collect, &names);
    const char *closest = closest_word(name, option_name_at, &names);
    switch (code) {
    case POPT_ERROR_BADOPT:
        if (closest && strncmp(bad, "--", 2) == 0)
            complain("there is no option %s; closest match: --%s", bad, closest);
        else
            complain("there is no option %s; `hpt help%s%s` shows those there are", bad,
                     running ? " " : "", running ? running->name : "");
        return;
    case POPT_ERROR_NOARG:
        complain("%s needs a value", bad);
        return;
    case POPT_ERROR_UNWANTEDARG:
        complain("%s takes no value", bad);
        return;
    case POPT_ERROR_BADNUMBER:
        complain("\"%s\": a number is needed", bad);
        return;
    default:
        complain("%s: %s", bad, poptStrerror(code));
    }
}

/* Standard output, to the end. A reader that went away (`hpt trials f | head`) is no news to
 * anybody: the command dies of it in silence, as others do. Any other failure is told. */
static exit_code finish(output *out, exit_code code) {
    output_flush(out);
    int error = out->error;
    output_free(out);
    if (error == 0) return code;
    if (error == EPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    complain("standard output: %s", strerror(error));
    return EXIT_FILE;
}

static size_t count_words(const char *const *words) {
    size_t count = 0;
    while (words && words[count])
        count++;
    return count;
}

static exit_code run(const command *it, const char *const *operands, output *out) {
    size_t count = count_words(operands);
    if (!screen_set(colour ? colour : "auto", width)) return EXIT_USAGE;
    if (count < it->operands_min) {
        complain("needs more: hpt %s %s", it->name, it->operands);
        return EXIT_USAGE;
    }
    if (count > it->operands_max) {
        complain("\"%s\" is too much: hpt %s%s%s", operands[it->operands_max], it->name,
                 *it->operands ? " " : "", it->operands);
        return EXIT_USAGE;
    }
    return it->run(out, operands, count);
}

/* The options behind the subcommand's name, then what it does. */
static exit_code parse_and_run(const command *it, int count, const char **words) {
    struct poptOption all[] = {
        { NULL, '\0', POPT_ARG_INCLUDE_TABLE, NULL, 0, NULL, NULL },
        { NULL, '\0', POPT_ARG_INCLUDE_TABLE, NULL, 0, NULL, NULL },
        POPT_TABLEEND,
    };
    output out = { .fd = STDOUT_FILENO };
    running = it;
    /* popt's own type is not const; it does not change tables. */
    all[0].arg = (void *)(uintptr_t)common_options;
    if (it->options) all[1].arg = (void *)(uintptr_t)it->options;
    if (!it->options) all[1] = (struct poptOption)POPT_TABLEEND;
    poptContext context = poptGetContext(NULL, count, words, all, 0);
    int         said = poptGetNextOpt(context);
    exit_code   code = EXIT_USAGE;
    if (said == SAID_HELP) {
        screen_set("auto", width);
        put_help(&out, it);
        code = EXIT_FINE;
    } else if (said < -1) {
        complain_option(all, context, said);
    } else {
        code = run(it, (const char *const *)poptGetArgs(context), &out);
    }
    poptFreeContext(context);
    return finish(&out, code);
}

static exit_code run_main(int count, const char **words) {
    output      out = { .fd = STDOUT_FILENO };
    poptContext context = poptGetContext(NULL, count, words, main_options, 0);
    int         said = poptGetNextOpt(context);
    exit_code   code = EXIT_FINE;
    screen_set("auto", NOT_GIVEN);
    if (said == SAID_HELP) {
        put_main_help(&out);
    } else if (said == SAID_VERSION) {
        putf(&out, "hpt %s\n", hpt_version());
    } else if (said < -1) {
        complain_option(main_options, context, said);
        code = EXIT_USAGE;
    } else {
        out.fd = STDERR_FILENO;
        put_main_help(&out);
        code = EXIT_USAGE;
    }
    poptFreeContext(context);
    return finish(&out, code);
}

/* A file that is opened must not become standard output because that was closed. */
static void hold_standard_files(void) {
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDONLY) != fd) exit(EXIT_OTHER);
}

int main(int count, char **words) {
    hold_standard_files();
    signal(SIGPIPE, SIG_IGN); /* a repair is not to be left in the middle */
    const char **given = (const char **)(uintptr_t)words;
    if (count < 2 || words[1][0] == '-') return (int)run_main(count, given);
    const command *it = command_find(words[1]);
    if (it) return (int)parse_and_run(it, count - 1, given + 1);
    complain_unknown("subcommand", words[1], command_name_at, NULL);
    return EXIT_USAGE;
}
