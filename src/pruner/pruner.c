/* SPDX-License-Identifier: BSD-3-Clause */
#include "pruner/pruner.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/plugin.h"

#define PRUNER(x) extern const hpt_pruner_class hpi_pruner_##x;
#include "pruner/rows.h"
#undef PRUNER

static const void *const rows[] = {
#define PRUNER(x) &hpi_pruner_##x,
#include "pruner/rows.h"
#undef PRUNER
};

static hpi_plugin read_class(const void *class) {
    const hpt_pruner_class *it = class;
    return (hpi_plugin){ it->struct_size, it->name, it->absent, it->options, it->state_size };
}

static hpt_status check(const void *any, hpt_err *err) {
    const hpt_pruner_class *class = any;
    if (!class->report)
        return hpi_fail(err, HPT_EINVAL, "pruner \"%s\" has no function for reports", class->name);
    if (!class->bracket != !class->bracket_count)
        return hpi_fail(err, HPT_EINVAL, "pruner \"%s\" has one of bracket and bracket_count only",
                        class->name);
    return HPT_OK;
}

static uint32_t goals_of(const hpt_pruner_class *class) {
    return class->goals_max > 0 ? class->goals_max : 1;
}

static hpt_status check_goals(const hpt_pruner_class *class, uint32_t goal_count, hpt_err *err) {
    const hpt_pruner_class *other;
    char                    names[128] = "";
    if (goal_count <= goals_of(class)) return HPT_OK;
    for (size_t i = 0; (other = hpt_pruner_at(i)); i++) {
        size_t used = strlen(names);
        if (!other->absent && goal_count <= goals_of(other))
            snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", other->name);
    }
    return hpi_fail(
        err, HPT_EINVAL,
        "pruner \"%.63s\" compares trials by %u goal%s at most, and there are %u; these "
        "do by so many: %s",
        class->name, (unsigned)goals_of(class), goals_of(class) > 1 ? "s" : "",
        (unsigned)goal_count, names);
}

static hpt_status init(const void *any, void *state, const void *given, hpt_err *err) {
    const hpt_pruner_class *class = any;
    const hpt_pruner_setup *setup = given;
    hpt_status              status = check_goals(class, setup->goal_count, err);
    return status == HPT_OK && class->init ? class->init(state, setup, err) : status;
}

static hpi_kind kind = { .what = "pruner",
                         .class_size = sizeof(hpt_pruner_class),
                         .rows = rows,
                         .row_count = sizeof rows / sizeof rows[0],
                         .read = read_class,
                         .check = check,
                         .init = init };

const hpt_pruner_class *hpt_pruner_at(size_t index) {
    return hpi_kind_at(&kind, index);
}

hpt_status hpt_pruner_register(const hpt_pruner_class *pruner, hpt_err *err) {
    return hpi_kind_register(&kind, pruner, err);
}

hpt_status hpi_pruner_open(hpi_pruner *pruner, const char *text, const hpt_pruner_class *own,
                           const hpt_pruner_setup *setup, hpt_err *err) {
    HPI_ASSERT(pruner);
    HPI_ASSERT(setup);
    HPI_ASSERT(setup->space);
    hpi_plugged it;
    hpt_status  status = hpi_kind_open(&kind, text, own, setup, &it, err);
    if (status != HPT_OK) return status;
    *pruner = (hpi_pruner){ .class = it.class, .state = it.state, .spec = it.spec };
    if (pruner->class == &hpi_pruner_none) hpi_pruner_close(pruner); /* nobody asks it */
    return HPT_OK;
}

void hpi_pruner_close(hpi_pruner *pruner) {
    if (!pruner->class) return;
    if (pruner->class->fini) pruner->class->fini(pruner->state);
    hpi_free(pruner->state);
    hpi_spec_fini(&pruner->spec);
    *pruner = (hpi_pruner){ 0 };
}
