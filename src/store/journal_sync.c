/* SPDX-License-Identifier: BSD-3-Clause */

/* Reading what was appended, and telling what is torn from what is damaged.
 *
 * Torn is the end of a file that a process was writing when it, or the machine, died: a line
 * without its line feed, or a commit of ours that is not there to its last byte. Nobody was told
 * that it was kept, so it may be cut off. A whole line that is wrong is something else: somebody or
 * something changed what was written, and to cut it off would lose more. There are two in between.
 * A hole of zeros, which power loss leaves where a page was not written although a later one was,
 * is torn as far as nothing but the same commit follows. And Optuna reads over a wrong last line
 * that is not ours, until something follows it. */

#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "store/journal.h"

/* Where a file ends, and why. */
typedef struct ending {
    uint64_t at; /* of the first line that does not count */
    bool     is_torn;
} ending;

static hpt_status damaged(const hpi_journal *journal, uint64_t at, const hpt_err *why,
                          hpt_err *err) {
    return hpi_fail(err, why->code, "\"%s\", line %" PRIu64 " (at byte %" PRIu64 "): it %s",
                    journal->file.shown, journal->state.line_count + 1, at, why->text);
}

/* Whether all lines of ours from `at` on are of one commit: of the one that `at` is in, if it is in
 * one. */
static hpt_status is_last_commit(hpi_journal *journal, uint64_t at, uint64_t size, bool *is_last,
                                 hpt_err *err) {
    uint64_t end = at < journal->state.group_end ? journal->state.group_end : 0, rest;
    *is_last = true;
    while (at < size && *is_last) {
        hpi_slice  line;
        hpt_status status = hpi_journal_file_line(&journal->file, at, size, &line, err);
        if (status != HPT_OK) return status;
        at += line.bytes;
        if (!hpi_journal_verify(line, &rest)) continue;
        if (end == 0) end = at + rest;
        *is_last = end == at + rest;
    }
    return HPT_OK;
}

/* A line is wrong: see above. */
static hpt_status judge(hpi_journal *journal, hpi_slice line, uint64_t size, const hpt_err *why,
                        ending *stop, hpt_err *err) {
    uint64_t at = journal->state.end;
    bool     is_hole = memchr(line.at, '\0', line.bytes) != NULL, is_last_one = false;
    bool     is_last_line = at + line.bytes == size;
    bool     is_ours = hpi_journal_is_ours(line);
    bool     is_inside = at < journal->state.group_end;
    if (is_hole) {
        hpt_status status = is_last_commit(journal, at, size, &is_last_one, err);
        if (status != HPT_OK) return status;
    }
    if (is_last_one && is_inside)
        *stop = (ending){ journal->state.group_start, true };
    else if (is_last_one || (is_last_line && !is_ours && !is_inside))
        *stop = (ending){ at, true };
    else
        return damaged(journal, at, why, err);
    return HPT_OK;
}

/* A line of ours tells how far its commit goes. What says so much that a part is to be cut off, or
 * that a commit is other than its first line said, must be sound itself. So must the last commit,
 * which may have been torn in the middle: once something follows it, it cannot be cut off. */
static bool is_credible(const hpi_journal_state *state, hpi_slice line, uint64_t rest,
                        uint64_t size) {
    uint64_t end = state->end + line.bytes + rest;
    bool     is_inside = state->end < state->group_end;
    bool     is_expected = is_inside ? end == state->group_end : end <= size && end >= state->end;
    return (is_expected && end != size) || hpi_journal_verify(line, &rest);
}

/* Whether the file goes as far. */
static bool enter_commit(hpi_journal_state *state, hpi_slice line, uint64_t rest, uint64_t size) {
    uint64_t end = state->end + line.bytes + rest;
    if (state->end < state->group_end && end == state->group_end) return true;
    if (end > size) return false;
    state->group_start = state->end;
    state->group_end = end;
    return true;
}

/* Take the next line. *is_over: it does not count, nor what follows. */
static hpt_status take_line(hpi_journal *journal, uint64_t size, ending *stop, bool *is_over,
                            hpt_err *err) {
    hpi_journal_state *state = &journal->state;
    hpi_slice          line;
    uint64_t           rest = 0;
    hpt_err            why = { 0 };
    hpt_status         status = hpi_journal_file_line(&journal->file, state->end, size, &line, err);
    if (status != HPT_OK) return status;
    *is_over = line.at[line.bytes - 1] != '\n';
    if (*is_over) {
        bool is_inside = state->end < state->group_end;
        *stop = (ending){ is_inside ? state->group_start : state->end, true };
        return HPT_OK;
    }
    bool is_framed = hpi_journal_frame(line, &rest);
    if (is_framed && !is_credible(state, line, rest, size)) {
        *is_over = true;
        why = (hpt_err){ .code = HPT_EPARSE, .text = "is damaged: its checksum is wrong" };
        return judge(journal, line, size, &why, stop, err);
    }
    if (is_framed && !enter_commit(state, line, rest, size)) {
        *is_over = true;
        *stop = (ending){ state->end, true };
        return HPT_OK;
    }
    status = hpi_journal_apply_fast(state, line, state->end);
    if (status == HPT_EAGAIN) status = hpi_journal_apply(state, line, state->end, &why);
    if (status == HPT_EPARSE) {
        *is_over = true;
        return judge(journal, line, size, &why, stop, err);
    }
    if (status != HPT_OK) return damaged(journal, state->end, &why, err);
    state->end += line.bytes;
    state->line_count++;
    return HPT_OK;
}

static hpt_status read_to(hpi_journal *journal, uint64_t size, ending *stop, hpt_err *err) {
    bool       is_over = false;
    hpt_status status = HPT_OK;
    while (status == HPT_OK && !is_over && journal->state.end < size)
        status = take_line(journal, size, stop, &is_over, err);
    return status;
}

hpt_status hpi_journal_sync(hpi_journal *journal, hpt_err *err) {
    hpi_journal_state *state = &journal->state;
    uint64_t           size;
    hpt_status         status = hpi_journal_file_size(&journal->file, &size, err);
    if (status != HPT_OK) return status;
    if (size < state->end)
        return hpi_fail(err, HPT_EIO, "\"%s\" became shorter: somebody else cut it",
                        journal->file.shown);
    hpi_journal_file_forget_from(&journal->file, state->end);
    ending stop = { size, false };
    status = read_to(journal, size, &stop, err);
    if (status == HPT_OK && stop.is_torn && stop.at < state->end) {
        /* Lines of a commit that is not whole have counted: begin anew, without them. */
        hpi_journal_state_reset(state);
        status = read_to(journal, stop.at, &stop, err);
    }
    if (status == HPT_OK) journal->base.torn_bytes = journal->cut_bytes + (size - state->end);
    return status == HPT_OK && state->is_missed ? hpi_journal_know_all(journal, err) : status;
}

/* ---- all of it again ---- */

hpt_status hpi_journal_know_all(hpi_journal *journal, hpt_err *err) {
    hpi_journal_state *state = &journal->state;
    uint64_t           end = state->end;
    ending             stop = { end, false };
    if (state->left_out == 0) return HPT_OK;
    journal->keeps_all = true;
    hpi_journal_state_reset(state);
    hpt_status status = read_to(journal, end, &stop, err);
    if (status != HPT_OK || state->end == end) return status;
    return hpi_fail(err, HPT_EIO, "\"%s\" has changed since it was read", journal->file.shown);
}

hpt_status hpi_journal_know(hpi_journal *journal, size_t place, hpt_err *err) {
    return place < journal->state.left_out ? hpi_journal_know_all(journal, err) : HPT_OK;
}

hpt_status hpi_journal_line_at(hpi_journal *journal, uint64_t at, hpi_slice *line_out,
                               hpi_journal_op *op_out, hpt_err *err) {
    hpt_status status =
        hpi_journal_file_line(&journal->file, at, journal->state.end, line_out, err);
    if (status != HPT_OK) return status;
    const char *problem = hpi_journal_read(*line_out, op_out);
    if (!problem) return HPT_OK;
    return hpi_fail(err, HPT_EPARSE, "\"%s\", the line at byte %" PRIu64 ": it %s",
                    journal->file.shown, at, problem);
}
