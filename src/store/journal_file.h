/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_JOURNAL_FILE_H
#define HPI_STORE_JOURNAL_FILE_H

/* A file of lines that only grows: reading any of them, appending, and cutting off what did not
 * become a line. One thread at a time; appending and cutting only under the lock. */

#include <sys/types.h>

#include "store/backend.h"
#include "store/pyjson.h"

typedef struct hpi_journal_file {
    char *path, *shown; /* shown: for sentences */
    int   fd;
    bool  is_unnamed; /* its folder was not synced since it was opened: who made it may have died
                         before */
    char    *buffer;  /* the bytes from `buffer_at` on, buffer_used of them     */
    size_t   buffer_used, buffer_room;
    uint64_t buffer_at;
    uint64_t safe_to;              /* up to here a sync of ours has succeeded                    */
    bool     is_suspect;           /* a sync has failed since: see hpi_journal_file_append()  */
    uint64_t failed_at, failed_to; /* an append that failed could not be cut off: these bytes  */
} hpi_journal_file;

hpt_status hpi_journal_file_open(const char *path, hpi_open_mode mode, hpi_journal_file *file,
                                 hpt_err *err);
void       hpi_journal_file_close(hpi_journal_file *file);

/* How long it is. HPT_EIO also if the path leads to another file by now. */
hpt_status hpi_journal_file_size(const hpi_journal_file *file, uint64_t *size_out, hpt_err *err);

/* The line that begins at `at`, with its line feed unless it ends at `end` without one. Borrowed
 * until the next call. HPT_ELIMIT for a line above 1 GiB; HPT_EIO when the file is shorter. */
hpt_status hpi_journal_file_line(hpi_journal_file *file, uint64_t at, uint64_t end,
                                 hpi_slice *line_out, hpt_err *err);

/* What was read from `at` on is read again: the file may have changed there. */
void hpi_journal_file_forget_from(hpi_journal_file *file, uint64_t at);

/* Append to the file, which is `at` long; is_durable: and sync. On failure it is as long as before,
 * and nothing of the text is in it; if even that fails, the next hpi_journal_file_mend() sees to
 * it. */
hpt_status hpi_journal_file_append(hpi_journal_file *file, uint64_t at, const char *text,
                                   size_t bytes, bool is_durable, hpt_err *err);

/* Under a lock taken anew: cut off what an append that failed has left behind, if nobody has
 * appended since. */
hpt_status hpi_journal_file_mend(hpi_journal_file *file, hpt_err *err);

/* Append what is from `at` on to "<path>.torn", then cut it off. */
hpt_status hpi_journal_file_cut(hpi_journal_file *file, uint64_t at, hpt_err *err);

#endif
