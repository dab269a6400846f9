/* SPDX-License-Identifier: BSD-3-Clause */
#include "platter.h"

#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, FILES = 256, NAMES = 256, UNSAFE_NAMES = 96, NAME_BYTES = 128 };

/* A write that has not been synced, or (bytes NULL) a change of size. */
typedef struct change {
    char  *bytes;
    size_t at, count;
    bool   is_doomed; /* a sync that failed has dropped it */
} change;

struct platter_file {
    platter_kind kind;
    uint64_t     number;
    int64_t      time_ns;
    char        *now, *safe; /* as programs see it; as it is on the disk */
    size_t       now_size, now_room, safe_size, safe_room;
    change      *changes;
    size_t       change_count, change_room;
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

static void set_size(char **bytes, size_t *size, size_t *room, size_t wanted) {
    if (wanted > *room) {
        *room = 2 * wanted + 64;
        *bytes = realloc(*bytes, *room);
        if (!*bytes) abort();
    }
    if (wanted > *size) memset(*bytes + *size, 0, wanted - *size);
    *size = wanted;
}

static void put(char **bytes, size_t *size, size_t *room, const change *what, size_t from,
                size_t to) {
    if (what->at + to > *size) set_size(bytes, size, room, what->at + to);
    memcpy(*bytes + what->at + from, what->bytes + from, to - from);
}

static void note(platter_file *file, size_t at, const void *bytes, size_t count) {
    if (file->change_count == file->change_room) {
        file->change_room = 2 * file->change_room + 16;
        file->changes = realloc(file->changes, file->change_room * sizeof *file->changes);
        if (!file->changes) abort();
    }
    change *fresh = &file->changes[file->change_count++];
    *fresh = (change){ .at = at, .count = count };
    if (!bytes) return;
    fresh->bytes = malloc(count + 1);
    if (!fresh->bytes) abort();
    memcpy(fresh->bytes, bytes, count);
}

static void forget_changes(platter_file *file) {
    for (size_t i = 0; i < file->change_count; i++)
        free(file->changes[i].bytes);
    file->change_count = 0;
}

void platter_write(platter_file *file, size_t at, const void *bytes, size_t count) {
    note(file, at, bytes, count);
    if (at + count > file->now_size)
        set_size(&file->now, &file->now_size, &file->now_room, at + count);
    memcpy(file->now + at, bytes, count);
    file->time_ns = sim_now_ns();
}

void platter_cut(platter_file *file, size_t size) {
    note(file, size, NULL, 0);
    set_size(&file->now, &file->now_size, &file->now_room, size);
    file->time_ns = sim_now_ns();
}

/* Onto the disk: all that no failed sync has dropped. */
void platter_sync(platter_file *file) {
    for (size_t i = 0; i < file->change_count; i++) {
        const change *it = &file->changes[i];
        if (!it->bytes)
            set_size(&file->safe, &file->safe_size, &file->safe_room, it->at);
        else if (!it->is_doomed)
            put(&file->safe, &file->safe_size, &file->safe_room, it, 0, it->count);
        else if (it->at + it->count > file->safe_size)
            set_size(&file->safe, &file->safe_size, &file->safe_room, it->at + it->count);
    }
    forget_changes(file);
}

void platter_fail_sync(platter_file *file) {
    for (size_t i = 0; i < file->change_count; i++)
        file->changes[i].is_doomed = true;
}

/* The process that knew of a failed sync has died. That its successor cannot know is beyond what is
 * simulated here: what was dropped waits again. */
void platter_new_process(void) {
    for (int i = 0; i < FILES; i++)
        for (size_t j = 0; j < disk.files[i].change_count; j++)
            disk.files[i].changes[j].is_doomed = false;
}

/* Sectors of what was on its way, or half of them: each may have come or not. */
static void survive(platter_file *file, sim_random *by) {
    for (size_t i = 0; i < file->change_count; i++) {
        const change *it = &file->changes[i];
        if (!it->bytes) { /* file systems keep these in order: nothing in its place without it */
            if (sim_below(by, 2) == 0) break;
            set_size(&file->safe, &file->safe_size, &file->safe_room, it->at);
            continue;
        }
        for (size_t from = 0; from < it->count;) {
            size_t to = from + SECTOR - (it->at + from) % SECTOR;
            if (to > it->count) to = it->count;
            if (!it->is_doomed && sim_below(by, 2))
                put(&file->safe, &file->safe_size, &file->safe_room, it, from, to);
            from = to;
        }
    }
    forget_changes(file);
    set_size(&file->now, &file->now_size, &file->now_room, file->safe_size);
    if (file->safe_size) memcpy(file->now, file->safe, file->safe_size);
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
    forget_changes(file);
    free(file->changes);
    free(file->now);
    free(file->safe);
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
    return file->now_size;
}

const char *platter_bytes(const platter_file *file) {
    return file->now;
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
