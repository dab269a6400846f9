/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/plugin.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

enum { QUOTE_BYTES = 64 };

const void *hpi_kind_at(const hpi_kind *kind, size_t index) {
    if (index < kind->row_count) return kind->rows[index];
    index -= kind->row_count;
    if (index >= HPI_REGISTERED_MAX) return NULL;
    /* acquire: pairs with the exchange in take_slot(), so that the class is seen as its author's
     * thread had filled it in. */
    return atomic_load_explicit(&((hpi_kind *)(uintptr_t)kind)->registered[index],
                                memory_order_acquire);
}

const void *hpi_kind_find(const hpi_kind *kind, const char *name) {
    const void *class;
    for (size_t i = 0; (class = hpi_kind_at(kind, i)); i++)
        if (strcmp(kind->read(class).name, name) == 0) break;
    return class;
}

static hpt_status check(const hpi_kind *kind, const void *class, hpt_err *err) {
    char quoted[QUOTE_BYTES];
    if (!class) return hpi_fail(err, HPT_EINVAL, "%s is NULL", kind->what);
    hpi_plugin it = kind->read(class);
    if (it.struct_size != kind->class_size)
        return hpi_fail(err, HPT_EINVAL,
                        "%s: struct_size is %u, but sizeof(hpt_%s_class) is %zu here", kind->what,
                        (unsigned)it.struct_size, kind->what, kind->class_size);
    if (!it.name) return hpi_fail(err, HPT_EINVAL, "%s: name is NULL", kind->what);
    hpi_quote(quoted, sizeof quoted, it.name);
    if (!hpi_is_plugin_name(it.name))
        return hpi_fail(err, HPT_EINVAL,
                        "%s \"%s\": a name has 1 to %d of the characters a-z 0-9 _ -", kind->what,
                        quoted, HPI_PLUGIN_NAME_BYTES);
    if (!hpi_options_fit(it.options, it.state_size))
        return hpi_fail(err, HPT_EINVAL,
                        "%s \"%s\": an option has an odd name, no choices, or lies outside "
                        "its state of %zu bytes",
                        kind->what, quoted, it.state_size);
    return it.absent ? HPT_OK : kind->check(class, err);
}

/* Whether the slot is now ours. If not, *taken_out is who has it. */
static bool take_slot(hpi_kind *kind, size_t slot, const void *class, const void **taken_out) {
    *taken_out = NULL;
    /* release: the class's members before its pointer; acquire: to read the name of a loser's
     * rival. Both pair with themselves and with the load in hpi_kind_at(). */
    return atomic_compare_exchange_strong_explicit(&kind->registered[slot], taken_out, class,
                                                   memory_order_acq_rel, memory_order_acquire);
}

hpt_status hpi_kind_register(hpi_kind *kind, const void *class, hpt_err *err) {
    hpt_status status = check(kind, class, err);
    if (status != HPT_OK) return status;
    const char *name = kind->read(class).name;
    for (size_t i = 0; i < kind->row_count; i++)
        if (strcmp(kind->read(kind->rows[i]).name, name) == 0)
            return hpi_fail(err, HPT_EBUSY, "the %s \"%s\" comes with hpt", kind->what, name);
    /* Every slot before ours was looked at when it was full already: so two threads that bring the
     * same name at once cannot both succeed. */
    for (size_t slot = 0; slot < HPI_REGISTERED_MAX; slot++) {
        const void *taken = NULL;
        if (take_slot(kind, slot, class, &taken)) return HPT_OK;
        if (strcmp(kind->read(taken).name, name) == 0)
            return hpi_fail(err, HPT_EBUSY, "the %s \"%s\" is registered already", kind->what,
                            name);
    }
    return hpi_fail(err, HPT_ELIMIT, "the %s \"%s\" is one more than the %d that can be registered",
                    kind->what, name, HPI_REGISTERED_MAX);
}

static const char *name_at(const void *context, size_t index) {
    const hpi_kind *kind = context;
    const void *class = hpi_kind_at(kind, index);
    return class ? kind->read(class).name : NULL;
}

void hpi_kind_suggest(const hpi_kind *kind, const char *name, hpt_err *err) {
    hpi_suggest(err, name, name_at, kind);
}

static hpt_status fail_unknown(const hpi_kind *kind, const char *name, hpt_err *err) {
    char quoted[QUOTE_BYTES];
    hpi_fail(err, HPT_EABSENT, "there is no %s \"%s\"", kind->what,
             hpi_quote(quoted, sizeof quoted, name));
    hpi_kind_suggest(kind, name, err);
    return HPT_EABSENT;
}

static hpt_status choose_class(const hpi_kind *kind, const char *name, const void *own,
                               const void **class_out, hpt_err *err) {
    char quoted[QUOTE_BYTES];
    const void *class = own ? own : hpi_kind_find(kind, name);
    if (!class) return fail_unknown(kind, name, err);
    hpi_plugin it = kind->read(class);
    if (own && strcmp(name, it.name) != 0)
        return hpi_fail(err, HPT_EINVAL, "%s is \"%s\", but %s_class is \"%s\"", kind->what,
                        hpi_quote(quoted, sizeof quoted, name), kind->what, it.name);
    if (it.absent)
        return hpi_fail(err, HPT_EBUILD, "the %s \"%s\" is not in this build: %s", kind->what,
                        it.name, it.absent);
    *class_out = class;
    return HPT_OK;
}

static bool is_blank(const char *text) {
    return !text || text[strspn(text, " \t\r\n")] == '\0';
}

static hpt_status choose(const hpi_kind *kind, const char *text, const void *own,
                         hpi_plugged *plugged_out, hpt_err *err) {
    hpi_plugged it = { 0 };
    hpt_status  status = own ? check(kind, own, err) : HPT_OK;
    if (status != HPT_OK) return status;
    if (own && is_blank(text)) text = kind->read(own).name;
    if (!text) return hpi_fail(err, HPT_EINVAL, "%s is NULL", kind->what);
    if ((status = hpi_spec_of(&it.spec, kind->what, text, err)) != HPT_OK) return status;
    status = choose_class(kind, it.spec.name, own, &it.class, err);
    if (status == HPT_OK)
        *plugged_out = it;
    else
        hpi_spec_fini(&it.spec);
    return status;
}

static hpt_status start(const hpi_kind *kind, hpi_plugged *it, const void *setup, hpt_err *err) {
    hpi_plugin plugin = kind->read(it->class);
    it->state = hpi_alloc(1, plugin.state_size);
    if (!it->state)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for the %s \"%s\"", kind->what,
                        plugin.name);
    hpt_status status = hpi_spec_apply(&it->spec, kind->what, plugin.options, it->state, err);
    return status == HPT_OK ? kind->init(it->class, it->state, setup, err) : status;
}

hpt_status hpi_kind_open(const hpi_kind *kind, const char *text, const void *own, const void *setup,
                         hpi_plugged *plugged_out, hpt_err *err) {
    hpi_plugged it;
    hpt_status  status = choose(kind, text, own, &it, err);
    if (status != HPT_OK) return status;
    status = start(kind, &it, setup, err);
    if (status == HPT_OK) {
        *plugged_out = it;
        return HPT_OK;
    }
    hpi_free(it.state);
    hpi_spec_fini(&it.spec);
    return status;
}
