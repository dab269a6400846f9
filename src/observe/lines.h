/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_LINES_H
#define HPI_OBSERVE_LINES_H

/* Files that grow by whole records, for jsonl, csv and log. A batch of records is built in memory
 * and appended with one write. When the disk is full or the write fails halfway, the torn record is
 * cut off again (or, in what is no regular file, ended), the records that did not go in are
 * counted, and the next batch tries anew. A record that stands torn at the end of an existing file
 * is not touched: the first new record starts on a line of its own. One thread at a time. */

#include "base/json.h"

enum {
    HPI_LINES_BATCH = 512,       /* records in one write at most: a batch of events ...*/
    HPI_LINES_BYTES = 256 * 1024 /* ... or so many bytes: larger writes are not faster */
};

typedef struct hpi_lines {
    char      *path;
    int        fd;
    double     fsync_s; /* < 0: never; 0: after every batch; else at most so often */
    int64_t    synced_ns;
    bool       is_dirty; /* written since the last fsync                            */
    bool       is_torn;  /* the file's last byte is not a newline                    */
    bool       is_regular;
    bool       is_begun; /* something was to be written: by a flush                */
    bool       empties;  /* the file is emptied before the first thing is written  */
    hpi_writer head;     /* goes first; kept until it is written                           */
    hpi_writer text;     /* the records of this batch                                      */
    size_t     ends[HPI_LINES_BATCH];
    uint32_t   count;
    uint64_t   lost; /* records that could not be written */
} hpi_lines;

/* Start from a zeroed struct. `append` false: empty the file. That, and writing `head` (with its
 * newline, for the caller to set), is left to the first flush: a run that is refused after all must
 * not cost anybody a file. HPT_EIO with the system's reason. On failure there is nothing to close.
 */
hpt_status hpi_lines_open(hpi_lines *lines, const char *path, bool append, double fsync_s,
                          hpt_err *err);

/* Whether an opened file is empty (or will be emptied), or begins with `text`. */
bool hpi_lines_is_empty(const hpi_lines *lines);
bool hpi_lines_begins_with(const hpi_lines *lines, const char *text);

/* A record: write it, with its newline, to what begin gives, then end it. */
hpi_writer *hpi_lines_begin(hpi_lines *lines);
hpt_status  hpi_lines_end(hpi_lines *lines, hpt_err *err);

/* Write what there is, the head too, and fsync when that is due. */
hpt_status hpi_lines_flush(hpi_lines *lines, hpt_err *err);
/* Only the fsync, for quiet times. */
hpt_status hpi_lines_sync(hpi_lines *lines, hpt_err *err);

/* Flush (unless nothing was ever to be written), fsync (unless never), close. A failure tells how
 * many records were lost in all. */
hpt_status hpi_lines_close(hpi_lines *lines, hpt_err *err);

#endif
