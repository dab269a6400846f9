/* SPDX-License-Identifier: BSD-3-Clause */
#include "throwing.h"

#include <atomic>
#include <new>
#include <stdexcept>
#include <string>

namespace {

class own : public std::exception {
    const char *what() const noexcept override { return "of my own"; }
};

std::atomic<int> destructors(0);

struct guard {
    ~guard() { destructors++; }
};

} // namespace

void throw_it(int what) {
    guard in_the_way;
    switch (what) {
    case THROW_RUNTIME_ERROR:
        throw std::runtime_error("it diverged");
    case THROW_OWN_CLASS:
        throw own();
    case THROW_BAD_ALLOC:
        throw std::bad_alloc();
    case THROW_INT:
        throw 42;
    case THROW_EMPTY:
        throw std::runtime_error("");
    case THROW_LONG:
        throw std::runtime_error("\x1b[31m" + std::string(4000, 'x'));
    default:
        return;
    }
}

hpt_status throw_objective(hpt_trial *trial, void *user, double *value_out) {
    throw_it(*static_cast<int *>(user));
    *value_out = hpt_trial_real(trial, "x");
    return HPT_OK;
}

hpt_status throw_often(hpt_trial *trial, void *user, double *value_out) {
    double x = hpt_trial_real(trial, "x");
    hpt_trial_set_attr(trial, "place", hpt_text("before the throw"));
    hpt_trial_report(trial, 7, x);
    if (x > 0.5) {
        static_cast<std::atomic<unsigned long> *>(user)->fetch_add(1);
        throw_it(THROW_RUNTIME_ERROR);
    }
    *value_out = x;
    return HPT_OK;
}

hpt_status throw_events(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)events, (void)count, (void)err;
    if (++*static_cast<int *>(user) == 1) throw std::runtime_error("the observer is out of sorts");
    return HPT_OK;
}

void throw_line(void *user, hpt_level level, const char *line) {
    (void)level, (void)line;
    if (++*static_cast<int *>(user) == 1) throw 42;
}

int throw_destructors(void) {
    return destructors;
}
