/* SPDX-License-Identifier: BSD-3-Clause */
#include "args.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: svm [option]...\n"
    "Tunes a support vector machine on handwritten digits, with every core.\n"
    "\n"
    "  --quick           tumours instead of digits: seconds instead of a minute\n"
    "  --trials N        stop after N trials\n"
    "  --seconds S       stop after S seconds\n"
    "  --workers N       threads that try candidates; default: one per core\n"
    "  --strategy NAME   who proposes candidates: auto (default), cmaes, or one with\n"
    "                    options, such as \"tpe:candidates=48\"\n"
    "  --log PATH        where to write the trials; default: svm-trials.jsonl\n"
    "  --study FILE      keep every trial in FILE (svm.db), and go on with those that\n"
    "                    it has; trials and seconds are those of all runs together\n"
    "  --help            this\n"
    "\n"
    "Ctrl-C finishes the trials that run and shows the best so far; a second one\n"
    "stops at once.\n";

/* clang-format off */
static const struct option rows[] = {
    { "quick",    no_argument,       NULL, 'q' },
    { "trials",   required_argument, NULL, 't' },
    { "seconds",  required_argument, NULL, 's' },
    { "workers",  required_argument, NULL, 'w' },
    { "strategy", required_argument, NULL, 'y' },
    { "log",      required_argument, NULL, 'l' },
    { "study",    required_argument, NULL, 'k' },
    { "help",     no_argument,       NULL, 'h' },
    { 0 }
};
/* clang-format on */

static bool read_count(const char *name, const char *text, uint64_t max, uint64_t *count_out) {
    char *end;
    errno = 0;
    unsigned long long count = strtoull(text, &end, 10);
    if (*text >= '0' && *text <= '9' && *end == 0 && errno == 0 && count >= 1 && count <= max) {
        *count_out = count;
        return true;
    }
    fprintf(stderr, "svm: %s is \"%s\": it must be a whole number from 1 to %llu\n", name, text,
            (unsigned long long)max);
    return false;
}

static bool read_seconds(const char *text, double *seconds_out) {
    char  *end;
    double seconds = strtod(text, &end);
    if (end != text && *end == 0 && isfinite(seconds) && seconds > 0) {
        *seconds_out = seconds;
        return true;
    }
    fprintf(stderr, "svm: --seconds is \"%s\": it must be a number above 0\n", text);
    return false;
}

static bool read_option(struct args *args, int letter) {
    uint64_t count = 0;
    switch (letter) {
    case 'q':
        return args->is_quick = true;
    case 't':
        return read_count("--trials", optarg, 1000000000, &args->trials);
    case 's':
        return read_seconds(optarg, &args->seconds);
    case 'w':
        if (!read_count("--workers", optarg, 4096, &count)) return false;
        args->workers = (uint32_t)count;
        return true;
    case 'y':
        args->strategy = optarg;
        return true;
    case 'l':
        args->log = optarg;
        return true;
    case 'k':
        args->study = optarg;
        return true;
    default: /* getopt has said it */
        fprintf(stderr, "svm --help tells more\n");
        return false;
    }
}

/* Any path may stand between double quotes, with \\ before \" and \\. */
static bool name_observers(struct args *args) {
    static const char start[] = "progress; jsonl:path=\"";
    char             *to = args->observe, *end = to + sizeof args->observe - 4;
    memcpy(to, start, sizeof start);
    to += sizeof start - 1;
    for (const char *from = args->log; *from; from++) {
        if (to >= end) return fprintf(stderr, "svm: --log is too long\n"), false;
        if (*from == '"' || *from == '\\') *to++ = '\\';
        *to++ = *from;
    }
    memcpy(to, "\"", 2);
    return true;
}

int args_read(struct args *args_out, int argc, char **argv) {
    *args_out = (struct args){ .strategy = "auto", .log = "svm-trials.jsonl" };
    for (int letter; (letter = getopt_long(argc, argv, "", rows, NULL)) != -1;) {
        if (letter == 'h') return fputs(help, stdout), 0;
        if (!read_option(args_out, letter)) return 2;
    }
    if (optind == argc) return name_observers(args_out) ? -1 : 2;
    fprintf(stderr, "svm: \"%s\" is not an option\nsvm --help tells more\n", argv[optind]);
    return 2;
}
