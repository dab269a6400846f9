/* SPDX-License-Identifier: BSD-3-Clause */
/* What a store says of itself. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "store/shared.h"

enum { SHOWN_BYTES = 64 };

uint64_t hpi_store_durable(const hpi_store *store) {
    /* Acquire: pairs with the release of a commit. The cast is for compilers that load from
     * non-const atomics only. */
    return atomic_load_explicit((atomic_uint_fast64_t *)(uintptr_t)&store->durable,
                                memory_order_acquire);
}

const char *hpi_store_failure_text(const hpi_store *store) {
    return store->failure;
}

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

static bool say_lost(const hpi_store *store, char *text_out, size_t bytes) {
    char shown[SHOWN_BYTES];
    if (store->lost_ends == 0) return false;
    snprintf(text_out, bytes,
             "study \"%s\": the result%s of %" PRIu64 " trial%s could not be kept: %s",
             hpi_quote(shown, sizeof shown, store->path), plural(store->lost_ends),
             store->lost_ends, plural(store->lost_ends), store->failure);
    return true;
}

/* With HPT_STORE_STOP the stop's own sentence says it. */
static bool say_outage(const hpi_store *store, char *text_out, size_t bytes) {
    char shown[SHOWN_BYTES];
    if (store->outage_count == 0) return false;
    snprintf(text_out, bytes,
             "study \"%s\": it could not be written %" PRIu64 " time%s, %.1f s in all%s: %s",
             hpi_quote(shown, sizeof shown, store->path), store->outage_count,
             plural(store->outage_count), (double)store->outage_ns / 1e9,
             store->lost_ends == 0 ? ", and all results were kept" : "", store->failure);
    return true;
}

static bool say_reports(const hpi_store *store, char *text_out, size_t bytes) {
    char shown[SHOWN_BYTES];
    if (store->lost_reports == 0) return false;
    snprintf(text_out, bytes, "study \"%s\": %" PRIu64 " intermediate value%s could not be kept",
             hpi_quote(shown, sizeof shown, store->path), store->lost_reports,
             plural(store->lost_reports));
    return true;
}

static bool say_late(const hpi_store *store, char *text_out, size_t bytes) {
    char     shown[SHOWN_BYTES];
    uint64_t count = store->shared ? store->shared->late_count : 0;
    if (count == 0) return false;
    snprintf(text_out, bytes,
             "study \"%s\": %" PRIu64 " result%s came too late: others had taken this process for "
             "dead, and its trials",
             hpi_quote(shown, sizeof shown, store->path), count, plural(count));
    return true;
}

bool hpi_store_warning(const hpi_store *store, size_t index, char *text_out, size_t bytes) {
    static bool (*const sentences[])(const hpi_store *, char *, size_t) = { say_lost, say_outage,
                                                                            say_reports, say_late };
    char ignored[8];
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        if (!sentences[i](store, ignored, sizeof ignored)) continue;
        if (index-- == 0) return sentences[i](store, text_out, bytes);
    }
    return false;
}
