/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/optuna.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

/* ------------------------------------------------------------------------------------- states */

const char *hpi_optuna_state(const hpi_record *record) {
    switch (record->state) {
    case HPT_TRIAL_COMPLETE:
        return "COMPLETE";
    case HPT_TRIAL_PRUNED:
        return "PRUNED";
    case HPT_TRIAL_RUNNING:
        return "RUNNING";
    case HPT_TRIAL_INFEASIBLE:
        /* Optuna tells feasible from infeasible by the constraints of a trial that completed. */
        return record->value_count && record->constraint_count ? "COMPLETE" : "FAIL";
    case HPT_TRIAL_FAILED:
    case HPT_TRIAL_TIMEOUT:
    case HPT_TRIAL_CRASHED:
    case HPT_TRIAL_CANCELLED:
        break;
    }
    return "FAIL";
}

bool hpi_optuna_state_of(const char *word, hpt_trial_state *state_out) {
    static const struct {
        const char     *word;
        hpt_trial_state state;
    } words[] = {
        { "COMPLETE", HPT_TRIAL_COMPLETE }, { "PRUNED", HPT_TRIAL_PRUNED },
        { "FAIL", HPT_TRIAL_FAILED },       { "RUNNING", HPT_TRIAL_RUNNING },
        { "WAITING", HPT_TRIAL_RUNNING },
    };
    for (size_t i = 0; word && i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i].word) == 0) {
            *state_out = words[i].state;
            return true;
        }
    return false;
}

uint32_t hpi_optuna_values(const hpi_record *record, uint32_t goal_count,
                           const double **values_out) {
    bool is_pruned = record->state == HPT_TRIAL_PRUNED;
    *values_out = record->values;
    if (is_pruned && record->value_count == 0 && goal_count == 1 && record->has_report &&
        !isnan(record->last_value)) {
        *values_out = &record->last_value;
        return 1;
    }
    return is_pruned || strcmp(hpi_optuna_state(record), "COMPLETE") == 0 ? record->value_count : 0;
}

bool hpi_optuna_state_is_coarse(hpt_trial_state state) {
    return state == HPT_TRIAL_INFEASIBLE || state == HPT_TRIAL_TIMEOUT ||
           state == HPT_TRIAL_CRASHED || state == HPT_TRIAL_CANCELLED;
}

void hpi_optuna_write_constraints(hpi_writer *writer, const hpt_attr *constraints, uint32_t count) {
    hpi_write(writer, "[");
    for (uint32_t i = 0; i < count; i++) {
        if (i) hpi_write(writer, ", ");
        hpi_py_write_real(writer, constraints[i].value.as.real);
    }
    hpi_write(writer, "]");
}

bool hpi_optuna_has_param(const hpt_space *space, const hpi_record *record, hpt_param param) {
    if (record->given) return record->given[param];
    return hpt_space_is_active(space, param, record->point);
}

/* -------------------------------------------------------------------------------------- times */

/* Days since 1970 of a date of the Gregorian calendar, for any year: the year is taken to begin in
 * March, so that the leap day comes last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
    int64_t shifted = month > 2 ? year : year - 1;
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t year_of_era = shifted - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_of(int64_t days, int64_t *year_out, int64_t *month_out, int64_t *day_out) {
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    *day_out = of_year - (153 * month + 2) / 5 + 1;
    *month_out = month < 10 ? month + 3 : month - 9;
    *year_out = year + era * 400 + (*month_out <= 2);
}

void hpi_optuna_print_time(char out[HPI_OPTUNA_TIME_BYTES], int64_t wall_ns) {
    enum { US_PER_DAY = 86400 };
    int64_t us = wall_ns / 1000 - (wall_ns % 1000 < 0);
    int64_t day_us = INT64_C(1000000) * US_PER_DAY;
    int64_t days = us / day_us - (us % day_us < 0), rest = us - days * day_us;
    int64_t year, month, day;
    date_of(days, &year, &month, &day); /* nanoseconds in 64 bits: the years 1677 to 2262 */
    char *at = hpi_put_digits(out, year, 4);
    *at++ = '-', at = hpi_put_digits(at, month, 2);
    *at++ = '-', at = hpi_put_digits(at, day, 2);
    *at++ = ' ', at = hpi_put_digits(at, rest / 3600000000, 2);
    *at++ = ':', at = hpi_put_digits(at, rest / 60000000 % 60, 2);
    *at++ = ':', at = hpi_put_digits(at, rest / 1000000 % 60, 2);
    *at++ = '.', at = hpi_put_digits(at, rest % 1000000, 6);
    *at = '\0';
}

/* So many digits as a number; false when there are other characters. */
static bool get_digits(const char **at, size_t digits, int64_t *number_out) {
    int64_t number = 0;
    for (size_t i = 0; i < digits; i++) {
        if ((*at)[i] < '0' || (*at)[i] > '9') return false;
        number = number * 10 + ((*at)[i] - '0');
    }
    *at += digits;
    *number_out = number;
    return true;
}

static bool skip(const char **at, char one, char other) {
    if (**at != one && **at != other) return false;
    ++*at;
    return true;
}

/* ".713956", "Z", "+01:00": each may be missing. */
static bool read_rest(const char *at, int64_t *ns_out, int64_t *offset_s_out) {
    int64_t hours = 0, minutes = 0, digit, unit = HPI_NS_PER_S;
    *ns_out = *offset_s_out = 0;
    if (skip(&at, '.', ','))
        while (get_digits(&at, 1, &digit)) {
            unit /= 10;
            *ns_out += digit * unit;
        }
    if (skip(&at, 'Z', 'z')) return *at == '\0';
    if (*at == '\0') return true;
    int64_t sign = *at == '-' ? -1 : 1;
    if (!skip(&at, '+', '-') || !get_digits(&at, 2, &hours)) return false;
    if (skip(&at, ':', ':') && !get_digits(&at, 2, &minutes)) return false;
    *offset_s_out = sign * (hours * 3600 + minutes * 60);
    return *at == '\0';
}

int64_t hpi_optuna_read_time(const char *text) {
    int64_t     year, month, day, hour, minute, second = 0, ns = 0, offset_s = 0;
    const char *at = text;
    if (!at || !get_digits(&at, 4, &year) || !skip(&at, '-', '-') || !get_digits(&at, 2, &month) ||
        !skip(&at, '-', '-') || !get_digits(&at, 2, &day) || !skip(&at, ' ', 'T') ||
        !get_digits(&at, 2, &hour) || !skip(&at, ':', ':') || !get_digits(&at, 2, &minute))
        return HPI_NO_TIME;
    if (skip(&at, ':', ':') && !get_digits(&at, 2, &second)) return HPI_NO_TIME;
    if (!read_rest(at, &ns, &offset_s)) return HPI_NO_TIME;
    if (year < 1678 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
        minute > 59 || second > 60)
        return HPI_NO_TIME;
    int64_t s = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset_s;
    return s * HPI_NS_PER_S + ns;
}
