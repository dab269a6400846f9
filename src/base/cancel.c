/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/cancel.h"

#include <ck_pr.h>
#include <stdint.h>

#include "base/clock.h"

void hpt_cancel_raise(hpt_cancel *cancel, hpt_cancel_level level) {
    if (!cancel) return;
    uint32_t now = ck_pr_load_32(&cancel->level);
    while (now < (uint32_t)level) /* the failed exchange gives the new `now` */
        if (ck_pr_cas_32_value(&cancel->level, now, (uint32_t)level, &now)) break;
}

void hpi_cancels_init(hpi_cancels *cancels, const hpt_cancel *users, int64_t drain_ns) {
    cancels->own = (hpt_cancel){ 0 };
    cancels->users = users;
    cancels->drain_ns = drain_ns;
    atomic_init(&cancels->now_from_ns, INT64_MAX);
}

/* The earliest of all times counts. Relaxed: the word stands for itself. */
static void bring_forward(hpi_cancels *cancels, int64_t now_ns, int64_t span_ns) {
    int64_t from_ns = hpi_later_ns(now_ns, span_ns);
    int64_t known_ns = atomic_load_explicit(&cancels->now_from_ns, memory_order_relaxed);
    while (from_ns < known_ns)
        if (atomic_compare_exchange_weak_explicit(&cancels->now_from_ns, &known_ns, from_ns,
                                                  memory_order_relaxed, memory_order_relaxed))
            break;
}

int64_t hpi_cancels_now_from(const hpi_cancels *cancels, int64_t now_ns) {
    hpi_cancels     *dated = (hpi_cancels *)(uintptr_t)cancels;
    hpt_cancel_level level = hpi_cancels_level(cancels);
    if (level == HPT_CANCEL_NONE) return INT64_MAX;
    int64_t from_ns = atomic_load_explicit(&dated->now_from_ns, memory_order_relaxed);
    if (from_ns <= now_ns || (level < HPT_CANCEL_NOW && from_ns != INT64_MAX)) return from_ns;
    bring_forward(dated, now_ns, level < HPT_CANCEL_NOW ? cancels->drain_ns : 0);
    return atomic_load_explicit(&dated->now_from_ns, memory_order_relaxed);
}

void hpi_cancels_raise(hpi_cancels *cancels, hpt_cancel_level level, int64_t now_ns) {
    if (level >= HPT_CANCEL_NOW)
        bring_forward(cancels, now_ns, 0);
    else if (level == HPT_CANCEL_FINISH)
        bring_forward(cancels, now_ns, cancels->drain_ns);
    hpt_cancel_raise(&cancels->own, level);
}

void hpi_cancels_within(hpi_cancels *cancels, int64_t now_ns, int64_t span_ns) {
    bring_forward(cancels, now_ns, span_ns < cancels->drain_ns ? span_ns : cancels->drain_ns);
    hpt_cancel_raise(&cancels->own, HPT_CANCEL_FINISH);
}
