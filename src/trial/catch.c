/* SPDX-License-Identifier: BSD-3-Clause */
#include "trial/catch.h"

#include <stdatomic.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/pin.h"
#include "base/text.h"
#include "base/thread.h"

/* In the order they came: the program and what it is linked with are there before what it loads,
 * and stay longer. A lock that needs no start, as files register before main(). Nobody who holds it
 * calls the loader, which holds its own lock when it lets files register. */
static atomic_flag  is_taken = ATOMIC_FLAG_INIT;
static hpt_catcher *first;

static void take_list(void) {
    while (atomic_flag_test_and_set_explicit(&is_taken, memory_order_acquire))
        hpi_thread_yield();
}

static void give_list(void) {
    atomic_flag_clear_explicit(&is_taken, memory_order_release);
}

/* Where the list has it, or its end. Holding the list. */
static hpt_catcher **place_of(const hpt_catcher *catcher) {
    hpt_catcher **place = &first;
    while (*place && *place != catcher)
        place = &(*place)->next;
    return place;
}

void hpt_catcher_register(hpt_catcher *catcher) {
    if (!catcher || catcher->struct_size < sizeof *catcher) return;
    const char *file = hpi_pin_file(catcher);
    take_list();
    hpt_catcher **place = place_of(catcher);
    if (!*place) {
        catcher->file = file;
        catcher->next = NULL;
        *place = catcher;
    }
    give_list();
}

void hpt_catcher_unregister(hpt_catcher *catcher) {
    if (!catcher) return;
    take_list();
    hpt_catcher **place = place_of(catcher);
    if (*place) *place = catcher->next;
    give_list();
}

/* The first, and a copy of the name of its file: it may go away as soon as the list is given.
 * False: the name could not be copied. */
static bool look(const hpt_catcher **catcher_out, char **file_out) {
    take_list();
    *catcher_out = first;
    *file_out = first && first->file ? hpi_copy_text(first->file) : NULL;
    bool is_copied = !first || !first->file || *file_out;
    give_list();
    return is_copied;
}

static bool is_there(const hpt_catcher *catcher) {
    take_list();
    bool is = *place_of(catcher) != NULL;
    give_list();
    return is;
}

/* What is still registered when its file is kept will not go any more. */
hpi_catch hpi_catch_take(void) {
    for (;;) {
        hpi_catch it = { 0 };
        char     *file;
        if (!look(&it.catcher, &file) || !it.catcher) return (hpi_catch){ 0 };
        if (!file) return it;
        it.pin = hpi_pin(file);
        hpi_free(file);
        if (is_there(it.catcher)) return it;
        hpi_catch_give(&it);
    }
}

void hpi_catch_give(hpi_catch *it) {
    hpi_unpin(it->pin);
    *it = (hpi_catch){ 0 };
}

static const char nobody_knows[] = "something that is no std::exception";

hpt_status hpi_catch_threw(hpt_trial *trial, const char *what) {
    if (!what) return hpt_trial_fail(trial, "the objective threw %s", nobody_knows);
    return hpt_trial_fail(trial, "the objective threw: %s", what);
}

typedef struct attempt {
    void (*body)(void *context);
    void       *context;
    const char *whose;
    hpt_err    *err;
    bool        has_thrown;
} attempt;

static void begin(void *context) {
    attempt *it = context;
    it->body(it->context);
}

static void threw(void *context, const char *what) {
    attempt *it = context;
    it->has_thrown = true;
    if (what)
        hpi_fail(it->err, HPT_EFAILED, "%s threw: %s", it->whose, what);
    else
        hpi_fail(it->err, HPT_EFAILED, "%s threw %s", it->whose, nobody_knows);
}

bool hpi_catch_attempt(const hpi_catch *it, const char *whose, void (*body)(void *context),
                       void *context, hpt_err *err) {
    attempt mine = { .body = body, .context = context, .whose = whose, .err = err };
    if (!it->catcher)
        body(context);
    else
        it->catcher->attempt(begin, threw, &mine);
    return !mine.has_thrown;
}
