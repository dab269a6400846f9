/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GENERATE_H
#define GENERATE_H

/* What is made from the tables of the subcommands: man pages, completion, documentation. */

#include "command.h"

/* The man page of a subcommand; of `hpt` for NULL. */
void put_man(output *out, const command *of);

/* Completion of the whole command for a shell. */
void put_bash(output *out);
void put_zsh(output *out);
void put_fish(output *out);

/* The reference part of docs/command.md. */
void put_markdown(output *out);

/* What may stand for an option's value. */
typedef enum values { VALUES_NONE, VALUES_ANY, VALUES_FILE, VALUES_WORDS } values;

/* Of an option: VALUES_WORDS puts them, separated by blanks, into `words`. */
values values_of(const struct poptOption *option, output *words);

#endif
