/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_CATCH_H
#define HPT_CATCH_H

/**
 * @file
 * C++ exceptions that leave an objective (the trial is FAILED, with what() as its reason) or an
 * observer (its call failed). Nothing here is to be called by hand.
 *
 * hpt is C and needs no C++ runtime, so it cannot catch. Each C++ file that includes hpt/trial.h,
 * which all headers for runs do, therefore compiles the try and the catch below and registers them
 * at its start; runs use the first that is registered when they start, whatever language their
 * objective is written in. In a process without such a file nothing is registered, nothing is
 * spent, and an exception that leaves an objective ends the program (std::terminate()).
 *
 * Files compiled with -fno-exceptions register nothing, nor do those that define HPT_NO_CATCH.
 */

#include <hpt/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct hpt_trial;

/** What a trial is evaluated by. Of the library's. */
typedef struct hpt_catch_call {
    hpt_status (*objective)(struct hpt_trial *trial, void *user, double *value_out);
    void *user;
    /** What came out: what(), or NULL for something that is no std::exception. */
    hpt_status (*threw)(struct hpt_trial *trial, const char *what);
} hpt_catch_call;

/** Somebody who can catch. */
typedef struct hpt_catcher {
    uint32_t struct_size;
    /** Calls the objective of `call`, an hpt_catch_call, or answers what its `threw` does. */
    hpt_status (*objective)(struct hpt_trial *trial, void *call, double *value_out);
    /** Calls `body`, and `threw` with what comes out of it. */
    void (*attempt)(void (*body)(void *context), void (*threw)(void *context, const char *what),
                    void *context);
    const char         *file; /**< the library's: of which shared object it is a part, or NULL */
    struct hpt_catcher *next; /**< the library's                                              */
} hpt_catcher;

/** Add a catcher. @param catcher kept until it is unregistered. Threads: any; also before main()
 *  and in dlopen(). */
HPT_API void hpt_catcher_register(hpt_catcher *catcher);

/** Take one back. @param catcher as registered. Threads: any; also behind main() and in dlclose(),
 *  which does not unload an object whose catcher some run still uses. */
HPT_API void hpt_catcher_unregister(hpt_catcher *catcher);

#ifdef __cplusplus
}
#endif

#if defined(__cplusplus) && !defined(HPT_NO_CATCH) &&                                              \
    (defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND))

#include <exception>
#if defined(__GLIBCXX__)
#include <cxxabi.h>
/* pthread_exit() and pthread_cancel() unwind the stack too, and must not be stopped. Other C++
 * runtimes do not show that to catch (...). */
#define HPT_CATCH_UNWINDING                                                                        \
    catch (abi::__forced_unwind &) {                                                               \
        throw;                                                                                     \
    }
#else
#define HPT_CATCH_UNWINDING
#endif
/* What unwinds for pthread_exit() is no object, so that UBSan would see a reference to nothing. */
#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 8)
#define HPT_CATCH_NO_OBJECT __attribute__((no_sanitize("null")))
#else
#define HPT_CATCH_NO_OBJECT
#endif

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpragmas"
#pragma clang diagnostic ignored "-Wunknown-warning-option"
#pragma clang diagnostic ignored "-Wglobal-constructors"
#pragma clang diagnostic ignored "-Wexit-time-destructors"
#endif

extern "C" {

HPT_CATCH_NO_OBJECT
static hpt_status hpt_catch_objective(struct hpt_trial *trial, void *call, double *value_out) {
    hpt_catch_call *it = static_cast<hpt_catch_call *>(call);
    try {
        return it->objective(trial, it->user, value_out);
    }
    HPT_CATCH_UNWINDING
    catch (const std::exception &thrown) {
        return it->threw(trial, thrown.what());
    }
    catch (...) {
        return it->threw(trial, NULL);
    }
}

HPT_CATCH_NO_OBJECT
static void hpt_catch_attempt(void (*body)(void *), void (*threw)(void *, const char *),
                              void *context) {
    try {
        body(context);
    }
    HPT_CATCH_UNWINDING
    catch (const std::exception &thrown) {
        threw(context, thrown.what());
    }
    catch (...) {
        threw(context, NULL);
    }
}

} /* extern "C" */

namespace {

/* One for each file: no object of it is shared with another, which may be unloaded before. */
struct hpt_catch_here {
    hpt_catcher catcher;
    hpt_catch_here() : catcher() {
        catcher.struct_size = sizeof catcher;
        catcher.objective = hpt_catch_objective;
        catcher.attempt = hpt_catch_attempt;
        hpt_catcher_register(&catcher);
    }
    ~hpt_catch_here() { hpt_catcher_unregister(&catcher); }

  private:
    hpt_catch_here(const hpt_catch_here &);
    hpt_catch_here &operator=(const hpt_catch_here &);
} hpt_catch_in_this_file;

} /* namespace */

#if defined(__clang__)
#pragma clang diagnostic pop
#endif
#undef HPT_CATCH_NO_OBJECT
#undef HPT_CATCH_UNWINDING
#endif
#endif
