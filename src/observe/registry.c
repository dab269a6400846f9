/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/registry.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "observe/limits.h"

#define OBSERVER(x) extern const hpt_observer_class hpi_observer_##x;
#include "observe/rows.h"
#undef OBSERVER

static const hpt_observer_class *const rows[] = {
#define OBSERVER(x) &hpi_observer_##x,
#include "observe/rows.h"
#undef OBSERVER
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

/* Filled from the front, never emptied: a reader stops at the first NULL. */
static _Atomic(const hpt_observer_class *) registered[HPI_OBSERVERS_REGISTERED_MAX];

const hpt_observer_class *hpt_observer_at(size_t index) {
    if (index < ROW_COUNT) return rows[index];
    index -= ROW_COUNT;
    if (index >= HPI_OBSERVERS_REGISTERED_MAX) return NULL;
    /* Pairs with the exchange in hpt_observer_register(): the class is whole. */
    return atomic_load_explicit(&registered[index], memory_order_acquire);
}

static const char *name_at(const void *context, size_t index) {
    (void)context;
    const hpt_observer_class *class = hpt_observer_at(index);
    return class ? class->name : NULL;
}

static const hpt_observer_class *find(const char *name) {
    const hpt_observer_class *class;
    for (size_t i = 0; (class = hpt_observer_at(i)); i++)
        if (strcmp(class->name, name) == 0) return class;
    return NULL;
}

/* The closest match, else all there are; with a comma it was to be a list. */
static hpt_status refuse(const char *name, hpt_err *err) {
    char quoted[64];
    bool is_list = strchr(name, ',') != NULL;
    hpi_fail(err, HPT_EABSENT, "there is no observer \"%s\"%s",
             hpi_quote(quoted, sizeof quoted, name),
             is_list ? "; observers are separated by semicolons" : "");
    if (!is_list) hpi_suggest(err, name, name_at, NULL);
    return HPT_EABSENT;
}

hpt_status hpi_observer_find(const char *name, const hpt_observer_class **class_out, hpt_err *err) {
    const hpt_observer_class *class = find(name);
    if (!class) return refuse(name, err);
    if (class->absent)
        return hpi_fail(err, HPT_EBUILD, "observer \"%s\": %s", class->name, class->absent);
    *class_out = class;
    return HPT_OK;
}

static bool is_plain_name(const char *name) {
    return *name && strlen(name) < 64 &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

static hpt_status check(const hpt_observer_class *class, hpt_err *err) {
    if (!class) return hpi_fail(err, HPT_EINVAL, "observer is NULL");
    if (class->struct_size < sizeof *class)
        return hpi_fail(err, HPT_EINVAL, "observer's struct_size %u is below %zu",
                        class->struct_size, sizeof *class);
    if (!class->name || !is_plain_name(class->name))
        return hpi_fail(err, HPT_EINVAL,
                        "an observer's name is 1 to 63 lower-case letters, digits, '_' and '-'");
    if (!class->absent && !class->events)
        return hpi_fail(err, HPT_EINVAL, "observer \"%s\" has no function for events", class->name);
    return HPT_OK;
}

/* Two threads may register at once: each takes the first free place, and looks at what is before.
 */
hpt_status hpt_observer_register(const hpt_observer_class *observer, hpt_err *err) {
    hpt_status status = check(observer, err);
    if (status != HPT_OK) return status;
    for (size_t i = 0; i < HPI_OBSERVERS_REGISTERED_MAX; i++) {
        if (find(observer->name))
            return hpi_fail(err, HPT_EBUSY, "there is an observer \"%s\" already", observer->name);
        const hpt_observer_class *nobody = NULL;
        /* Release: who finds the pointer sees what the author filled in. */
        if (atomic_compare_exchange_strong_explicit(&registered[i], &nobody, observer,
                                                    memory_order_acq_rel, memory_order_acquire))
            return HPT_OK;
    }
    return hpi_fail(err, HPT_ELIMIT, "more than %d registered observers",
                    HPI_OBSERVERS_REGISTERED_MAX);
}
