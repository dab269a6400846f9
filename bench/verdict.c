/* SPDX-License-Identifier: BSD-3-Clause */
#include "verdict.h"

#include <math.h>
#include <stdarg.h>

static const char *const verdict_texts[] = { "pass", "falls short", "not measured" };

static bench_line lines[BENCH_LINES_MAX];
static unsigned   line_count;

bench_line *bench_target(double limit, const char *format, ...) {
    static bench_line spare;
    bench_line       *it = line_count < BENCH_LINES_MAX ? &lines[line_count++] : &spare;
    va_list           arguments;
    *it = (bench_line){
        .limit = limit, .figure = NAN, .low = NAN, .high = NAN, .verdict = BENCH_NOT_MEASURED
    };
    va_start(arguments, format);
    vsnprintf(it->target, sizeof it->target, format, arguments);
    va_end(arguments);
    return it;
}

void bench_judge(bench_line *line, bench_ratio ratio) {
    double figure = round(ratio.value * 1000) / 1000;
    line->figure = ratio.value;
    line->low = ratio.low;
    line->high = ratio.high;
    bool is_short = line->is_least ? figure < line->limit : figure > line->limit;
    line->verdict = is_short || isnan(figure) ? BENCH_FALLS_SHORT : BENCH_PASS;
}

void bench_judge_number(bench_line *line, double figure) {
    bench_judge(line, (bench_ratio){ figure, NAN, NAN });
}

static void print_line(const bench_line *it) {
    char range[32] = "", limit[24] = "-";
    bool is_measured = it->verdict != BENCH_NOT_MEASURED;
    if (!isnan(it->low)) snprintf(range, sizeof range, "%.3f - %.3f", it->low, it->high);
    if (!isnan(it->limit))
        snprintf(limit, sizeof limit, "%s%g", it->is_least ? ">= " : "<= ", it->limit);
    printf("  %-80s %-9s ", it->target, limit);
    if (is_measured)
        printf("%9.3f %-17s %-12s %s\n", it->figure, range,
               isnan(it->limit) ? "" : verdict_texts[it->verdict], it->against);
    else
        printf("%9s %-17s %-12s %s\n", "-", "", verdict_texts[it->verdict], it->why_not);
}

int bench_verdicts_print(void) {
    unsigned counts[3] = { 0 };
    printf("targets: ratios of medians; in the middle, where half of the rounds' own ratios lie\n");
    printf("  %-80s %-9s %9s %-17s %-12s %s\n", "target", "limit", "measured", "middle half",
           "verdict", "measured and against what");
    for (unsigned i = 0; i < line_count; i++) {
        print_line(&lines[i]);
        if (!isnan(lines[i].limit)) counts[lines[i].verdict]++;
    }
    printf("\n%u pass, %u fall short, %u not measured\n", counts[BENCH_PASS],
           counts[BENCH_FALLS_SHORT], counts[BENCH_NOT_MEASURED]);
    return (int)counts[BENCH_FALLS_SHORT];
}
