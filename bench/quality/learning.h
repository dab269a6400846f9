/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_QUALITY_LEARNING_H
#define HPT_BENCH_QUALITY_LEARNING_H

/* Objectives that can be stopped early: a trial is trained epoch by epoch, and after each of them
 * there is something to report. Learning curves by formula (curves.c), and a network that learns to
 * read digits (network.c). */

#include <hpt/hpt.h>

enum { LEARNING_EPOCHS_MAX = 81 };

typedef struct learning_problem learning_problem;

/* A trial that is being trained. The problem's own part follows in `state`. */
typedef struct learner {
    const learning_problem *problem;
    const hpt_trial        *trial; /* who is trained: its seed is where chance comes from */
    void                   *state; /* problem->state_bytes of them                        */
} learner;

struct learning_problem {
    const char *name;
    const char *about;
    bool        is_adverse; /* early looks tell the wrong thing: pruners are known to fail there */
    int         epochs;     /* of a whole training, at most LEARNING_EPOCHS_MAX */
    int         seeds;      /* searches, unless their number is given: the dearer, the fewer */
    size_t      state_bytes;
    double      optimum; /* the least `truth`; NAN: nobody knows it */
    hpt_space *(*space)(void);
    void (*begin)(const learner *it, hpt_trial *trial);
    double (*train)(const learner *it, int epoch);   /* 1 and up; what is observed after it */
    double (*truth)(const learner *it, double last); /* after the last; which observed `last` */
    const void *own;                                 /* of the problem */
};

/* The formulas. */
extern const learning_problem learning_curves[];
extern const size_t           learning_curve_count;

/* The network. It has to be loaded before it is used; false: the sentence is on stderr. */
extern const learning_problem learning_network;
bool                          learning_network_load(const char *path);
void                          learning_network_forget(void);

/* A uniform number in (0, 1) and a normal one that belong to the trial, the epoch and the use. */
double learning_uniform(const hpt_trial *trial, int epoch, int use);
double learning_normal(const hpt_trial *trial, int epoch, int use);

#endif
