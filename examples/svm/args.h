/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SVM_ARGS_H
#define SVM_ARGS_H

/* The command line. */

#include <stdbool.h>
#include <stdint.h>

struct args {
    bool        is_quick;
    uint64_t    trials;  /* 0: the program's choice */
    double      seconds; /* 0: the program's choice */
    uint32_t    workers; /* 0: one per core         */
    const char *strategy;
    const char *log;
    const char *study;         /* NULL: none is kept */
    char        observe[1024]; /* who watches: progress, and jsonl writes the log */
};

/* Returns -1 to go on, else the exit status: 0 after --help, 2 after saying what is wrong. */
int args_read(struct args *args_out, int argc, char **argv);

#endif
