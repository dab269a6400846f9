/* SPDX-License-Identifier: BSD-3-Clause */

/* The union of what trials were drawn from: the space of a study that somebody else wrote. */

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/distribution.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct member {
    char                 *name, *json; /* the distribution it was seen with last, as its text */
    size_t                json_bytes, json_room;
    hpi_distribution      last; /* ... and read */
    hpi_distribution_kind kind;
    bool                  is_log, has_step;
    double                low, high, step; /* FLOAT, or INT that was FLOAT elsewhere */
    int64_t               int_low, int_high, int_step;
    hpt_value            *choices; /* texts are copies of their own */
    uint32_t              choice_count;
    size_t                choice_room;
} member;

struct hpi_union {
    member *members;
    size_t count, room, next; /* trials name their parameters in the same order: look there first */
};

hpi_union *hpi_union_create(void) {
    return hpi_alloc(1, sizeof(hpi_union));
}

static void member_fini(member *m) {
    for (uint32_t i = 0; i < m->choice_count; i++)
        if (m->choices[i].type == HPT_TYPE_TEXT) hpi_free((char *)(uintptr_t)m->choices[i].as.text);
    hpi_free(m->choices);
    hpi_free(m->name);
    hpi_free(m->json);
    hpi_distribution_fini(&m->last);
}

void hpi_union_destroy(hpi_union *all) {
    if (!all) return;
    for (size_t i = 0; i < all->count; i++)
        member_fini(&all->members[i]);
    hpi_free(all->members);
    hpi_free(all);
}

static hpt_status no_memory(const char *name, hpt_err *err) {
    char shown[72];
    return hpi_fail(err, HPT_ENOMEM, "out of memory for the parameter \"%s\"",
                    hpi_quote(shown, sizeof shown, name));
}

/* ---- adding ---- */

static member *find(hpi_union *all, const char *name) {
    for (size_t i = 0; i < all->count; i++) {
        size_t at = (all->next + i) % all->count;
        if (strcmp(all->members[at].name, name) != 0) continue;
        all->next = at + 1;
        return &all->members[at];
    }
    return NULL;
}

static member *insert(hpi_union *all, const char *name) {
    if (all->count == all->room) {
        size_t  room = all->room ? 2 * all->room : 16;
        member *grown = hpi_resize(all->members, room, sizeof *grown);
        if (!grown) return NULL;
        all->members = grown;
        all->room = room;
    }
    member *m = &all->members[all->count];
    *m = (member){ .name = hpi_copy_text(name) };
    if (!m->name) return NULL;
    all->next = ++all->count;
    return m;
}

/* Keep the text, so that the same one again need not be read again. */
static bool remember(member *m, const char *json, size_t bytes) {
    if (bytes > m->json_room) {
        char *grown = hpi_resize(m->json, bytes, 1);
        if (!grown) return false;
        m->json = grown;
        m->json_room = bytes;
    }
    memcpy(m->json, json, bytes);
    m->json_bytes = bytes;
    return true;
}

static bool has_choice(const member *m, hpt_value value) {
    for (uint32_t i = 0; i < m->choice_count; i++)
        if (hpt_value_equal(m->choices[i], value)) return true;
    return false;
}

static bool add_choice(member *m, hpt_value value) {
    if (m->choice_count == m->choice_room) {
        size_t     room = m->choice_room ? 2 * m->choice_room : 8;
        hpt_value *grown = hpi_resize(m->choices, room, sizeof *grown);
        if (!grown) return false;
        m->choices = grown;
        m->choice_room = room;
    }
    if (value.type == HPT_TYPE_TEXT && !(value.as.text = hpi_copy_text(value.as.text)))
        return false;
    m->choices[m->choice_count++] = value;
    return true;
}

/* The choices of a first distribution are all different but for the odd one, so that looking each
 * one up, which would be quadratic, is for the later ones; a distribution that repeats itself is
 * put right by the space's own check, which the caller sees. */
static bool join_choices(member *m, const hpi_distribution *d) {
    for (uint32_t i = 0; i < d->choice_count; i++) {
        bool is_same_place = i < m->choice_count && hpt_value_equal(m->choices[i], d->choices[i]);
        if (is_same_place || has_choice(m, d->choices[i])) continue;
        if (!add_choice(m, d->choices[i])) return false;
    }
    return true;
}

/* Whether one of two ranges begins on a step of the other. */
static bool is_in_phase(double a, double b, double step) {
    double steps = (a - b) / step;
    return fabs(steps - nearbyint(steps)) < 1e-8;
}

static void join_float(member *m, const hpi_distribution *d) {
    m->is_log = m->is_log && d->is_log;
    m->has_step =
        m->has_step && d->has_step && m->step == d->step && is_in_phase(m->low, d->low, m->step);
    m->low = fmin(m->low, d->low);
    m->high = fmax(m->high, d->high);
}

static void join_int(member *m, const hpi_distribution *d) {
    m->is_log = m->is_log && d->is_log;
    m->has_step = m->has_step && d->has_step && m->int_step == d->int_step &&
                  ((uint64_t)m->int_low - (uint64_t)d->int_low) % (uint64_t)m->int_step == 0;
    if (d->int_low < m->int_low) m->int_low = d->int_low;
    if (d->int_high > m->int_high) m->int_high = d->int_high;
}

static void first_range(member *m, const hpi_distribution *d) {
    m->kind = d->kind;
    m->is_log = d->is_log;
    m->has_step = d->has_step;
    m->low = d->low;
    m->high = d->high;
    m->step = d->step;
    m->int_low = d->int_low;
    m->int_high = d->int_high;
    m->int_step = d->int_step;
}

/* A range of integers becomes one of reals where another trial drew a real. */
static void become_float(hpi_distribution_kind *kind, double *low, double *high, int64_t int_low,
                         int64_t int_high) {
    if (*kind != HPI_DISTRIBUTION_INT) return;
    *kind = HPI_DISTRIBUTION_FLOAT;
    *low = (double)int_low;
    *high = (double)int_high;
}

static void join_range(member *m, hpi_distribution d) {
    if (m->kind != d.kind) {
        become_float(&m->kind, &m->low, &m->high, m->int_low, m->int_high);
        become_float(&d.kind, &d.low, &d.high, d.int_low, d.int_high);
        m->has_step = d.has_step = false;
    }
    if (m->kind == HPI_DISTRIBUTION_FLOAT)
        join_float(m, &d);
    else
        join_int(m, &d);
}

/* A value may lie outside its own range: of trials that were enqueued. */
static void join_value(member *m, double number) {
    hpi_distribution one = { .kind = m->kind, .has_step = m->has_step, .step = m->step };
    if (m->kind == HPI_DISTRIBUTION_FLOAT) {
        if (!isfinite(number)) return;
        if (m->has_step && !is_in_phase(number, m->low, m->step)) m->has_step = false;
        if (number >= m->low && number <= m->high) return;
        one.low = one.high = number;
        one.is_log = number > 0;
        one.has_step = m->has_step;
        join_float(m, &one);
        return;
    }
    if (!(number >= -0x1p63 && number < 0x1p63)) return;
    one.int_low = one.int_high = (int64_t)number;
    one.int_step = m->int_step;
    one.is_log = one.int_low > 0;
    join_int(m, &one);
}

static hpt_status join(member *m, bool is_first, hpt_err *err) {
    const hpi_distribution *d = &m->last;
    bool                    is_list = d->kind == HPI_DISTRIBUTION_CATEGORICAL;
    char                    shown[72];
    if (!is_first && is_list != (m->kind == HPI_DISTRIBUTION_CATEGORICAL))
        return hpi_fail(err, HPT_EPARSE, "the parameter \"%s\" is a range here and a list there",
                        hpi_quote(shown, sizeof shown, m->name));
    if (is_first) first_range(m, d);
    if (is_list) return join_choices(m, d) ? HPT_OK : no_memory(m->name, err);
    if (!is_first) join_range(m, *d);
    return HPT_OK;
}

hpt_status hpi_union_add(hpi_union *all, const char *name, const char *json, size_t bytes,
                         double number, hpt_err *err) {
    member *m = find(all, name);
    bool    is_first = !m;
    if (is_first) m = insert(all, name);
    if (!m) return no_memory(name, err);
    if (is_first || m->json_bytes != bytes || memcmp(m->json, json, bytes) != 0) {
        hpt_status status = hpi_distribution_read(json, bytes, &m->last, err);
        if (status == HPT_OK) status = join(m, is_first, err);
        if (status != HPT_OK) return status;
        if (!remember(m, json, bytes)) return no_memory(name, err);
    }
    if (m->kind != HPI_DISTRIBUTION_CATEGORICAL) join_value(m, number);
    return HPT_OK;
}

/* ---- the space ---- */

/* hpt's spaces refuse a step that is wider than the range; such a range has one value anyway. */
static void add_float(hpt_space *space, const member *m) {
    bool      has_step = m->has_step && m->step <= m->high - m->low;
    double    high = m->has_step && !has_step ? m->low : m->high;
    hpt_param param = hpt_space_add_real(space, m->name, m->low, high);
    if (m->is_log && m->low > 0) hpt_space_set_log(space, param);
    if (has_step && !m->is_log) hpt_space_set_step(space, param, hpt_real(m->step));
}

static void add_int(hpt_space *space, const member *m) {
    uint64_t  width = (uint64_t)m->int_high - (uint64_t)m->int_low;
    bool      has_step = m->has_step && (uint64_t)m->int_step <= width;
    int64_t   high = m->has_step && !has_step ? m->int_low : m->int_high;
    hpt_param param = hpt_space_add_int(space, m->name, m->int_low, high);
    if (m->is_log && m->int_low > 0) hpt_space_set_log(space, param);
    if (has_step && !m->is_log) hpt_space_set_step(space, param, hpt_int(m->int_step));
}

hpt_status hpi_union_space(const hpi_union *all, hpt_space **space_out, hpt_err *err) {
    hpt_space *space = hpt_space_create();
    hpt_err    why = { 0 };
    if (!space) return hpi_fail(err, HPT_ENOMEM, "out of memory for a space");
    for (size_t i = 0; i < all->count; i++) {
        const member *m = &all->members[i];
        if (m->kind == HPI_DISTRIBUTION_FLOAT)
            add_float(space, m);
        else if (m->kind == HPI_DISTRIBUTION_INT)
            add_int(space, m);
        else
            hpt_space_add_categorical(space, m->name, m->choices, m->choice_count);
    }
    hpt_status status = all->count > 0 ? hpt_space_check(space, &why) : HPT_OK;
    if (status != HPT_OK) {
        hpt_space_destroy(space);
        if (status == HPT_EINVAL) status = HPT_EPARSE;
        return hpi_fail(err, status, "hpt has no space for these trials: %s", why.text);
    }
    *space_out = space;
    return HPT_OK;
}
