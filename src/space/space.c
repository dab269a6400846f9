/* SPDX-License-Identifier: BSD-3-Clause */

/* A space as a container: its life, its first error, and finding parameters by name. */

#include "space/space.h"

#include "base/mem.h"
#include "base/text.h"
#include "space/param.h"
#include "space/rule.h"

#include <stdio.h>
#include <string.h>

hpt_space *hpt_space_create(void) {
    return hpi_alloc(1, sizeof(hpt_space));
}

void hpi_param_fini(param *p) {
    hpi_free(p->name);
    hpi_free(p->values);
    hpi_free(p->texts);
    *p = (param){ 0 };
}

void hpt_space_destroy(hpt_space *space) {
    if (!space) return;
    for (uint32_t i = 0; i < space->count; i++)
        hpi_param_fini(&space->params[i]);
    hpi_free(space->params);
    hpi_rules_destroy(space->rules);
    hpi_free(space->slots);
    hpi_free(space);
}

char *hpi_label(char out[HPI_LABEL_BYTES], const char *name) {
    return hpi_quote(out, HPI_LABEL_BYTES, name);
}

hpt_status hpi_space_usable(const hpt_space *space, hpt_err *err) {
    if (!space)
        return hpi_fail(err, HPT_EINVAL,
                        "space is NULL: it was not created, or memory was out when it was");
    if (space->error.code != HPT_OK && err) *err = space->error;
    return space->error.code;
}

hpt_status hpi_space_fail(hpt_space *space, hpt_status status, const char *format, ...) {
    if (space->error.code != HPT_OK) return space->error.code;
    va_list arguments;
    va_start(arguments, format);
    hpi_format(space->error.text, sizeof space->error.text, format, arguments);
    va_end(arguments);
    space->error.code = status;
    return status;
}

hpt_status hpt_space_check(const hpt_space *space, hpt_err *err) {
    hpt_status status = hpi_space_usable(space, err);
    if (status == HPT_OK && space->count == 0)
        return hpi_fail(err, HPT_EINVAL, "the space is empty: it has no parameter");
    return status;
}

size_t hpt_space_count(const hpt_space *space) {
    return space ? space->count : 0;
}

/* FNV-1a with a last mix, since the table uses the low bits. The start is the space's address: a
 * file cannot choose names that all fall into one slot without knowing it. */
static uint64_t hash_of(const hpt_space *space, const char *name) {
    uint64_t hash = 0xcbf29ce484222325u ^ ((uint64_t)(uintptr_t)space * 0x9e3779b97f4a7c15u);
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    hash ^= hash >> 32;
    return hash * 0xd6e8feb86659fd93u >> 16;
}

/* The slot that holds a name, or the free one where it belongs. */
static size_t slot_of(const hpt_space *space, const char *name, uint64_t hash) {
    size_t mask = space->slot_count - 1;
    size_t slot = (size_t)hash & mask;
    for (;; slot = (slot + 1) & mask) {
        hpt_param handle = space->slots[slot];
        if (handle == HPT_PARAM_NONE) return slot;
        const param *p = &space->params[handle];
        if (p->hash == hash && strcmp(p->name, name) == 0) return slot;
    }
}

hpt_param hpt_space_find(const hpt_space *space, const char *name) {
    if (!space || !name || space->slot_count == 0) return HPT_PARAM_NONE;
    return space->slots[slot_of(space, name, hash_of(space, name))];
}

/* At least half of the slots stay free. */
static bool grow_slots(hpt_space *space) {
    if (space->slot_count > 2 * (size_t)space->count) return true;
    size_t     slot_count = space->slot_count ? 2 * space->slot_count : 16;
    hpt_param *slots = hpi_alloc(slot_count, sizeof *slots);
    if (!slots) return false;
    memset(slots, 0xFF, slot_count * sizeof *slots); /* HPT_PARAM_NONE */
    hpi_free(space->slots);
    space->slots = slots;
    space->slot_count = slot_count;
    for (hpt_param i = 0; i < space->count; i++)
        slots[slot_of(space, space->params[i].name, space->params[i].hash)] = i;
    return true;
}

static bool grow_params(hpt_space *space) {
    if (space->count < space->room) return true;
    uint32_t room = space->room ? 2 * space->room : 8;
    param   *params = hpi_resize(space->params, room, sizeof *params);
    if (!params) return false;
    space->params = params;
    space->room = room;
    return true;
}

bool hpi_space_takes(hpt_space *space, const char *name) {
    char label[HPI_LABEL_BYTES];
    if (!space || space->error.code != HPT_OK) return false;
    const char *problem = hpi_name_problem(name, HPI_NAME_BYTES_MAX);
    if (problem) {
        hpi_space_fail(
            space, HPT_EINVAL,
            "name \"%s\" of parameter %u (counting from 0) %s (1 to %d bytes of UTF-8 without "
            "control characters)",
            hpi_label(label, name), (unsigned)space->count, problem, HPI_NAME_BYTES_MAX);
        return false;
    }
    if (hpt_space_find(space, name) != HPT_PARAM_NONE) {
        hpi_space_fail(space, HPT_EINVAL, "parameter \"%s\" is there twice",
                       hpi_label(label, name));
        return false;
    }
    if (space->count == HPI_PARAM_COUNT_MAX) {
        hpi_space_fail(space, HPT_ELIMIT, "parameter \"%s\" is one above the limit of %d",
                       hpi_label(label, name), HPI_PARAM_COUNT_MAX);
        return false;
    }
    return true;
}

hpt_param hpi_space_insert(hpt_space *space, const char *name, param *taken) {
    taken->hash = hash_of(space, name);
    taken->name = hpi_copy_text(name);
    if (!taken->name || !grow_params(space) || !grow_slots(space)) {
        hpi_space_fail(space, HPT_ENOMEM, "out of memory for parameter %u (counting from 0)",
                       (unsigned)space->count);
        hpi_param_fini(taken);
        return HPT_PARAM_NONE;
    }
    hpt_param handle = space->count;
    space->slots[slot_of(space, name, taken->hash)] = handle;
    space->params[handle] = *taken;
    space->count++;
    return handle;
}

const param *hpi_param_at(const hpt_space *space, hpt_param handle) {
    return space && handle < space->count ? &space->params[handle] : NULL;
}

const char *hpi_space_name(const hpt_space *space, hpt_param handle) {
    HPI_ASSERT(handle < space->count);
    return space->params[handle].name;
}

hpt_kind hpi_space_kind(const hpt_space *space, hpt_param handle) {
    HPI_ASSERT(handle < space->count);
    return space->params[handle].kind;
}

static const char *name_at(const void *context, size_t index) {
    const hpt_space *space = context;
    return index < space->count ? space->params[index].name : NULL;
}

void hpi_space_suggest(const hpt_space *space, const char *name, hpt_err *err) {
    hpi_suggest(err, name, name_at, space);
}
