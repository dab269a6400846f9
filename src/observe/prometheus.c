/* SPDX-License-Identifier: BSD-3-Clause */
/* Statistics in Prometheus' text format 0.0.4, in a file that is replaced as a whole every few
 * seconds: for node_exporter's textfile collector, on machines that nobody can scrape. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fds.h"
#include "base/mem.h"
#include "base/text.h"
#include "hpt/extend.h"
#include "observe/plain.h"

/* Three bounds per decade, 1 us to 10 000 s: 1, 2.5, 5. */
enum { BUCKETS = 31 };
static const char *const bucket_bounds[BUCKETS] = {
    "1e-06",  "2.5e-06", "5e-06",  "1e-05", "2.5e-05", "5e-05", "0.0001", "0.00025",
    "0.0005", "0.001",   "0.0025", "0.005", "0.01",    "0.025", "0.05",   "0.1",
    "0.25",   "0.5",     "1",      "2.5",   "5",       "10",    "25",     "50",
    "100",    "250",     "500",    "1000",  "2500",    "5000",  "10000",
};

typedef struct prometheus_state {
    const char *path;       /* option */
    const char *prefix;     /* option */
    double      interval_s; /* option */

    char      *temporary; /* beside `path`: written first, then renamed */
    int64_t    written_ns;
    double     bounds[BUCKETS];
    uint64_t   buckets[BUCKETS + 1]; /* not cumulative yet; the last is +Inf */
    uint64_t   duration_count;
    double     duration_sum_s;
    hpi_writer text;
    char       metric[64];
    bool       has_goals; /* several */
} prometheus_state;

static const hpt_option prometheus_options[] = {
    { .name = "path",
      .type = HPT_OPTION_TEXT,
      .offset = offsetof(prometheus_state, path),
      .text = "",
      .help = "the file" },
    { .name = "prefix",
      .type = HPT_OPTION_TEXT,
      .offset = offsetof(prometheus_state, prefix),
      .text = "hpt",
      .help = "the beginning of every metric's name" },
    { .name = "interval",
      .type = HPT_OPTION_REAL,
      .offset = offsetof(prometheus_state, interval_s),
      .initial = 5,
      .min = 0.1,
      .max = 86400,
      .help = "seconds between two versions of the file" },
    { .name = NULL },
};

/* Opening. */

static hpt_status check_prefix(const char *prefix, hpt_err *err) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:0123456789";
    char quoted[64];
    bool is_fine = *prefix && strlen(prefix) < 64 && !strchr("0123456789", *prefix) &&
                   prefix[strspn(prefix, letters)] == '\0';
    if (is_fine) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL, "prefix \"%s\" does not match [a-zA-Z_:][a-zA-Z0-9_:]{0,62}",
                    hpi_quote(quoted, sizeof quoted, prefix));
}

/* Named after the run, so that two runs with one path by mistake do not write into each other. */
static char *temporary_name(const char *path, const char *run_id) {
    size_t bytes = strlen(path) + strlen(run_id) + 16;
    char  *name = hpi_alloc(bytes, 1);
    if (name) snprintf(name, bytes, "%s.%s.tmp", path, run_id);
    return name;
}

static hpt_status fail(const char *doing, const char *path, hpt_err *err) {
    char reason[80], quoted[128];
    if (strerror_r(errno, reason, sizeof reason) != 0) reason[0] = '\0';
    return hpi_fail(err, HPT_EIO, "cannot %s %s: %s", doing, hpi_quote(quoted, sizeof quoted, path),
                    reason);
}

/* The file must be new: a link that somebody put there is not followed. One of our own name can
 * only be left over from ourselves. */
static int create_temporary(const prometheus_state *prometheus) {
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = hpi_fds_open(prometheus->temporary, flags);
    if (fd >= 0 || errno != EEXIST) return fd;
    unlink(prometheus->temporary);
    return hpi_fds_open(prometheus->temporary, flags);
}

/* rename() would put a file in the place of a device or a pipe. */
static hpt_status check_path(const char *path, hpt_err *err) {
    struct stat about;
    char        quoted[128];
    if (*path == '\0')
        return hpi_fail(err, HPT_EINVAL,
                        "observer prometheus needs a path: prometheus:path=hpt.prom");
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return hpi_fail(err, HPT_EIO, "%s is no regular file, which a new version could replace",
                        hpi_quote(quoted, sizeof quoted, path));
    return HPT_OK;
}

static hpt_status prometheus_open(void *state, const hpt_observer_setup *setup, hpt_err *err) {
    prometheus_state *prometheus = state;
    hpt_status        status = check_path(prometheus->path, err);
    if (status == HPT_OK) status = check_prefix(prometheus->prefix, err);
    if (status != HPT_OK) return status;
    for (int i = 0; i < BUCKETS; i++)
        hpi_read_real(bucket_bounds[i], strlen(bucket_bounds[i]), &prometheus->bounds[i]);
    prometheus->has_goals = setup->goal_count > 1;
    hpi_cut(prometheus->metric, sizeof prometheus->metric, setup->metric ? setup->metric : "value");
    prometheus->temporary = temporary_name(prometheus->path, setup->run_id ? setup->run_id : "hpt");
    if (!prometheus->temporary) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    int fd = create_temporary(prometheus);
    if (fd < 0) {
        status = fail("create", prometheus->temporary, err);
        hpi_free(prometheus->temporary);
        return status;
    }
    hpi_fds_close(fd);
    unlink(prometheus->temporary);
    prometheus->written_ns = INT64_MIN / 2;
    return HPT_OK;
}

/* The text. */

static void family(prometheus_state *prometheus, const char *name, const char *type,
                   const char *help) {
    const char *pieces[] = { "# HELP ",   prometheus->prefix, "_", name, " ", help,
                             "\n# TYPE ", prometheus->prefix, "_", name, " ", type,
                             "\n" };
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
        hpi_write(&prometheus->text, pieces[i]);
}

static void label(hpi_writer *text, const char *name, const char *value) {
    hpi_write(text, "{");
    hpi_write(text, name);
    hpi_write(text, "=\"");
    for (; *value; value++) {
        if (*value == '\\' || *value == '"') hpi_write(text, "\\");
        hpi_write_bytes(text, *value == '\n' ? "\\n" : value, *value == '\n' ? 2 : 1);
    }
    hpi_write(text, "\"}");
}

static void number(hpi_writer *text, double value) {
    char out[HPI_REAL_BYTES];
    if (isnan(value))
        hpi_write(text, "NaN");
    else if (isinf(value))
        hpi_write(text, value > 0 ? "+Inf" : "-Inf");
    else
        hpi_write_bytes(text, out, hpi_print_real(out, value));
    hpi_write(text, "\n");
}

/* A sample without or with one label. */
static void sample(prometheus_state *prometheus, const char *name, double value) {
    hpi_writer *text = &prometheus->text;
    hpi_write(text, prometheus->prefix);
    hpi_write(text, "_");
    hpi_write(text, name);
    hpi_write(text, " ");
    number(text, value);
}

static void labelled(prometheus_state *prometheus, const char *name, const char *label_name,
                     const char *label_value, double value) {
    hpi_writer *text = &prometheus->text;
    hpi_write(text, prometheus->prefix);
    hpi_write(text, "_");
    hpi_write(text, name);
    label(text, label_name, label_value);
    hpi_write(text, " ");
    number(text, value);
}

static void single(prometheus_state *prometheus, const char *name, const char *type, double value,
                   const char *help) {
    family(prometheus, name, type, help);
    sample(prometheus, name, value);
}

static void write_trials(prometheus_state *prometheus, const hpt_stats *stats) {
    family(prometheus, "trials_total", "counter", "Trials that have ended, by state.");
    for (int state = 1; state < HPT_TRIAL_STATE_COUNT; state++)
        labelled(prometheus, "trials_total", "state", hpt_trial_state_text((hpt_trial_state)state),
                 (double)stats->state_count[state]);
    single(prometheus, "trials_in_flight", "gauge", (double)stats->state_count[HPT_TRIAL_RUNNING],
           "Trials asked for that have not ended.");
    if (prometheus->has_goals)
        single(prometheus, "front_trials", "gauge", stats->front_count,
               "Trials on the front of several goals.");
    if (!stats->has_best) return;
    family(prometheus, "best_value", "gauge", "Best value so far.");
    labelled(prometheus, "best_value", "metric", prometheus->metric, stats->best_value);
}

static void write_durations(prometheus_state *prometheus) {
    static const char name[] = "trial_duration_seconds";
    uint64_t          sum = 0;
    family(prometheus, name, "histogram", "How long trials took.");
    for (int i = 0; i <= BUCKETS; i++) {
        sum += prometheus->buckets[i];
        labelled(prometheus, "trial_duration_seconds_bucket", "le",
                 i < BUCKETS ? bucket_bounds[i] : "+Inf", (double)sum);
    }
    sample(prometheus, "trial_duration_seconds_sum", prometheus->duration_sum_s);
    sample(prometheus, "trial_duration_seconds_count", (double)prometheus->duration_count);
}

static void write_run(prometheus_state *prometheus, const hpt_stats *stats) {
    single(prometheus, "workers", "gauge", stats->worker_count, "Workers that started.");
    single(prometheus, "busy_ratio", "gauge", stats->busy_fraction,
           "Share of the workers' time spent inside the objective.");
    single(prometheus, "queue_depth", "gauge", stats->queue_depth,
           "Blocks of trials waiting in the candidate queue.");
    single(prometheus, "queue_depth_max", "gauge", stats->queue_depth_max,
           "Most blocks of trials that waited in the candidate queue.");
    single(prometheus, "ring_depth_max", "gauge", stats->ring_depth_max,
           "Most blocks that waited in the result rings.");
    single(prometheus, "events_dropped_total", "counter", (double)stats->observer_lost,
           "Events that observers lost.");
    single(prometheus, "observer_failures_total", "counter", (double)stats->observer_failures,
           "Calls of observers that failed.");
    single(prometheus, "run_duration_seconds", "gauge", stats->wall_s,
           "Time since the run started.");
    single(prometheus, "run_finished", "gauge", stats->stop != HPT_STOP_NONE,
           "Whether no more trials are asked for.");
    family(prometheus, "build_info", "gauge", "The library that runs; always 1.");
    labelled(prometheus, "build_info", "version", hpt_version(), 1);
}

/* The file. */

static bool write_all(int fd, const char *text, size_t bytes) {
    while (bytes > 0) {
        ssize_t got = write(fd, text, bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        text += got;
        bytes -= (size_t)got;
    }
    return true;
}

/* Readers see the old file or the new one, never a part. */
static hpt_status replace(prometheus_state *prometheus, hpt_err *err) {
    int fd = create_temporary(prometheus);
    if (fd < 0) return fail("create", prometheus->temporary, err);
    bool       is_whole = write_all(fd, prometheus->text.text, prometheus->text.bytes);
    hpt_status status = is_whole ? HPT_OK : fail("write", prometheus->temporary, err);
    if (hpi_fds_close(fd) != 0 && status == HPT_OK)
        status = fail("close", prometheus->temporary, err);
    if (status == HPT_OK && rename(prometheus->temporary, prometheus->path) != 0)
        status = fail("replace", prometheus->path, err);
    if (status != HPT_OK) unlink(prometheus->temporary);
    return status;
}

static hpt_status write_file(prometheus_state *prometheus, const hpt_stats *stats, hpt_err *err) {
    prometheus->text.bytes = 0;
    prometheus->text.failed = false;
    write_trials(prometheus, stats);
    write_durations(prometheus);
    write_run(prometheus, stats);
    if (prometheus->text.failed) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    return replace(prometheus, err);
}

static void observe_duration(prometheus_state *prometheus, double seconds) {
    int bucket = 0;
    while (bucket < BUCKETS && seconds > prometheus->bounds[bucket])
        bucket++;
    prometheus->buckets[bucket]++;
    prometheus->duration_count++;
    prometheus->duration_sum_s += seconds;
}

static hpt_status prometheus_events(void *state, const hpt_event *events, size_t count,
                                    hpt_err *err) {
    prometheus_state *prometheus = state;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind == HPT_EVENT_FINISHED)
            return write_file(prometheus, events[i].stats, err);
        if (events[i].kind == HPT_EVENT_TRIAL_ENDED && events[i].start_ns >= 0)
            observe_duration(prometheus, (double)events[i].duration_ns / 1e9);
    }
    return HPT_OK;
}

static hpt_status prometheus_tick(void *state, const hpt_stats *stats, uint64_t lost_count,
                                  hpt_err *err) {
    prometheus_state *prometheus = state;
    int64_t           now_ns = hpi_now_ns();
    (void)lost_count;
    if (now_ns - prometheus->written_ns < hpi_seconds_to_ns(prometheus->interval_s)) return HPT_OK;
    prometheus->written_ns = now_ns;
    return write_file(prometheus, stats, err);
}

static hpt_status prometheus_close(void *state, uint64_t lost_count, hpt_err *err) {
    prometheus_state *prometheus = state;
    (void)lost_count;
    (void)err;
    hpi_writer_fini(&prometheus->text);
    hpi_free(prometheus->temporary);
    return HPT_OK;
}

const hpt_observer_class hpi_observer_prometheus = {
    .struct_size = sizeof(hpt_observer_class),
    .name = "prometheus",
    .summary = "statistics in Prometheus' text format, in a file that is replaced as a whole",
    .state_size = sizeof(prometheus_state),
    .options = prometheus_options,
    .kinds = HPT_EVENT_TRIAL_ENDED | HPT_EVENT_FINISHED,
    .policy = HPT_POLICY_DROP,
    .tick_ms = 100,
    .open = prometheus_open,
    .events = prometheus_events,
    .tick = prometheus_tick,
    .close = prometheus_close,
};
