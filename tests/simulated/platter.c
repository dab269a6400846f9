/* SPDX-License-Identifier: BSD-3-Clause */
#include "platter.h"

#include <stdlib.h>
#include <string.h>

#include "unsynced.h"

enum { FILES = 256, NAMES = 256, UNSAFE_NAMES = 96, NAME_BYTES = 128 };

struct platter_file {
    platter_kind kind;
    uint64_t     number;
    int64_t      time_ns;
    content      now, safe; /* as programs see it; as it is on the disk */
    unsynced     changes;   /* from *safe* to *now* */
    int          open_count;
    bool         is_used;
};

/* All changes of the folder in order: the last of a name counts. */
typedef struct entry {
    char          name[NAME_BYTES];
    platter_file *file; /* NULL: removed */
} entry;

static struct {
    platter_file files[FILES];
    entry        entries[NAMES];
    size_t       entry_count, entry_safe;
    uint64_t     number_next;
} disk;

/* ---- Content
 * -------------------------------------------------------------------------------------- */

void platter_write(platter_file *file, size_t at, const void *bytes, size_t count) {
    unsynced_note(&file->changes, at, bytes, count);
    content_put(&file->now, at, bytes, count);
    file->time_ns = sim_now_ns();
}

void platter_cut(platter_file *file, size_t size) {
    unsynced_note(&file->changes, size, NULL, 0);
    content_resize(&file->now, size);
    file->time_ns = sim_now_ns();
}

/* Onto the disk: all that no failed sync has dropped. */
void platter_sync(platter_file *file) {
    for (size_t i = 0; i < file->changes.count; i++) {
        const change *it = &file->changes.list[i];
        if (!it->bytes)
            content_resize(&file->safe, it->at);
        else if (!it->is_doomed)
            content_put(&file->safe, it->at, it->bytes, it->count);
        else if (it->at + it->count > file->safe.size)
            content_resize(&file->safe, it->at + it->count);
    }
    unsynced_forget(&file->changes);
}

void platter_fail_sync(platter_file *file) {
    for (size_t i = 0; i < file->changes.count; i++)
        file->changes.list[i].is_doomed = true;
}

/* The process that knew of a failed sync has died. That its successor cannot know is beyond what is
 * simulated here: what was dropped waits again. */
void platter_new_process(void) {
    for (int i = 0; i < FILES; i++)
        for (size_t j = 0; j < disk.files[i].changes.count; j++)
            disk.files[i].changes.list[j].is_doomed = false;
}

/* Sectors of what was on its way, or half of them: each may have come or not. */
static void survive(platter_file *file, sim_random *by) {
    for (size_t i = 0; i < file->changes.count; i++) {
        const change *it = &file->changes.list[i];
        if (!it->bytes) { /* file systems keep these in order: nothing in its place without it */
            if (sim_below(by, 2) == 0) break;
            content_resize(&file->safe, it->at);
            continue;
        }
        for (size_t from = 0, part; from < it->count; from += part) {
            part = change_in_sector(it, from);
            if (!it->is_doomed && sim_below(by, 2))
                content_put(&file->safe, it->at + from, it->bytes + from, part);
        }
    }
    unsynced_forget(&file->changes);
    content_copy(&file->now, &file->safe);
}

/* ---- Names
 * ---------------------------------------------------------------------------------------- */

platter_file *platter_find(const char *name) {
    for (size_t i = disk.entry_count; i-- > 0;)
        if (strcmp(disk.entries[i].name, name) == 0) return disk.entries[i].file;
    return NULL;
}

/* From here on only what is there counts. */
void platter_sync_names(void) {
    size_t kept = 0;
    for (size_t i = 0; i < disk.entry_count; i++) {
        const entry *it = &disk.entries[i];
        bool         is_last = true;
        for (size_t later = i + 1; later < disk.entry_count && is_last; later++)
            is_last = strcmp(disk.entries[later].name, it->name) != 0;
        if (is_last && it->file) disk.entries[kept++] = *it;
    }
    disk.entry_count = disk.entry_safe = kept;
}

/* A file system does not keep changes to itself for ever either. */
void platter_enter(const char *name, platter_file *file) {
    if (disk.entry_count - disk.entry_safe > UNSAFE_NAMES) platter_sync_names();
    SIM_EXPECT(disk.entry_count < NAMES && strlen(name) < NAME_BYTES, "no room for the name %s",
               name);
    entry *fresh = &disk.entries[disk.entry_count++];
    strcpy(fresh->name, name);
    fresh->file = file;
}

/* Nobody has it open, and no name leads to it, nor did one that a loss of power may bring back. */
static bool is_unknown(const platter_file *file) {
    if (file->open_count > 0) return false;
    for (size_t i = 0; i < disk.entry_count; i++)
        if (disk.entries[i].file == file) return false;
    return true;
}

static void empty(platter_file *file) {
    unsynced_forget(&file->changes);
    free(file->changes.list);
    free(file->now.bytes);
    free(file->safe.bytes);
    *file = (platter_file){ 0 };
}

platter_file *platter_make(const char *name, platter_kind kind) {
    platter_file *file = NULL;
    for (int i = 0; i < FILES && !file; i++)
        if (!disk.files[i].is_used || is_unknown(&disk.files[i])) file = &disk.files[i];
    SIM_EXPECT(file, "more than %d files", FILES);
    empty(file);
    *file = (platter_file){
        .kind = kind, .number = ++disk.number_next, .is_used = true, .time_ns = sim_now_ns()
    };
    platter_enter(name, file);
    return file;
}

void platter_format(void) {
    for (int i = 0; i < FILES; i++)
        empty(&disk.files[i]);
    disk.entry_count = disk.entry_safe = 0;
    disk.number_next = 0;
}

/* A link is in its name: there is nothing of it to be lost apart. */
void platter_power_on(sim_random *by) {
    size_t unsafe = disk.entry_count - disk.entry_safe;
    disk.entry_count = disk.entry_safe + sim_below(by, unsafe + 1);
    platter_sync_names();
    for (int i = 0; i < FILES; i++) {
        platter_file *file = &disk.files[i];
        if (!file->is_used) continue;
        if (file->kind == PLATTER_LINK)
            platter_sync(file);
        else
            survive(file, by);
    }
}

/* ---- What programs ask
 * ------------------------------------------------------------------------------ */

platter_kind platter_kind_of(const platter_file *file) {
    return file->kind;
}

size_t platter_size(const platter_file *file) {
    return file->now.size;
}

const char *platter_bytes(const platter_file *file) {
    return (const char *)file->now.bytes;
}

uint64_t platter_number(const platter_file *file) {
    return file->number;
}

int64_t platter_time_ns(const platter_file *file) {
    return file->time_ns;
}

void platter_open(platter_file *file, int more) {
    file->open_count += more;
}

int platter_open_count(void) {
    int count = 0;
    for (int i = 0; i < FILES; i++)
        count += disk.files[i].open_count;
    return count;
}
