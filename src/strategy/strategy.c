/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/strategy.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

#define STRATEGY(x) extern const hpt_strategy_class hpi_strategy_##x;
#include "strategy/rows.h"
#undef STRATEGY

static const hpt_strategy_class *const rows[] = {
#define STRATEGY(x) &hpi_strategy_##x,
#include "strategy/rows.h"
#undef STRATEGY
};

enum {
    ROW_COUNT = sizeof rows / sizeof rows[0],
    REGISTERED_MAX = 64, /* promised by hpt_strategy_register(); far above what a program links */
    NAME_BYTES_MAX = 63,
    QUOTE_BYTES = 64,
};

/* Filled from the front, never emptied, so a reader may stop at the first NULL. A compare-exchange
 * per slot instead of a lock: there is nothing to initialise and nothing to free. */
static _Atomic(const hpt_strategy_class *) registered[REGISTERED_MAX];

const hpt_strategy_class *hpt_strategy_at(size_t index) {
    if (index < ROW_COUNT) return rows[index];
    if (index - ROW_COUNT >= REGISTERED_MAX) return NULL;
    /* acquire: pairs with the exchange in take_slot(), so that the class is seen as its author's
     * thread had filled it in. */
    return atomic_load_explicit(&registered[index - ROW_COUNT], memory_order_acquire);
}

static const hpt_strategy_class *find(const char *name) {
    const hpt_strategy_class *class = NULL;
    for (size_t i = 0; (class = hpt_strategy_at(i)); i++)
        if (strcmp(class->name, name) == 0) break;
    return class;
}

static bool is_name(const char *name) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t            bytes = name ? strlen(name) : 0;
    return bytes >= 1 && bytes <= NAME_BYTES_MAX && strspn(name, allowed) == bytes;
}

static size_t option_bytes(hpt_option_type type) {
    switch (type) {
    case HPT_OPTION_BOOL:
        return sizeof(bool);
    case HPT_OPTION_INT:
        return sizeof(int64_t);
    case HPT_OPTION_REAL:
        return sizeof(double);
    case HPT_OPTION_TEXT:
        return sizeof(const char *);
    case HPT_OPTION_CHOICE:
        return sizeof(int32_t);
    }
    return SIZE_MAX;
}

/* A row that would be filled in outside the state is the one mistake nobody would find again. */
static bool are_options(const hpt_option *options, size_t state_size) {
    for (const hpt_option *row = options; row && row->name; row++) {
        size_t bytes = option_bytes(row->type);
        if (!is_name(row->name)) return false;
        if (bytes > state_size || row->offset > state_size - bytes) return false;
        if (row->type == HPT_OPTION_CHOICE && !row->text) return false;
    }
    return true;
}

static hpt_status check_class(const hpt_strategy_class *class, hpt_err *err) {
    char quoted[QUOTE_BYTES];
    if (!class) return hpi_fail(err, HPT_EINVAL, "strategy is NULL");
    if (class->struct_size != sizeof *class)
        return hpi_fail(err, HPT_EINVAL,
                        "strategy: struct_size is %u, but sizeof(hpt_strategy_class) is %zu here",
                        class->struct_size, sizeof *class);
    if (!class->name) return hpi_fail(err, HPT_EINVAL, "strategy: name is NULL");
    hpi_quote(quoted, sizeof quoted, class->name);
    if (!is_name(class->name))
        return hpi_fail(err, HPT_EINVAL,
                        "strategy \"%s\": a name has 1 to %d of the characters a-z 0-9 _ -", quoted,
                        NAME_BYTES_MAX);
    if (!class->absent && !class->ask && !class->point)
        return hpi_fail(err, HPT_EINVAL, "strategy \"%s\" has neither ask nor point", quoted);
    if (class->is_asked && !class->ask)
        return hpi_fail(err, HPT_EINVAL, "strategy \"%s\" has is_asked, but no ask", quoted);
    if (!are_options(class->options, class->state_size))
        return hpi_fail(err, HPT_EINVAL,
                        "strategy \"%s\": an option has an odd name, no choices, or lies outside "
                        "its state of %zu bytes",
                        quoted, class->state_size);
    return HPT_OK;
}

/* Whether the slot is now ours. If not, *taken_out is who has it. */
static bool take_slot(size_t                     slot, const hpt_strategy_class *class,
                      const hpt_strategy_class **taken_out) {
    *taken_out = NULL;
    /* release: the class's members before its pointer; acquire: to read the name of a loser's
     * rival. Both pair with themselves and with the load in hpt_strategy_at(). */
    return atomic_compare_exchange_strong_explicit(&registered[slot], taken_out, class,
                                                   memory_order_acq_rel, memory_order_acquire);
}

hpt_status hpt_strategy_register(const hpt_strategy_class *strategy, hpt_err *err) {
    hpt_status status = check_class(strategy, err);
    if (status != HPT_OK) return status;
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i]->name, strategy->name) == 0)
            return hpi_fail(err, HPT_EBUSY, "the strategy \"%s\" comes with hpt", strategy->name);
    /* Every slot before ours was looked at when it was full already: so two threads that bring the
     * same name at once cannot both succeed. */
    for (size_t slot = 0; slot < REGISTERED_MAX; slot++) {
        const hpt_strategy_class *taken = NULL;
        if (take_slot(slot, strategy, &taken)) return HPT_OK;
        if (strcmp(taken->name, strategy->name) == 0)
            return hpi_fail(err, HPT_EBUSY, "the strategy \"%s\" is registered already",
                            strategy->name);
    }
    return hpi_fail(err, HPT_ELIMIT,
                    "the strategy \"%s\" is one more than the %d that can be "
                    "registered",
                    strategy->name, REGISTERED_MAX);
}

static const char *name_at(const void *context, size_t index) {
    (void)context;
    const hpt_strategy_class *class = hpt_strategy_at(index);
    return class ? class->name : NULL;
}

static hpt_status fail_unknown(const char *name, hpt_err *err) {
    char quoted[QUOTE_BYTES];
    hpi_fail(err, HPT_EABSENT, "there is no strategy \"%s\"",
             hpi_quote(quoted, sizeof quoted, name));
    hpi_suggest(err, name, name_at, NULL);
    return HPT_EABSENT;
}

static bool is_blank(const char *text) {
    return !text || text[strspn(text, " \t\r\n")] == '\0';
}

/* Beside a class of the caller's own the text may only give its options. */
static hpt_status check_own(const hpt_strategy_class *own, const hpi_spec *spec, hpt_err *err) {
    char quoted[QUOTE_BYTES];
    if (strcmp(spec->name, own->name) == 0) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL, "strategy is \"%s\", but strategy_class is \"%s\"",
                    hpi_quote(quoted, sizeof quoted, spec->name), own->name);
}

static hpt_status choose_class(hpi_strategy *strategy, const hpt_strategy_class *own,
                               hpt_err *err) {
    hpt_status status = own ? check_own(own, &strategy->spec, err) : HPT_OK;
    if (status != HPT_OK) return status;
    strategy->class = own ? own : find(strategy->spec.name);
    if (!strategy->class) return fail_unknown(strategy->spec.name, err);
    if (strategy->class->absent)
        return hpi_fail(err, HPT_EBUILD, "the strategy \"%s\" is not in this build: %s",
                        strategy->class->name, strategy->class->absent);
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

static hpt_status start(hpi_strategy *strategy, const hpt_strategy_setup *setup, hpt_err *err) {
    const hpt_strategy_class *class = strategy->class;
    strategy->state = hpi_alloc(1, class->state_size ? class->state_size : 1);
    if (!strategy->state)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for the strategy \"%s\"", class->name);
    hpt_status status =
        hpi_spec_apply(&strategy->spec, "strategy", class->options, strategy->state, err);
    if (status == HPT_OK && class->init) status = class->init(strategy->state, setup, err);
    if (status != HPT_OK) hpi_free(strategy->state);
    return status;
}

hpt_status hpi_strategy_open(hpi_strategy *strategy, const char *text,
                             const hpt_strategy_class *own, const hpt_strategy_setup *setup,
                             hpt_err *err) {
    HPI_ASSERT(strategy);
    HPI_ASSERT(setup);
    HPI_ASSERT(setup->space);
    hpi_strategy opened = { 0 };
    hpt_status   status = own ? check_class(own, err) : HPT_OK;
    if (status != HPT_OK) return status;
    if (own && is_blank(text)) text = own->name;
    if (!text) return hpi_fail(err, HPT_EINVAL, "strategy is NULL");
    status = hpi_spec_init(&opened.spec, text, err);
    if (status != HPT_OK) return status;
    status = choose_class(&opened, own, err);
    if (status == HPT_OK) status = check_goals(opened.class, setup->goal_count, err);
    if (status == HPT_OK) status = start(&opened, setup, err);
    if (status != HPT_OK) {
        hpi_spec_fini(&opened.spec);
        return status;
    }
    *strategy = opened;
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
