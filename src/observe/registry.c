/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/registry.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/plugin.h"
#include "base/text.h"

#define OBSERVER(x) extern const hpt_observer_class hpi_observer_##x;
#include "observe/rows.h"
#undef OBSERVER

static const void *const rows[] = {
#define OBSERVER(x) &hpi_observer_##x,
#include "observe/rows.h"
#undef OBSERVER
};

static hpi_plugin read_class(const void *class) {
    const hpt_observer_class *it = class;
    return (hpi_plugin){ it->struct_size, it->name, it->absent, it->options, it->state_size };
}

static hpt_status check(const void *any, hpt_err *err) {
    const hpt_observer_class *class = any;
    if (class->events) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL, "observer \"%s\" has no function for events", class->name);
}

static hpi_kind kind = { .what = "observer",
                         .class_size = sizeof(hpt_observer_class),
                         .rows = rows,
                         .row_count = sizeof rows / sizeof rows[0],
                         .read = read_class,
                         .check = check };

const hpt_observer_class *hpt_observer_at(size_t index) {
    return hpi_kind_at(&kind, index);
}

/* The closest match, else all there are; with a comma it was to be a list. */
static hpt_status refuse(const char *name, hpt_err *err) {
    char quoted[64];
    bool is_list = strchr(name, ',') != NULL;
    hpi_fail(err, HPT_EABSENT, "there is no observer \"%s\"%s",
             hpi_quote(quoted, sizeof quoted, name),
             is_list ? "; observers are separated by semicolons" : "");
    if (!is_list) hpi_kind_suggest(&kind, name, err);
    return HPT_EABSENT;
}

hpt_status hpi_observer_find(const char *name, const hpt_observer_class **class_out, hpt_err *err) {
    const hpt_observer_class *class = hpi_kind_find(&kind, name);
    if (!class) return refuse(name, err);
    if (class->absent)
        return hpi_fail(err, HPT_EBUILD, "observer \"%s\": %s", class->name, class->absent);
    *class_out = class;
    return HPT_OK;
}

hpt_status hpt_observer_register(const hpt_observer_class *observer, hpt_err *err) {
    return hpi_kind_register(&kind, observer, err);
}
