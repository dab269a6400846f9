/* SPDX-License-Identifier: BSD-3-Clause */
/* How far the run is, for somebody who watches: on a terminal one line, drawn again at most ten
 * times a second; elsewhere a plain line every `interval` seconds, and one when another tenth of
 * the budget is used up, but at most one a second; and one sentence at the end.
 *
 *      62% ━━━━━━━━━━━━━━━━━━━━─────────── 1240/2000  best 0.0184  52.1/s  ETA 14 s  busy 97%
 *
 * It asks for statistics when it wakes, and for no event but the last: it costs the run nothing. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "hpt/extend.h"
#include "observe/plain.h"
#include "observe/terminal.h"

enum { STYLE_AUTO, STYLE_BAR, STYLE_PLAIN };

/* The parts of the line in the order in which they stand there. */
enum {
    PART_PERCENT,
    PART_COUNT,
    PART_BEST,
    PART_TRIAL,
    PART_VALUELESS,
    PART_LOST,
    PART_RATE,
    PART_ETA,
    PART_BUSY,
    PARTS
};

/* Those beside the bar, the last to be left out first. */
static const int by_importance[] = { PART_COUNT, PART_BEST, PART_VALUELESS, PART_LOST,
                                     PART_ETA,   PART_RATE, PART_TRIAL,     PART_BUSY };
enum { PARTS_BESIDE = sizeof by_importance / sizeof by_importance[0] };

enum { BAR_COLUMNS_MIN = 10, BAR_COLUMNS_MAX = 40 };

/* The rate is that of the last ten seconds, from one mark a second, once so many trials ended in
 * them, and so many on every worker: with fewer it would jump with each one, or with each wave when
 * all workers end at about the same time. */
enum { WINDOW_MARKS = 10, WINDOW_S = 10, WINDOW_TRIALS_MIN = 20, WINDOW_WAVES_MIN = 4 };

typedef struct rate_mark {
    double   wall_s;
    uint64_t done;
} rate_mark;

typedef struct progress_state {
    int32_t style;      /* option */
    double  interval_s; /* option */

    FILE      *file;
    bool       is_bar, has_colour, has_utf8;
    bool       is_drawn; /* the bar stands on the terminal's last line */
    char       metric[64];
    bool       has_goals;          /* several */
    double     told_s, told_share; /* when the last plain line was, and how far it was  */
    double     rate;               /* trials per second                                 */
    double     marked_s;           /* when the last mark was made                       */
    uint64_t   mark_count;         /* ever; the last WINDOW_MARKS of them are kept      */
    rate_mark  marks[WINDOW_MARKS];
    hpi_writer line, parts[PARTS];
} progress_state;

static const hpt_option progress_options[] = {
    { .name = "style",
      .type = HPT_OPTION_CHOICE,
      .offset = offsetof(progress_state, style),
      .text = "auto|bar|plain",
      .help = "a bar, plain lines, or what the terminal can do" },
    { .name = "interval",
      .type = HPT_OPTION_REAL,
      .offset = offsetof(progress_state, interval_s),
      .initial = 10,
      .min = 0.1,
      .max = 86400,
      .help = "seconds between plain lines; also one at each tenth of the budget, the first after "
              "a second" },
    { .name = NULL },
};

static hpt_status progress_open(void *state, const hpt_observer_setup *setup, hpt_err *err) {
    progress_state *progress = state;
    (void)err;
    progress->file = setup->file ? setup->file : stderr;
    progress->is_bar = progress->style == STYLE_BAR ||
                       (progress->style == STYLE_AUTO && hpi_terminal_can_redraw(progress->file));
    progress->has_colour = hpi_terminal_wants_colour();
    progress->has_utf8 = hpi_terminal_is_utf8();
    progress->has_goals = setup->goal_count > 1;
    hpi_cut(progress->metric, sizeof progress->metric, setup->metric ? setup->metric : "value");
    return HPT_OK;
}

/* How far it is. */

static uint64_t done_count(const hpt_stats *stats) {
    uint64_t done = 0;
    for (int state = 1; state < HPT_TRIAL_STATE_COUNT; state++)
        done += stats->state_count[state];
    return done;
}

/* Not those that were pruned or cancelled: they are as they should be. Nor infeasible ones, which
 * may have values: they are told beside these. */
static uint64_t valueless_count(const hpt_stats *stats) {
    return stats->state_count[HPT_TRIAL_FAILED] + stats->state_count[HPT_TRIAL_TIMEOUT] +
           stats->state_count[HPT_TRIAL_CRASHED];
}

static bool has_trial_budget(const hpt_stats *stats) {
    return stats->trial_count_max > 0 && stats->trial_count_max != HPT_UNLIMITED;
}

/* The budget that is used up the most, 0 to 1; NaN without one. */
static double share_done(const hpt_stats *stats) {
    double share = NAN;
    if (has_trial_budget(stats)) share = (double)done_count(stats) / (double)stats->trial_count_max;
    if (stats->wall_s_max > 0) share = fmax(share, stats->wall_s / stats->wall_s_max);
    return share > 1 ? 1 : share; /* not fmin(), which takes NaN for no argument */
}

/* All that ended in all the time at first: a few trials say little, and in the first seconds most
 * are still under way. Once there is a window of some seconds and some trials behind, those, so
 * that the rate follows a change. */
static void measure_rate(progress_state *progress, const hpt_stats *stats) {
    rate_mark *oldest = &progress->marks[progress->mark_count % WINDOW_MARKS];
    rate_mark  now = { stats->wall_s, done_count(stats) };
    rate_mark  from = progress->mark_count < WINDOW_MARKS ? (rate_mark){ 0 } : *oldest;
    uint64_t   least = WINDOW_WAVES_MIN * (uint64_t)stats->worker_count;
    if (least < WINDOW_TRIALS_MIN) least = WINDOW_TRIALS_MIN;
    if (now.done - from.done < least) from = (rate_mark){ 0 };
    double passed_s = now.wall_s - from.wall_s;
    progress->rate = passed_s > 0 ? (double)(now.done - from.done) / passed_s : 0;
    if (now.wall_s - progress->marked_s < (double)WINDOW_S / WINDOW_MARKS) return;
    progress->marked_s = now.wall_s;
    *oldest = now;
    progress->mark_count++;
}

/* Seconds until the first budget is used up; NaN when nobody knows. */
static double eta_s(const progress_state *progress, const hpt_stats *stats) {
    double eta = NAN;
    if (has_trial_budget(stats) && progress->rate > 0) {
        uint64_t done = done_count(stats);
        uint64_t left = stats->trial_count_max > done ? stats->trial_count_max - done : 0;
        if (left > 0) eta = (double)left / progress->rate;
    }
    if (stats->wall_s_max > 0) eta = fmin(eta, fmax(stats->wall_s_max - stats->wall_s, 0));
    return eta;
}

/* The parts. */

static void write_count(hpi_writer *part, const hpt_stats *stats) {
    hpi_write_uint(part, done_count(stats));
    if (has_trial_budget(stats)) {
        hpi_write(part, "/");
        hpi_write_uint(part, stats->trial_count_max);
    } else {
        hpi_write(part, " trials");
    }
}

static void write_rate(hpi_writer *part, double rate) {
    if (rate <= 0) return;
    if (rate >= 1e6) {
        hpi_plain_real(part, rate / 1e6, 3);
        hpi_write(part, "M");
    } else if (rate >= 1e4) {
        hpi_plain_real(part, rate / 1e3, 3);
        hpi_write(part, "k");
    } else if (rate >= 100) {
        hpi_plain_fixed(part, rate, 0);
    } else {
        hpi_plain_real(part, rate, 3);
    }
    hpi_write(part, "/s");
}

static void write_percent(hpi_writer *part, double share) {
    char text[16];
    if (isnan(share)) return;
    snprintf(text, sizeof text, "%3d%%", (int)(share * 100));
    hpi_write(part, text);
}

static void write_labelled(hpi_writer *part, const char *before, uint64_t count,
                           const char *after) {
    if (count == 0) return;
    hpi_write(part, before);
    hpi_write_uint(part, count);
    hpi_write(part, after);
}

static void write_eta(hpi_writer *part, double seconds) {
    if (isnan(seconds)) return;
    hpi_write(part, "ETA ");
    if (seconds <= 59) {
        hpi_plain_fixed(part, ceil(seconds), 0);
        hpi_write(part, " s");
    } else {
        hpi_plain_seconds(part, seconds);
    }
}

/* On a terminal of the usual 80 columns the bar needs the room more. */
static bool is_narrow(const progress_state *progress) {
    return progress->is_bar && hpi_terminal_width(progress->file) < 100;
}

static void write_parts(progress_state *progress, const hpt_stats *stats, bool is_over) {
    hpi_writer *parts = progress->parts;
    for (int i = 0; i < PARTS; i++) {
        parts[i].bytes = 0;
        hpi_write(&parts[i], "");
    }
    write_percent(&parts[PART_PERCENT], share_done(stats));
    write_count(&parts[PART_COUNT], stats);
    if (stats->has_best && progress->has_goals) {
        write_labelled(&parts[PART_BEST], "front ", stats->front_count, "");
    } else if (stats->has_best) {
        hpi_write(&parts[PART_BEST], "best ");
        hpi_plain_real(&parts[PART_BEST], stats->best_value, 5);
        hpi_write(&parts[PART_TRIAL], "@ ");
        hpi_write_uint(&parts[PART_TRIAL], stats->best_trial);
    }
    write_labelled(&parts[PART_VALUELESS], "", valueless_count(stats),
                   is_narrow(progress) ? " no value" : " without a value");
    write_labelled(&parts[PART_VALUELESS], parts[PART_VALUELESS].bytes > 0 ? "  " : "",
                   stats->state_count[HPT_TRIAL_INFEASIBLE], " infeasible");
    write_labelled(&parts[PART_LOST], "", stats->observer_lost, " lost");
    write_rate(&parts[PART_RATE], progress->rate);
    if (!is_over) write_eta(&parts[PART_ETA], eta_s(progress, stats));
    if (stats->worker_count > 0) {
        hpi_write(&parts[PART_BUSY], "busy ");
        hpi_plain_fixed(&parts[PART_BUSY], stats->busy_fraction * 100, 0);
        hpi_write(&parts[PART_BUSY], "%");
    }
}

static const char *text_of(const hpi_writer *writer) {
    return writer->text && !writer->failed ? writer->text : "";
}

/* The bar. */

/* Spaces before a part: the number of the best trial belongs to the value. */
static size_t gap(int part) {
    return part == PART_TRIAL ? 1 : 2;
}

/* Which parts fit into so many columns. Returns the columns that are left. */
static size_t choose(const progress_state *progress, size_t columns, bool is_shown_out[PARTS]) {
    memset(is_shown_out, 0, PARTS * sizeof *is_shown_out);
    for (int i = 0; i < PARTS_BESIDE; i++) {
        int    part = by_importance[i];
        size_t width = hpi_plain_width(text_of(&progress->parts[part]));
        if (width == 0) continue;
        if (width + gap(part) > columns) break;
        columns -= width + gap(part);
        is_shown_out[part] = true;
    }
    return columns;
}

static void repeat(hpi_writer *line, const char *text, size_t count) {
    while (count-- > 0)
        hpi_write(line, text);
}

static void colour(progress_state *progress, const char *code) {
    if (progress->has_colour) hpi_write(&progress->line, code);
}

static void write_bar(progress_state *progress, double share, size_t columns) {
    size_t full = (size_t)(share * (double)columns + 0.5);
    colour(progress, "\x1b[36m");
    repeat(&progress->line, progress->has_utf8 ? "━" : "#", full);
    colour(progress, "\x1b[2;37m");
    const char *rest = progress->has_colour ? "━" : "─";
    repeat(&progress->line, progress->has_utf8 ? rest : "-", columns - full);
    colour(progress, "\x1b[0m");
}

static void write_colourful(progress_state *progress, int part) {
    if (part == PART_BEST) colour(progress, "\x1b[1m");
    if (part == PART_VALUELESS || part == PART_LOST) colour(progress, "\x1b[33m");
    hpi_write(&progress->line, text_of(&progress->parts[part]));
    if (part == PART_BEST || part == PART_VALUELESS || part == PART_LOST)
        colour(progress, "\x1b[0m");
}

/* The last column stays free: some terminals wrap when it is written. */
static void compose(progress_state *progress, const hpt_stats *stats) {
    hpi_writer *line = &progress->line;
    double      share = share_done(stats);
    bool        is_shown[PARTS];
    size_t      columns = hpi_terminal_width(progress->file) - 1, bar = 0;
    size_t      reserve = isnan(share) ? 0 : 5 + BAR_COLUMNS_MIN; /* "100% " and the bar */
    size_t      left = choose(progress, columns > reserve ? columns - reserve : 0, is_shown);
    if (!isnan(share)) {
        bar = BAR_COLUMNS_MIN + left;
        if (bar > BAR_COLUMNS_MAX) bar = BAR_COLUMNS_MAX;
        if (bar + 5 > columns) bar = columns > 5 ? columns - 5 : 0;
        if (columns >= 4) hpi_write(line, text_of(&progress->parts[PART_PERCENT]));
        if (bar > 0) hpi_write(line, " ");
        write_bar(progress, share, bar);
    }
    for (int part = PART_COUNT; part < PARTS; part++) {
        if (!is_shown[part]) continue;
        if (bar || part > PART_COUNT) repeat(line, " ", gap(part));
        write_colourful(progress, part);
    }
}

/* Drawing. A line that memory was too short for is left out; the next one may do. */

static hpt_status put(progress_state *progress, hpt_err *err) {
    hpi_writer *line = &progress->line;
    bool        is_whole = !line->failed && line->text;
    bool        is_put = is_whole && fputs(line->text, progress->file) >= 0;
    is_put = fflush(progress->file) == 0 && is_put;
    line->failed = false;
    if (!is_put) clearerr(progress->file);
    return is_put ? HPT_OK : hpi_fail(err, HPT_EIO, "the progress could not be shown");
}

static hpt_status draw_bar(progress_state *progress, const hpt_stats *stats, hpt_err *err) {
    progress->line.bytes = 0;
    hpi_write(&progress->line, "\r");
    compose(progress, stats);
    hpi_write(&progress->line, "\x1b[K");
    progress->is_drawn = true;
    return put(progress, err);
}

static hpt_status tell_plainly(progress_state *progress, hpt_err *err) {
    progress->line.bytes = 0;
    hpi_write(&progress->line, "hpt:");
    for (int part = 0; part < PARTS; part++) {
        const char *text = text_of(&progress->parts[part]);
        if (!*text) continue;
        repeat(&progress->line, " ", gap(part));
        hpi_write(&progress->line, text + strspn(text, " "));
    }
    hpi_write(&progress->line, "\n");
    return put(progress, err);
}

/* A plain line is due every interval, and every tenth of the way, but not in a hail. */
static bool is_line_due(const progress_state *progress, const hpt_stats *stats) {
    double passed_s = stats->wall_s - progress->told_s;
    double share = share_done(stats);
    if (passed_s >= progress->interval_s) return true;
    return passed_s >= 1 && floor(share * 10) > floor(progress->told_share * 10);
}

static hpt_status progress_tick(void *state, const hpt_stats *stats, uint64_t lost_count,
                                hpt_err *err) {
    progress_state *progress = state;
    (void)lost_count; /* its own: it asks for one event only */
    measure_rate(progress, stats);
    write_parts(progress, stats, false);
    if (progress->is_bar) return draw_bar(progress, stats, err);
    if (!is_line_due(progress, stats)) return HPT_OK;
    double share = share_done(stats);
    progress->told_s = stats->wall_s;
    progress->told_share = isnan(share) ? 0 : share;
    return tell_plainly(progress, err);
}

/* The end. */

static void write_best(const progress_state *progress, hpi_writer *line, const hpt_stats *stats) {
    if (!stats->has_best) {
        hpi_write(line, ", no value");
        return;
    }
    if (progress->has_goals) write_labelled(line, ", ", stats->front_count, " on the front");
    hpi_write(line, ", ");
    hpi_plain_best(line, progress->metric, stats->best_value, stats->best_trial);
}

static void write_summary(progress_state *progress, const hpt_event *event) {
    const hpt_stats *stats = event->stats;
    hpi_writer      *line = &progress->line;
    hpi_write_uint(line, done_count(stats));
    hpi_write(line, " trials in ");
    hpi_plain_seconds(line, stats->wall_s);
    if (stats->wall_s > 0) {
        hpi_write(line, " (");
        write_rate(line, (double)done_count(stats) / stats->wall_s);
        hpi_write(line, ")");
    }
    write_best(progress, line, stats);
    write_labelled(line, ", ", valueless_count(stats), " without a value");
    write_labelled(line, ", ", stats->state_count[HPT_TRIAL_INFEASIBLE], " infeasible");
    write_labelled(line, ", ", stats->observer_lost,
                   stats->observer_lost == 1 ? " event lost" : " events lost");
    hpi_write(line, ", busy ");
    hpi_plain_fixed(line, stats->busy_fraction * 100, 0);
    hpi_write(line, "%: ");
    hpi_plain_text(line, event->reason);
    hpi_write(line, "\n");
}

static hpt_status progress_events(void *state, const hpt_event *events, size_t count,
                                  hpt_err *err) {
    progress_state  *progress = state;
    const hpt_event *last = &events[count - 1];
    hpt_status       status = HPT_OK;
    if (last->kind != HPT_EVENT_FINISHED) return HPT_OK;
    if (progress->is_bar) { /* leave the bar where it got to */
        measure_rate(progress, last->stats);
        write_parts(progress, last->stats, true);
        status = draw_bar(progress, last->stats, err);
    }
    progress->line.bytes = 0;
    hpi_write(&progress->line, progress->is_bar ? "\n" : "hpt:  ");
    progress->is_drawn = false;
    write_summary(progress, last);
    hpt_status told = put(progress, err);
    return status != HPT_OK ? status : told;
}

/* Detached in mid-run: what is printed next must not hang on the bar. */
static hpt_status progress_close(void *state, uint64_t lost_count, hpt_err *err) {
    progress_state *progress = state;
    hpt_status      status = HPT_OK;
    (void)lost_count;
    if (progress->is_drawn) {
        progress->line.bytes = 0;
        hpi_write(&progress->line, "\n");
        status = put(progress, err);
    }
    hpi_writer_fini(&progress->line);
    for (int i = 0; i < PARTS; i++)
        hpi_writer_fini(&progress->parts[i]);
    return status;
}

const hpt_observer_class hpi_observer_progress = {
    .struct_size = sizeof(hpt_observer_class),
    .name = "progress",
    .summary = "a bar on the terminal, or plain lines, on standard error",
    .state_size = sizeof(progress_state),
    .options = progress_options,
    .kinds = HPT_EVENT_FINISHED,
    .policy = HPT_POLICY_DROP,
    .tick_ms = 100,
    .open = progress_open,
    .events = progress_events,
    .tick = progress_tick,
    .close = progress_close,
};
