/* SPDX-License-Identifier: BSD-3-Clause */

/* Ids of trials and their places in the index, and which of them are still needed.
 *
 * A run that only writes never looks again at a trial that has ended for good. So the first ones
 * are left out of the index from time to time, and memory does not grow with the number of trials.
 * Should somebody ask for one of them after all, the index is made anew. */

#include <string.h>

#include "base/mem.h"
#include "store/journal.h"

/* So many trials are worth moving the others. */
enum { LEFT_OUT_LEAST = 4096 };

static bool is_mapped(const hpi_journal *journal, size_t at) {
    return at >= journal->map_from && at < journal->place_room;
}

uint64_t hpi_journal_id_of(const hpi_journal *journal, size_t place) {
    return is_mapped(journal, place) ? journal->id_of[place - journal->map_from]
                                     : (uint64_t)place + 1;
}

bool hpi_journal_place_of(const hpi_journal *journal, uint64_t id, size_t *place_out) {
    if (id == 0 || id > journal->state.trial_count) return false;
    size_t at = (size_t)id - 1;
    *place_out = is_mapped(journal, at) ? journal->place_of[at - journal->map_from] - 1 : at;
    return true;
}

/* ---- leaving out ---- */

/* The last place up to `before` that no id leads across. */
static size_t cut_of(const hpi_journal *journal, size_t before) {
    size_t cut = journal->map_from, past = 0;
    if (before <= journal->map_from || before >= journal->place_room) return before;
    for (size_t place = journal->map_from; place < before; place++) {
        size_t to = journal->place_of[place - journal->map_from];
        if (to > past) past = to;
        if (past == place + 1) cut = past;
    }
    return cut;
}

/* Nobody holds an id of a trial that has ended for good: it may be another from now on. */
static void forget_ids(hpi_journal *journal, size_t before) {
    if (before <= journal->map_from) return;
    size_t gone = before - journal->map_from;
    size_t left = journal->place_room > before ? journal->place_room - before : 0;
    if (left > 0) {
        memmove(journal->place_of, journal->place_of + gone, left * sizeof *journal->place_of);
        memmove(journal->id_of, journal->id_of + gone, left * sizeof *journal->id_of);
    }
    journal->map_from = before;
    journal->place_room = before + left;
}

void hpi_journal_leave_out(hpi_journal *journal) {
    hpi_journal_state *state = &journal->state;
    if (journal->keeps_all || state->trial_count - state->left_out < LEFT_OUT_LEAST) return;
    size_t before = cut_of(journal, hpi_journal_state_done(state));
    if (before < state->left_out + LEFT_OUT_LEAST / 2) return;
    forget_ids(journal, before);
    hpi_journal_state_leave_out(state, before);
}

/* ---- a commit ---- */

static bool grow(uint32_t **table, size_t count) {
    uint32_t *grown = hpi_resize(*table, count, sizeof **table);
    if (grown) *table = grown;
    return grown;
}

/* Ids are places plus one, and were given out in the order of putting; places follow the numbers,
 * so that Optuna's numbers are ours. Where the two differ, a table says which is which. */
bool hpi_journal_map_ids(hpi_journal *journal, const hpi_journal_new *const *sorted) {
    size_t count = journal->tx.new_count, first = journal->state.trial_count, i = 0;
    while (i < count && sorted[i]->order == i)
        i++;
    if (i == count) return true;
    if (journal->place_room <= journal->map_from) journal->map_from = journal->place_room = first;
    size_t from = journal->map_from;
    if (!grow(&journal->place_of, first + count - from) ||
        !grow(&journal->id_of, first + count - from))
        return false;
    for (size_t at = journal->place_room; at < first; at++)
        journal->place_of[at - from] = journal->id_of[at - from] = (uint32_t)at + 1;
    for (i = 0; i < count; i++) {
        journal->place_of[first - from + sorted[i]->order] = (uint32_t)(first + i) + 1;
        journal->id_of[first - from + i] = (uint32_t)(first + sorted[i]->order) + 1;
    }
    journal->id_room = first + count;
    return true;
}
