/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef COMMAND_H
#define COMMAND_H

/* What a subcommand is: one file, one row in rows.h, one table of options from which the help, the
 * man page, the completion and the documentation are made. */

#include <limits.h>
#include <popt.h>

#include "output.h"
#include "words.h"

/* clang-format off */
/** Exit codes: name, number (frozen), sentence. */
#define EXIT_LIST(X)                                                                              \
    X(EXIT_FINE,  0, "It is done, and the answer is yes.")                                        \
    X(EXIT_NO,    1, "The answer is no: `check` found something, there is nothing of what was asked for, a trial ends otherwise than recorded.") \
    X(EXIT_USAGE, 2, "The command line is wrong: an option, an expression, too few words.")       \
    X(EXIT_FILE,  3, "A file cannot be read or written, is no study, or has none of that name.")  \
    X(EXIT_HELD,  4, "Another process holds the study, or what would be written is there already.") \
    X(EXIT_OTHER, 5, "Something else: out of memory, a part left out of this build, a bug.")
/* clang-format on */

typedef enum exit_code {
#define ROW(name, number, text) name = number,
    EXIT_LIST(ROW)
#undef ROW
} exit_code;

/* The number of an option that was not given: one that nobody types. */
#define NOT_GIVEN LLONG_MIN

/* A command line that is worth showing, and what it does. */
typedef struct example {
    const char *line, *says;
} example;

typedef struct command {
    const char *name;
    const char *summary;      /* one line, an imperative                                      */
    const char *operands;     /* "FILE [STUDY]"                                               */
    size_t      operands_min; /* of them                                                      */
    size_t      operands_max; /* SIZE_MAX: any number                                         */
    const char *about;        /* paragraphs, each one line                                    */
    const struct poptOption *options; /* the table. What stands in an argument's description: words
                                         separated by | are all there are; FILE, STATE, METHOD,
                                         ... see generate.c                                   */
    const example *examples;          /* up to one without line; may be NULL                  */
    words_at      *operand_at;        /* what the first operand may be; NULL: a file, if any  */
    bool           is_hidden;         /* for the build, not for people                        */
    exit_code (*run)(output *out, const char *const *operands, size_t count);
} command;

/* The subcommands; NULL past the last. And their names, without those that are hidden. */
const command *command_at(size_t index);
const char    *command_name_at(const void *context, size_t index);
const command *command_find(const char *name);

/* What every subcommand takes, and what `hpt` itself does. */
extern const struct poptOption common_options[], main_options[];

/* Say what is wrong: a sentence on standard error, after "hpt trials: ". */
void complain(const char *format, ...) HPT_PRINTF(1, 2);

/* As complain(), about a word that is none of some others, with the closest of them. */
void complain_unknown(const char *what, const char *word, words_at *at, const void *context);

/* Say what the library said, about a file or NULL. Returns what to exit with. */
exit_code complain_status(const char *path, hpt_status status, const hpt_err *err);

/* Call `visit` for each option of a table that is shown. */
typedef void option_visitor(const struct poptOption *option, void *user);
void         options_visit(const struct poptOption *table, option_visitor *visit, void *user);
unsigned     option_type(const struct poptOption *option);

/* Help, as text: of one subcommand, or of `hpt`. */
void put_help(output *out, const command *of);
void put_main_help(output *out);

#endif
