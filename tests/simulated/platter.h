/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_PLATTER_H
#define HPT_SIMULATED_PLATTER_H

/* The disk under the simulated machine: files, links and one folder, in memory. What was written
 * and not synced is, after a loss of power, there or not, sector by sector and in any order; what
 * was created, renamed or removed is so if the folder was synced, else as far as the file system
 * came. A sync that failed has lost what it should have written, as on Linux: the next one succeeds
 * without it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim.h"

typedef enum platter_kind { PLATTER_FILE, PLATTER_LINK } platter_kind;

typedef struct platter_file platter_file;

void platter_format(void); /* empty */

/* Names, without the folder's. */
platter_file *platter_find(const char *name); /* NULL: there is none */
platter_file *platter_make(const char *name, platter_kind kind);
void          platter_enter(const char *name, platter_file *file); /* NULL: removes it */
void          platter_sync_names(void);

/* What a program sees of a file. */
platter_kind platter_kind_of(const platter_file *file);
size_t       platter_size(const platter_file *file);
const char  *platter_bytes(const platter_file *file);
uint64_t     platter_number(const platter_file *file);
int64_t      platter_time_ns(const platter_file *file);
void         platter_write(platter_file *file, size_t at, const void *bytes, size_t count);
void         platter_cut(platter_file *file, size_t size);
void         platter_sync(platter_file *file);
void         platter_fail_sync(platter_file *file);
void         platter_open(platter_file *file, int more); /* +1, -1: how many have it open */
int          platter_open_count(void);                   /* of all files                   */

/* The power went off and is back on: what has survived is now what is there. */
void platter_power_on(sim_random *by);
void platter_new_process(void); /* it stayed on */

#endif
