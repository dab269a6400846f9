/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool/sim_time.h"

#include <math.h>

#include "base/err.h"
#include "base/rng.h"

/* Which random words are whose: the trial's number and TRIAL, or the worker's and WORKER. */
enum { TRIAL, WORKER };

static double unit(const hpi_sim_times *times, uint64_t number, uint64_t block, unsigned word) {
    uint64_t words[4];
    hpi_rng_block(times->seed, number, HPI_STREAM_SIMULATE, block, words);
    return hpi_rng_unit(words[word]);
}

static bool is_drawn(int32_t kind) {
    return kind != HPI_SIM_MEASURED && kind != HPI_SIM_TABLE;
}

static bool has_spread(int32_t kind) {
    return kind == HPI_SIM_UNIFORM || kind == HPI_SIM_LOGNORMAL;
}

hpt_status hpi_sim_times_check(const hpi_sim_times *times, hpt_err *err) {
    if (is_drawn(times->kind) && times->mean <= 0)
        return hpi_fail(err, HPT_EINVAL, "pool \"sim\": this time needs a mean above 0 seconds");
    if (!is_drawn(times->kind) && times->mean > 0)
        return hpi_fail(err, HPT_EINVAL,
                        "pool \"sim\": a mean needs time=constant, uniform, exponential or "
                        "lognormal");
    if (has_spread(times->kind) != (times->cv >= 0))
        return hpi_fail(err, HPT_EINVAL,
                        has_spread(times->kind)
                            ? "pool \"sim\": this time needs cv, its standard deviation over its "
                              "mean"
                            : "pool \"sim\": cv needs time=uniform or lognormal");
    if (times->kind == HPI_SIM_UNIFORM && times->cv > 1 / sqrt(3))
        return hpi_fail(err, HPT_EINVAL,
                        "pool \"sim\": cv %g is above 0.577: uniform times would be negative",
                        times->cv);
    if (times->tail > 0 && times->kind == HPI_SIM_MEASURED)
        return hpi_fail(err, HPT_EINVAL, "pool \"sim\": a tail needs a time that is not measured");
    return HPT_OK;
}

/* Box and Muller's. */
static double normal(double a, double b) {
    const double two_pi = 6.283185307179586;
    return sqrt(-2 * log1p(-a)) * cos(two_pi * b);
}

static double lognormal(double mean, double cv, double a, double b) {
    double variance = log1p(cv * cv);
    return mean * exp(sqrt(variance) * normal(a, b) - variance / 2);
}

static double from_table(const hpi_sim_times *times, uint64_t trial, double a) {
    size_t row = times->resample ? (size_t)(a * (double)times->table.count)
                                 : (size_t)(trial % times->table.count);
    return times->table.seconds[row];
}

double hpi_sim_seconds(const hpi_sim_times *times, uint64_t trial) {
    double a = unit(times, trial, TRIAL, 0), b = unit(times, trial, TRIAL, 1);
    bool   is_tail = times->tail > 0 && unit(times, trial, TRIAL, 2) < times->tail;
    double factor = is_tail ? times->tail_factor : 1;
    switch ((hpi_sim_kind)times->kind) {
    case HPI_SIM_UNIFORM:
        return factor * times->mean * (1 + sqrt(3) * times->cv * (2 * a - 1));
    case HPI_SIM_EXPONENTIAL:
        return factor * times->mean * -log1p(-a);
    case HPI_SIM_LOGNORMAL:
        return factor * lognormal(times->mean, times->cv, a, b);
    case HPI_SIM_TABLE:
        return factor * from_table(times, trial, a);
    case HPI_SIM_CONSTANT:
    case HPI_SIM_MEASURED:
        break;
    }
    return factor * times->mean;
}

bool hpi_sim_fails(const hpi_sim_times *times, uint64_t trial) {
    return times->fail > 0 && unit(times, trial, TRIAL, 3) < times->fail;
}

double hpi_sim_pace(const hpi_sim_times *times, uint32_t worker) {
    bool is_slow = times->slow > 0 && unit(times, worker, WORKER, 0) < times->slow;
    return is_slow ? times->slow_factor : 1;
}
