/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool/pool.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

#define POOL(x) extern const hpi_pool_class hpi_pool_##x;
#include "pool/rows.h"
#undef POOL

static const hpi_pool_class *const rows[] = {
#define POOL(x) &hpi_pool_##x,
#include "pool/rows.h"
#undef POOL
};

const hpi_pool_class *hpi_pool_at(size_t index) {
    return index < sizeof rows / sizeof *rows ? rows[index] : NULL;
}

const hpt_pool_info *hpt_pool_at(size_t index) {
    const hpi_pool_class *class = hpi_pool_at(index);
    return class ? &class->info : NULL;
}

static const char *name_at(const void *context, size_t index) {
    (void)context;
    const hpi_pool_class *class = hpi_pool_at(index);
    return class ? class->info.name : NULL;
}

hpt_status hpi_pool_find(const char *name, const hpi_pool_class **class_out, hpt_err *err) {
    const hpi_pool_class *class;
    for (size_t i = 0; (class = hpi_pool_at(i)); i++) {
        if (strcmp(class->info.name, name) != 0) continue;
        if (class->info.absent)
            return hpi_fail(err, HPT_EBUILD, "pool \"%s\": %s", name, class->info.absent);
        *class_out = class;
        return HPT_OK;
    }
    char shown[64];
    hpi_fail(err, HPT_EABSENT, "there is no pool \"%s\"", hpi_quote(shown, sizeof shown, name));
    hpi_suggest(err, name, name_at, NULL);
    return HPT_EABSENT;
}

static hpt_status open_class(hpi_pool *pool, hpt_err *err) {
    const hpi_pool_class *class = pool->class;
    if (class->state_size > 0 && !(pool->state = hpi_alloc(1, class->state_size)))
        return hpi_fail(err, HPT_ENOMEM, "out of memory for the pool \"%s\"", class->info.name);
    hpt_status status = hpi_spec_apply(&pool->spec, "pool", class->info.options, pool->state, err);
    if (status == HPT_OK && class->open) status = class->open(pool, err);
    return status;
}

hpt_status hpi_pool_open(hpi_pool *pool, const char *text, hpt_err *err) {
    hpt_status status = hpi_spec_of(&pool->spec, "pool", text, err);
    if (status != HPT_OK) return status;
    const hpi_pool_class *class = NULL;
    status = hpi_pool_find(pool->spec.name, &class, err);
    pool->class = class;
    if (status == HPT_OK) status = open_class(pool, err);
    if (status == HPT_OK) return status;
    if (class && class->state_size > 0) hpi_free(pool->state);
    hpi_spec_fini(&pool->spec);
    pool->class = NULL;
    pool->state = NULL;
    return status;
}

void hpi_pool_close(hpi_pool *pool) {
    if (!pool->class) return;
    if (pool->class->close) pool->class->close(pool);
    if (pool->class->state_size > 0) hpi_free(pool->state);
    hpi_spec_fini(&pool->spec);
    pool->class = NULL;
    pool->state = NULL;
}

enum { WHOLE, BREAKING, BROKEN };

void hpi_pool_break(hpi_pool *pool, const char *format, ...) {
    unsigned expected = WHOLE;
    if (!atomic_compare_exchange_strong(&pool->is_broken, &expected, BREAKING)) return;
    va_list arguments;
    va_start(arguments, format);
    hpi_format(pool->broken, sizeof pool->broken, format, arguments);
    va_end(arguments);
    /* release: pairs with the acquire below */
    atomic_store_explicit(&pool->is_broken, BROKEN, memory_order_release);
    hpi_cancels_raise(pool->cancels, HPT_CANCEL_NOW, hpi_now_ns());
}

const char *hpi_pool_broken(const hpi_pool *pool) {
    bool is_broken = atomic_load_explicit(&pool->is_broken, memory_order_acquire) == BROKEN;
    return is_broken ? pool->broken : NULL;
}

static const uint64_t carried_seal = UINT64_C(0x9e3779b97f4a7c15);

void hpi_carry(hpi_carried *carried, const hpi_cancels *cancels, hpt_cancel_level level) {
    int64_t  from_ns = atomic_load_explicit(&cancels->now_from_ns, memory_order_relaxed);
    uint64_t sealed = carried_seal + (uint64_t)(level < HPT_CANCEL_NOW ? level : HPT_CANCEL_NOW);
    uint64_t before = atomic_load_explicit(&carried->sealed, memory_order_relaxed);
    if (level == HPT_CANCEL_NONE) return;
    /* Relaxed: the level goes behind it. A date that comes forward later is seen the next time. */
    atomic_store_explicit(&carried->now_from_ns, from_ns, memory_order_relaxed);
    while (before < sealed && !atomic_compare_exchange_weak(&carried->sealed, &before, sealed))
        continue;
}

bool hpi_carried_level(const hpi_carried *carried, hpt_cancel_level *level_out,
                       int64_t *from_ns_out) {
    /* acquire: pairs with the exchange of hpi_carry(), behind the date */
    uint64_t sealed = atomic_load_explicit(&carried->sealed, memory_order_acquire);
    uint64_t level = sealed == 0 ? HPT_CANCEL_NONE : sealed - carried_seal;
    *level_out = (hpt_cancel_level)level;
    *from_ns_out = atomic_load_explicit(&carried->now_from_ns, memory_order_relaxed);
    return sealed == 0 || level == HPT_CANCEL_FINISH || level == HPT_CANCEL_NOW;
}
