/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BASE_H
#define HPT_BASE_H

/**
 * @file
 * What every other header needs: version, statuses, the error sentence, values with a type, and
 * the allocator.
 *
 * Conventions of the whole library. Functions that can fail return hpt_status and take an
 * `hpt_err *err` last, which may be NULL. On failure no output is written; on success `err` is not
 * touched. Texts are UTF-8 and NUL-terminated. `const T *` results are borrowed: their comment says
 * until when.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HPT_VERSION_MAJOR 0
#define HPT_VERSION_MINOR 1
#define HPT_VERSION_PATCH 0

#if defined(_WIN32)
#define HPT_API
#elif defined(__GNUC__)
#define HPT_API __attribute__((visibility("default")))
#else
#define HPT_API
#endif

#if defined(__GNUC__)
#define HPT_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define HPT_PRINTF(text, first)
#endif

/* clang-format off */
/** Every status: name, number (frozen once released), sentence. */
#define HPT_STATUS_LIST(X)                                                    \
    X(HPT_OK,           0, "success")                                         \
    X(HPT_ENOMEM,      -1, "out of memory")                                   \
    X(HPT_EINVAL,      -2, "argument outside its documented range")           \
    X(HPT_EPARSE,      -3, "text that does not follow its format")            \
    X(HPT_EABSENT,     -4, "no such parameter, strategy, pool or observer")   \
    X(HPT_EBUILD,      -5, "known, but left out of this build")               \
    X(HPT_EBUSY,       -6, "in use, or already running")                      \
    X(HPT_EDONE,       -7, "there are no more candidates")                    \
    X(HPT_EAGAIN,      -8, "nothing ready now, try again later")              \
    X(HPT_EIO,         -9, "input or output failed")                          \
    X(HPT_ETHREAD,    -10, "a thread could not be started")                   \
    X(HPT_EREENTRANT, -11, "not allowed from inside this callback")           \
    X(HPT_ELIMIT,     -12, "more than a fixed limit of the library")          \
    X(HPT_EFAILED,    -13, "the trial failed")                                \
    X(HPT_EPRUNED,    -14, "the trial was pruned")                            \
    X(HPT_EINFEASIBLE,-15, "the trial broke a constraint")                    \
    X(HPT_ESTOPPED,   -16, "the trial was asked to stop")                     \
    X(HPT_EBUG,       -17, "a bug in hpt or in a plug-in: please report it")  \
    X(HPT_EFORKED,    -18, "not allowed in a fork of the process")            \
    X(HPT_ECRASHED,   -19, "the process that evaluated the trial died")       \
    X(HPT_EREPLAYED,  -20, "a recorded trial was run again, and nothing else")
/* clang-format on */

typedef enum hpt_status {
#define HPT_ROW(name, value, text) name = value,
    HPT_STATUS_LIST(HPT_ROW)
#undef HPT_ROW
} hpt_status;

/**
 * Detail of a failure. Lives in the caller's frame; nothing to free. A caller starts with
 * `hpt_err err = { 0 };` in C and with `hpt_err err = {};` in C++, where g++ -Wextra would warn
 * about the members that `{ 0 }` leaves out.
 */
typedef struct hpt_err {
    uint32_t   line, col; /**< 1-based position in JSON or option text; 0 if none */
    hpt_status code;      /**< HPT_OK until something fails                       */
    char       text[240]; /**< one sentence, NUL-terminated                       */
} hpt_err;

/**
 * The fixed sentence of a status.
 *
 * @param status any number.
 * @return a constant text; "unknown status" for a number that is none.
 *
 * Threads: any. Cost: a table look-up.
 */
HPT_API const char *hpt_status_text(hpt_status status);

/**
 * The version of the library that is running, "0.1.0" (HPT_VERSION_* is what was compiled against).
 *
 * @return a constant text.
 *
 * Threads: any. Cost: none.
 */
HPT_API const char *hpt_version(void);

/** The type of a value: what JSON can hold in one scalar, with integers kept apart from reals. */
typedef enum hpt_type {
    HPT_TYPE_NULL = 0,
    HPT_TYPE_BOOL = 1,
    HPT_TYPE_INT = 2,
    HPT_TYPE_REAL = 3,
    HPT_TYPE_TEXT = 4
} hpt_type;

/** One value and its type. `as.text` is borrowed from whoever gave the value. */
typedef struct hpt_value {
    hpt_type type;
    union {
        bool        boolean;
        int64_t     integer;
        double      real;
        const char *text;
    } as;
} hpt_value;

/** A null value. @return {HPT_TYPE_NULL}. Threads: any. */
static inline hpt_value hpt_null(void) {
    hpt_value value;
    value.type = HPT_TYPE_NULL;
    value.as.integer = 0;
    return value;
}

/** A truth value. @param boolean true or false. @return the value. Threads: any. */
static inline hpt_value hpt_bool(bool boolean) {
    hpt_value value = hpt_null();
    value.type = HPT_TYPE_BOOL;
    value.as.boolean = boolean;
    return value;
}

/** An integer. @param integer any. @return the value. Threads: any. */
static inline hpt_value hpt_int(int64_t integer) {
    hpt_value value = hpt_null();
    value.type = HPT_TYPE_INT;
    value.as.integer = integer;
    return value;
}

/** A real number. @param real any; most uses refuse NaN and infinities. @return the value. */
static inline hpt_value hpt_real(double real) {
    hpt_value value = hpt_null();
    value.type = HPT_TYPE_REAL;
    value.as.real = real;
    return value;
}

/** A text. @param text UTF-8, borrowed; not NULL. @return the value. Threads: any. */
static inline hpt_value hpt_text(const char *text) {
    hpt_value value = hpt_null();
    value.type = HPT_TYPE_TEXT;
    value.as.text = text;
    return value;
}

/** Whether two values have the same type and content (reals by ==). Threads: any. */
HPT_API bool hpt_value_equal(hpt_value a, hpt_value b);

/**
 * Where the library gets its memory. All three members are needed. `resize` and `release` get what
 * `allocate` or `resize` returned; `release` may get NULL. They are called from any thread.
 */
typedef struct hpt_allocator {
    void *(*allocate)(size_t bytes, void *user);
    void *(*resize)(void *memory, size_t bytes, void *user);
    void (*release)(void *memory, void *user);
    void *user;
} hpt_allocator;

/**
 * Replace malloc, realloc and free for the whole process. (cJSON, used while JSON is read, keeps
 * the C library's.)
 *
 * @param allocator copied; NULL goes back to the C library's.
 * @return HPT_OK     replaced
 *         HPT_EINVAL a member is missing
 *         HPT_EBUSY  memory from the present allocator is still in use
 *
 * Threads: none may be inside the library. Cost: none.
 */
HPT_API hpt_status hpt_allocator_set(const hpt_allocator *allocator);

/**
 * Give back a text or array that the library handed over with that duty.
 *
 * @param memory from a function whose comment names hpt_free(); NULL does nothing.
 *
 * Threads: any.
 */
HPT_API void hpt_free(void *memory);

#ifdef __cplusplus
}
#endif
#endif
