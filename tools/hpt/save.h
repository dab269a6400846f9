/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SAVE_H
#define SAVE_H

/* A file that is there whole or not at all: written beside its place under another name, then put
 * there. */

#include "command.h"

typedef struct save {
    output out;       /* write here                                                 */
    char  *path;      /* where it goes; NULL: standard output, or a file that is none */
    char  *folder;    /* beside it, until it is whole                               */
    char  *temporary; /* in that folder                                             */
    bool   may_replace;
} save;

/* Begin. path NULL: `standard`. With may_replace a file that is there is replaced at the end.
 * Complains on failure. `source` is never replaced. name: what the file is called until it is
 * whole. */
exit_code save_open(save *it, const char *path, const char *source, bool may_replace,
                    output *standard);

/* The same for who writes the file by himself: only it->temporary is made, as a name. */
exit_code save_name(save *it, const char *path, const char *source, bool may_replace,
                    const char *name);

/* Put it into its place when code is EXIT_FINE, else throw it away. Complains on failure. Returns
 * what to exit with. */
exit_code save_close(save *it, output *standard, exit_code code);

/* Throw it away. */
void save_drop(save *it);

#endif
