/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_FDS_H
#define HPI_BASE_FDS_H

/* Descriptors of ours: what hpt has open in this process that somebody could write to. The fork
 * server of a run is a copy of the process with all of them, and an objective may write to whatever
 * it finds: so the copy gives them up before it runs anybody's code (pool/child_shed.c). The host's
 * own descriptors are none of them; nor are those of the process of which this one is a fork, that
 * the program has made: it may have closed them, and have something else open by their numbers.
 *
 * Any thread. No copy is made between a begin and its end, so that none is made of a descriptor
 * that is not noted yet, or not any more: for calls that do not wait, and not one within another.
 */

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

void hpi_fds_begin(void);
void hpi_fds_end(void);

/* Within: it is ours from now on. -1: nothing happens. */
void hpi_fds_note(int fd);

/* open() and close() of a descriptor of ours; what is new may be read and written by all (0666). A
 * copy that has given it up closes nothing: the number may be somebody else's by now. */
int hpi_fds_open(const char *path, int flags);
int hpi_fds_close(int fd);

/* Around a fork, on the thread that forks; the end on both sides of it. Between them, in the copy:
 * close all that were noted. */
void hpi_fds_copy_begin(void);
void hpi_fds_copy_end(void);
void hpi_fds_give_up(void);

/* Databases: only SQLite knows its descriptors, so they are known by their files: that of the path,
 * and those that SQLite has beside it. */
enum { HPI_DATABASE_FILES = 4 };

typedef struct hpi_database {
    struct hpi_database *next;
    const char          *path; /* whole; borrowed until it is left */
    dev_t                devices[HPI_DATABASE_FILES];
    ino_t                inodes[HPI_DATABASE_FILES]; /* 0: there is none */
    bool                 is_entered;
} hpi_database;

/* Enter: within, and the file is there. Leave: it is closed. */
void hpi_database_enter(hpi_database *entry, const char *path);
void hpi_database_leave(hpi_database *entry);

/* In the copy, as above. look: find out which files they are; false: there is no database. have:
 * whether that is one of them. give_up: none is ours any more. They allocate nothing. */
bool hpi_databases_look(void);
bool hpi_databases_have(const struct stat *file);
void hpi_databases_give_up(void);

/* Whether it was one of them. SQLite, which has not heard of it, would go on with descriptors that
 * may be other files by now. */
bool hpi_databases_had(const struct stat *file);

#endif
