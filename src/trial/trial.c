/* SPDX-License-Identifier: BSD-3-Clause */
#include "trial/trial.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/rng.h"
#include "base/text.h"
#include "base/thread.h"
#include "space/space.h"

const char *hpt_trial_state_text(hpt_trial_state state) {
    switch (state) {
#define HPT_ROW(name, value, text)                                                                 \
    case name:                                                                                     \
        return text;
        HPT_TRIAL_STATE_LIST(HPT_ROW)
#undef HPT_ROW
    }
    return "UNKNOWN";
}

/* A trial that somebody else may end. */

enum { PAUSES_MAX = 64 };

/* The word is of the thread that has the trial, but for one step that others may take: from RUNNING
 * to LOST. BUSY keeps them from it, for as long as a call of ours takes. A thread of the
 * objective's own may be in such a call at the same time. */
bool hpi_phase_enter(atomic_uint_fast64_t *phase) {
    uint_fast64_t word = atomic_load_explicit(phase, memory_order_relaxed);
    for (int pauses = 0;;) {
        if ((word & HPI_PHASE_MASK) == HPI_PHASE_LOST) return false;
        if ((word & HPI_PHASE_MASK) == HPI_PHASE_OWN) return true;
        if ((word & HPI_PHASE_MASK) == HPI_PHASE_BUSY) {
            if (++pauses < PAUSES_MAX)
                hpi_pause();
            else
                hpi_thread_yield();
            word = atomic_load_explicit(phase, memory_order_relaxed);
        } else if (atomic_compare_exchange_weak_explicit(
                       phase, &word, word ^ HPI_PHASE_RUNNING ^ HPI_PHASE_BUSY,
                       memory_order_acquire, memory_order_relaxed)) {
            return true; /* acquire: what another thread of the objective's has noted */
        }
    }
}

void hpi_phase_leave(atomic_uint_fast64_t *phase) {
    uint_fast64_t word = atomic_load_explicit(phase, memory_order_relaxed);
    if ((word & HPI_PHASE_MASK) != HPI_PHASE_BUSY) return;
    /* release: who ends the trial reads what was noted */
    atomic_store_explicit(phase, word ^ HPI_PHASE_RUNNING ^ HPI_PHASE_BUSY, memory_order_release);
}

/* Caps. Relaxed: a bound stands for itself, and an older one is a larger one. */

void hpi_caps_set(hpi_caps *caps, int64_t time_ns, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    atomic_store_explicit(&caps->time_ns, time_ns, memory_order_relaxed);
    atomic_store_explicit(&caps->value_bits, bits, memory_order_relaxed);
}

void hpi_caps_init(hpi_caps *caps) {
    hpi_caps_set(caps, INT64_MAX, INFINITY);
}

static int64_t cap_ns(const hpt_trial *trial) {
    const hpi_caps *caps = trial->caps;
    return caps ? atomic_load_explicit(&caps->time_ns, memory_order_relaxed) : INT64_MAX;
}

double hpi_caps_value(const hpi_caps *caps) {
    uint64_t bits = atomic_load_explicit(&caps->value_bits, memory_order_relaxed);
    double   value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* It cannot beat the best any more, and what its value would be at least. */
static bool is_capped(hpt_trial *trial, int64_t now_ns) {
    int64_t limit_ns = cap_ns(trial);
    if (limit_ns != INT64_MAX && now_ns - trial->start_ns >= limit_ns)
        trial->bound = (double)limit_ns / 1e9;
    else if (trial->has_report && trial->last_value > hpi_caps_value(trial->caps))
        trial->bound = trial->last_value;
    else
        return false;
    return trial->was_capped = true;
}

/* Reasons. */

void hpi_trial_explain_with(hpt_trial *trial, const char *format, va_list arguments) {
    if (!format) return;
    char reason[HPI_REASON_BYTES];
    if (trial->read_wrongly) return; /* what follows from the mistake would hide it */
    hpi_format(reason, sizeof reason, format, arguments);
    hpi_make_utf8(reason); /* solvers and exceptions say anything */
    trial->is_marked = true;
    if (!hpi_trial_enter(trial)) return;
    hpi_notes_set_reason(&trial->notes, reason);
    hpi_trial_leave(trial);
}

void hpi_trial_explain(hpt_trial *trial, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    hpi_trial_explain_with(trial, format, arguments);
    va_end(arguments);
}

static hpt_status say(hpt_trial *trial, hpt_status status) {
    trial->is_marked = true;
    return trial->said = status;
}

hpt_status hpt_trial_fail(hpt_trial *trial, const char *format, ...) {
    if (!trial) return HPT_EFAILED;
    va_list arguments;
    va_start(arguments, format);
    hpi_trial_explain_with(trial, format, arguments);
    va_end(arguments);
    return say(trial, HPT_EFAILED);
}

hpt_status hpt_trial_infeasible(hpt_trial *trial, const char *format, ...) {
    if (!trial) return HPT_EINFEASIBLE;
    va_list arguments;
    va_start(arguments, format);
    hpi_trial_explain_with(trial, format, arguments);
    va_end(arguments);
    return say(trial, HPT_EINFEASIBLE);
}

hpt_status hpt_trial_prune(hpt_trial *trial) {
    return trial ? say(trial, HPT_EPRUNED) : HPT_EPRUNED;
}

/* Everything else an objective may ask. */

/* Inline for C and C++; here for who links by name. */
extern inline double           hpt_trial_real_at(hpt_trial *trial, hpt_param param);
extern inline const hpt_coord *hpt_trial_point(const hpt_trial *trial);
extern inline uint64_t         hpt_trial_number(const hpt_trial *trial);

uint32_t hpt_trial_worker(const hpt_trial *trial) {
    return trial ? trial->worker : 0;
}

uint32_t hpt_trial_repeat(const hpt_trial *trial) {
    return trial ? trial->repeat : 0;
}

uint32_t hpt_trial_attempt(const hpt_trial *trial) {
    return trial ? trial->attempt : 0;
}

const hpt_space *hpt_trial_space(const hpt_trial *trial) {
    return trial ? trial->space : NULL;
}

hpt_run *hpt_trial_run(const hpt_trial *trial) {
    return trial ? trial->run : NULL;
}

uint64_t hpt_trial_seed(const hpt_trial *trial, uint64_t stream) {
    if (!trial) return 0;
    uint64_t words[4];
    hpi_rng_block(trial->seed, trial->head.number, HPI_STREAM_TRIAL + trial->repeat, stream, words);
    return words[0];
}

static bool tell_to_stop(hpt_trial *trial) {
    trial->is_marked = true;
    return trial->was_stopped = true;
}

static bool tell_pruned(hpt_trial *trial) {
    if (trial->was_pruned) return true;
    trial->is_marked = trial->was_pruned = true;
    hpi_trial_explain(trial, "pruned at step %" PRId64 " by %s", trial->last_step,
                      trial->pruner ? trial->pruner : "the pruner");
    return true;
}

/* Relaxed: it is news of this trial or it is not, and nothing else comes with it. */
static bool has_verdict(hpt_trial *trial) {
    if (!hpi_trial_enter(trial)) return false;
    uint64_t word = atomic_load_explicit(trial->pruned, memory_order_relaxed);
    hpi_trial_leave(trial);
    return word == trial->head.number + 1;
}

bool hpi_trial_is_pruned(hpt_trial *trial) {
    if (trial->was_pruned) return true;
    return trial->pruned && has_verdict(trial) && tell_pruned(trial);
}

/* Most trials have no limit, and look at no clock. */
static bool is_to_stop(hpt_trial *trial) {
    hpt_cancel_level level = hpi_cancels_level(trial->cancels);
    bool             is_timed = trial->deadline_ns != INT64_MAX || trial->run_until_ns != INT64_MAX;
    if (level >= HPT_CANCEL_NOW) return true;
    if (level == HPT_CANCEL_NONE && !is_timed && !trial->caps) return false;
    int64_t now_ns = hpi_trial_now(trial);
    trial->was_late = now_ns >= trial->deadline_ns;
    if (trial->was_late || now_ns >= trial->run_until_ns) return true;
    if (trial->caps && is_capped(trial, now_ns)) return true;
    return level != HPT_CANCEL_NONE && hpi_cancels_now_from(trial->cancels, now_ns) <= now_ns;
}

bool hpt_trial_should_stop(hpt_trial *trial) {
    if (!trial || trial->was_stopped || hpi_trial_is_pruned(trial)) return true;
    if (!hpi_trial_enter(trial)) return tell_to_stop(trial);
    bool is_told = is_to_stop(trial);
    hpi_trial_leave(trial);
    return is_told ? tell_to_stop(trial) : false;
}

static int64_t end_of(const hpt_trial *trial, int64_t now_ns) {
    int64_t end_ns =
        trial->deadline_ns < trial->run_until_ns ? trial->deadline_ns : trial->run_until_ns;
    int64_t limit_ns = cap_ns(trial), stop_ns = hpi_cancels_now_from(trial->cancels, now_ns);
    if (stop_ns < end_ns) end_ns = stop_ns;
    if (trial->stops) stop_ns = atomic_load_explicit(trial->stops, memory_order_relaxed);
    if (stop_ns < end_ns) end_ns = stop_ns;
    int64_t capped_ns = hpi_later_ns(trial->start_ns, limit_ns);
    return capped_ns < end_ns ? capped_ns : end_ns;
}

double hpt_trial_left_s(hpt_trial *trial) {
    if (hpt_trial_should_stop(trial)) return 0;
    if (!hpi_trial_enter(trial)) return 0;
    int64_t now_ns = hpi_trial_now(trial), end_ns = end_of(trial, now_ns);
    hpi_trial_leave(trial);
    if (end_ns == INT64_MAX) return INFINITY;
    return end_ns > now_ns ? (double)(end_ns - now_ns) * 1e-9 : 0;
}

/* A call is not done, and the reason is kept for judge_status(). */
#define REFUSE(trial, status, ...)                                                                 \
    ((trial)->refused_by = (trial)->head.number + 1,                                               \
     hpi_fail(&(trial)->refused, status, __VA_ARGS__))

bool hpi_trial_take_report(hpt_trial *trial, int64_t step, const double *values, uint32_t count) {
    if (!hpi_trial_enter(trial)) return false;
    trial->is_marked = true;
    trial->has_report = true;
    trial->last_step = step;
    trial->last_value = values[0];
    if (trial->report) trial->report(trial, values, count);
    bool is_hopeless = trial->decide && trial->decide(trial, values, count);
    hpi_trial_leave(trial);
    return is_hopeless ? tell_pruned(trial) : hpi_trial_is_pruned(trial);
}

static hpt_status report(hpt_trial *trial, int64_t step, const double *values, uint32_t count) {
    if (hpi_trial_take_report(trial, step, values, count)) return HPT_EPRUNED;
    if (!hpt_trial_should_stop(trial)) return HPT_OK;
    return trial->was_capped || trial->was_pruned ? HPT_EPRUNED : HPT_ESTOPPED;
}

hpt_status hpt_trial_report(hpt_trial *trial, int64_t step, double value) {
    if (!trial) return HPT_EINVAL;
    if (isnan(value))
        return REFUSE(trial, HPT_EINVAL, "the value reported at step %" PRId64 " is NaN", step);
    return report(trial, step, &value, 1);
}

hpt_status hpt_trial_report_values(hpt_trial *trial, int64_t step, const double *values,
                                   size_t count) {
    if (!trial) return HPT_EINVAL;
    if (!values || count != trial->goal_count)
        return REFUSE(trial, HPT_EINVAL, "%zu value%s reported at step %" PRId64 " for %u goal%s",
                      values ? count : (size_t)0, values && count == 1 ? "" : "s", step,
                      (unsigned)trial->goal_count, trial->goal_count == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++)
        if (isnan(values[i]))
            return REFUSE(trial, HPT_EINVAL, "value %zu reported at step %" PRId64 " is NaN", i,
                          step);
    return report(trial, step, values, (uint32_t)count);
}

hpt_status hpt_trial_spend(hpt_trial *trial, double seconds) {
    const double  most = 1e9; /* seconds, 31 years */
    const int64_t most_ns = HPI_NS_PER_S * INT64_C(1000000000);
    if (!trial) return HPT_EINVAL;
    if (!(seconds >= 0) || seconds > most)
        return REFUSE(trial, HPT_EINVAL, "a trial cannot spend %g s: 0 to %g are possible", seconds,
                      most);
    if (!trial->clock) return HPT_OK; /* time passes by itself */
    double left = (double)(most_ns - trial->spent_ns), more = seconds * 1e9 * trial->pace;
    trial->spent_ns += (int64_t)(more < left ? more + 0.5 : left);
    trial->has_spent = true;
    return HPT_OK;
}

/* What is wrong with an attribute's value, or NULL. */
static const char *attr_problem(hpt_value value) {
    if ((unsigned)value.type > HPT_TYPE_TEXT) return "has no type";
    if (value.type == HPT_TYPE_REAL)
        return isfinite(value.as.real) ? NULL : isnan(value.as.real) ? "is NaN" : "is not finite";
    if (value.type != HPT_TYPE_TEXT) return NULL;
    if (!value.as.text) return "is a NULL text";
    return hpi_is_utf8(value.as.text, strlen(value.as.text)) ? NULL : "is not UTF-8";
}

static hpt_status check_name(hpt_trial *trial, const char *name, const char *what) {
    char        shown[HPI_ATTR_NAME_BYTES + 1];
    const char *problem = hpi_name_problem(name, HPI_ATTR_NAME_BYTES);
    if (!problem) return HPT_OK;
    return REFUSE(trial, HPT_EINVAL,
                  "name \"%s\" of %s %s (1 to %d bytes of UTF-8 without control characters)",
                  hpi_quote(shown, sizeof shown, name), what, problem, HPI_ATTR_NAME_BYTES);
}

static hpt_status no_room(hpt_trial *trial, const char *what, const char *name) {
    return REFUSE(trial, HPT_ELIMIT,
                  "there is no room for %s \"%s\": a trial's attributes and reason take at most 8 "
                  "KiB",
                  what, name);
}

hpt_status hpt_trial_set_attr(hpt_trial *trial, const char *name, hpt_value value) {
    if (!trial) return HPT_EINVAL;
    hpt_status status = check_name(trial, name, "an attribute");
    if (status != HPT_OK) return status;
    const char *problem = attr_problem(value);
    if (problem) return REFUSE(trial, HPT_EINVAL, "attribute \"%s\" %s", name, problem);
    trial->is_marked = true;
    if (!hpi_trial_enter(trial)) return HPT_ESTOPPED;
    bool has_room = hpi_notes_set_attr(&trial->notes, name, value);
    hpi_trial_leave(trial);
    return has_room ? HPT_OK : no_room(trial, "attribute", name);
}

hpt_status hpt_trial_constraint(hpt_trial *trial, const char *name, double value) {
    if (!trial) return HPT_EINVAL;
    hpt_status status = check_name(trial, name, "a constraint");
    if (status != HPT_OK) return status;
    if (isnan(value)) {
        hpt_trial_fail(trial, "constraint \"%s\" is NaN", name);
        return REFUSE(trial, HPT_EINVAL, "constraint \"%s\" is NaN", name);
    }
    trial->is_marked = true;
    if (!hpi_trial_enter(trial)) return HPT_ESTOPPED;
    bool has_room = hpi_notes_set_constraint(&trial->notes, name, value);
    hpi_trial_leave(trial);
    if (has_room) return HPT_OK;
    no_room(trial, "constraint", name);
    hpt_attr worst; /* what is broken must not be forgotten because nobody looks at the status */
    if (value > 0 && hpi_notes_violation(trial->notes.bytes, trial->notes.used, &worst) <= 0)
        hpt_trial_infeasible(trial, "%s", trial->refused.text);
    return HPT_ELIMIT;
}
