/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/strategy.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/plugin.h"

#define STRATEGY(x) extern const hpt_strategy_class hpi_strategy_##x;
#include "strategy/rows.h"
#undef STRATEGY

static const void *const rows[] = {
#define STRATEGY(x) &hpi_strategy_##x,
#include "strategy/rows.h"
#undef STRATEGY
};

static hpi_plugin read_class(const void *class) {
    const hpt_strategy_class *it = class;
    return (hpi_plugin){ it->struct_size, it->name, it->absent, it->options, it->state_size };
}

static hpt_status check(const void *any, hpt_err *err) {
    const hpt_strategy_class *class = any;
    if (!class->ask && !class->point)
        return hpi_fail(err, HPT_EINVAL, "strategy \"%s\" has neither ask nor point", class->name);
    if (class->is_asked && !class->ask)
        return hpi_fail(err, HPT_EINVAL, "strategy \"%s\" has is_asked, but no ask", class->name);
    return HPT_OK;
}

/* Without tell it learns of none. */
static bool has_goals(const hpt_strategy_class *class, uint32_t goal_count) {
    return !class->tell || goal_count <= 1 || goal_count <= class->goals_max;
}

static hpt_status check_goals(const hpt_strategy_class *class, uint32_t goal_count, hpt_err *err) {
    const hpt_strategy_class *other;
    char                      names[128] = "";
    if (has_goals(class, goal_count)) return HPT_OK;
    for (int learns = 1; learns >= 0; learns--) /* those that search first */
        for (size_t i = 0; (other = hpt_strategy_at(i)); i++) {
            size_t used = strlen(names);
            bool   is_due = !other->absent && (other->tell != NULL) == learns;
            if (is_due && has_goals(other, goal_count))
                snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", other->name);
        }
    return hpi_fail(err, HPT_EINVAL,
                    "strategy \"%.63s\" searches for %u goal%s at most, and there are %u; these do "
                    "for so many: %s",
                    class->name, class->goals_max ? (unsigned)class->goals_max : 1,
                    class->goals_max > 1 ? "s" : "", (unsigned)goal_count, names);
}

static hpt_status init(const void *any, void *state, const void *given, hpt_err *err) {
    const hpt_strategy_class *class = any;
    const hpt_strategy_setup *setup = given;
    hpt_status                status = check_goals(class, setup->goal_count, err);
    return status == HPT_OK && class->init ? class->init(state, setup, err) : status;
}

static hpi_kind kind = { .what = "strategy",
                         .class_size = sizeof(hpt_strategy_class),
                         .rows = rows,
                         .row_count = sizeof rows / sizeof rows[0],
                         .read = read_class,
                         .check = check,
                         .init = init };

const hpt_strategy_class *hpt_strategy_at(size_t index) {
    return hpi_kind_at(&kind, index);
}

hpt_status hpt_strategy_register(const hpt_strategy_class *strategy, hpt_err *err) {
    return hpi_kind_register(&kind, strategy, err);
}

hpt_status hpi_strategy_open(hpi_strategy *strategy, const char *text,
                             const hpt_strategy_class *own, const hpt_strategy_setup *setup,
                             hpt_err *err) {
    HPI_ASSERT(strategy);
    HPI_ASSERT(setup);
    HPI_ASSERT(setup->space);
    hpi_plugged it;
    hpt_status  status = hpi_kind_open(&kind, text, own, setup, &it, err);
    if (status != HPT_OK) return status;
    *strategy = (hpi_strategy){ .class = it.class, .state = it.state, .spec = it.spec };
    return HPT_OK;
}

void hpi_strategy_close(hpi_strategy *strategy) {
    if (!strategy->class) return;
    if (strategy->class->fini) strategy->class->fini(strategy->state);
    hpi_free(strategy->state);
    hpi_spec_fini(&strategy->spec);
    *strategy = (hpi_strategy){ 0 };
}

uint64_t hpi_strategy_size(const hpi_strategy *strategy) {
    return strategy->class->size ? strategy->class->size(strategy->state) : UINT64_MAX;
}

bool hpi_strategy_is_list(const hpi_strategy *strategy) {
    return strategy->class == &hpi_strategy_list;
}

bool hpi_strategy_is_pure(const hpi_strategy *strategy) {
    const hpt_strategy_class *class = strategy->class;
    return class->point && !(class->is_asked && class->is_asked(strategy->state));
}
