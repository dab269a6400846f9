/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_DISK_STUDY_H
#define HPT_TESTS_DISK_STUDY_H

/* A study in SQLite on the disk of disk.h: what is done to it until something fails, and whether
 * what was acknowledged is there afterwards. One thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For groups of tests: the disk in place of the file system, and the real one again. */
int disk_study_begin(void **state);
int disk_study_end(void **state);

/* What the study's user was told. */
typedef struct disk_story {
    bool     is_created;
    uint64_t ended;   /* trials that ended in commits that succeeded                          */
    uint64_t doubted; /* ... in the commit that did not: all of them are there, or none      */
} disk_story;

/* Open, create, put trials in groups, close in between, until something fails or all is done. True:
 * all is done. */
bool disk_study_play(disk_story *story);

/* Open it again: everything acknowledged is there once and whole, nothing is there by half, a check
 * finds nothing, and more trials can be put. Fails the test otherwise, with `seed`. */
void disk_study_judge(const disk_story *story, uint64_t seed);

#endif
