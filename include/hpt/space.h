/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SPACE_H
#define HPT_SPACE_H

/**
 * @file
 * The search space: which parameters may vary, and how.
 *
 * Build it with hpt_space_add_*(), or read it from JSON, one member per parameter:
 *
 *     {"learning_rate": {"kind": "real", "min": 1e-4, "max": 1e-1, "log": true},
 *      "layers":        {"kind": "int", "min": 1, "max": 8, "default": 2},
 *      "dropout":       {"kind": "real", "min": 0, "max": 0.5, "step": 0.05},
 *      "batch_size":    {"kind": "categorical", "values": [16, 32, 64]},
 *      "precision":     {"kind": "ordinal", "values": ["half", "single", "double"]},
 *      "threads":       {"kind": "constant", "value": 4},
 *      "momentum":      {"kind": "real", "min": 0, "max": 1, "condition": "precision != 'half'"},
 *      "constraints":   ["layers * batch_size <= 256", "dropout == 0 or layers > 1"]}
 *
 * "condition" is hpt_space_set_condition(), "constraints" hpt_space_add_constraint(); both may read
 * parameters that are written after them. docs/space.md says more of both.
 * The older kinds "continuous_float" and "continuous_int" are read as "real" and "int".
 * The order of the parameters is the order in which they were added or written.
 *
 * A space remembers its first error, and everything that takes the space reports it: a builder
 * needs no check on each line. After an error nothing more is added. A space that is NULL is such
 * an error too. Everything that takes a space copies it, so it may be destroyed right after.
 * Limits: 65 536 parameters, names of 1 to 255 bytes of UTF-8 without control characters, 65 536
 * values in a list, texts of 4 095 bytes, JSON of 64 MiB and 32 levels.
 *
 * Threads: one at a time may change a space; any number may read one that nobody changes.
 */

#include <hpt/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hpt_space hpt_space;

/** A parameter's place in its space, from 0 in the order of adding. */
typedef uint32_t hpt_param;

/** What hpt_space_add_*() return when they fail, and hpt_space_find() when there is none. */
#define HPT_PARAM_NONE UINT32_MAX

typedef enum hpt_kind {
    HPT_KIND_REAL = 0,        /**< a range of doubles, both ends included                  */
    HPT_KIND_INT = 1,         /**< a range of int64_t, both ends included                  */
    HPT_KIND_CATEGORICAL = 2, /**< one of a list without order                             */
    HPT_KIND_ORDINAL = 3,     /**< one of a list in a meaningful order                     */
    HPT_KIND_CONSTANT = 4     /**< one value; part of every trial, never searched          */
} hpt_kind;

/**
 * One coordinate of a point, in the parameter's own terms. Which member counts follows from the
 * kind: `real` for HPT_KIND_REAL; `integer` for HPT_KIND_INT; `integer`, an index into the values,
 * for lists; 0 for constants.
 */
typedef union hpt_coord {
    double  real;
    int64_t integer;
} hpt_coord;

/** Everything about one parameter. Borrowed from the space. */
typedef struct hpt_param_info {
    uint32_t         struct_size; /**< sizeof(hpt_param_info): the caller sets it before     */
    hpt_kind         kind;
    const char      *name;
    bool             is_log;        /**< ranges: uniform in the logarithm                      */
    bool             has_step;      /**< ranges: only min, min + step, ... count               */
    bool             has_default;   /**< default_value is set                                  */
    hpt_value        min, max;      /**< ranges: both included; max is moved down to a step    */
    hpt_value        step;          /**< ranges with a step                                    */
    hpt_value        default_value; /**< the untuned value                                     */
    const hpt_value *values;        /**< lists: value_count of them; constants: one            */
    uint32_t         value_count;
} hpt_param_info;

/**
 * An empty space.
 *
 * @return the space, or NULL when memory is out (which every later call takes and reports).
 *
 * Threads: any. Cost: one allocation.
 */
HPT_API hpt_space *hpt_space_create(void);

/**
 * Free a space. @param space may be NULL. Threads: nobody else may use it.
 */
HPT_API void hpt_space_destroy(hpt_space *space);

/**
 * Add a range of real numbers, both ends included.
 *
 * @param space the space.
 * @param name  1 to 255 bytes of UTF-8, unlike every other name; copied.
 * @param min   finite; the least value.
 * @param max   finite, at least min.
 * @return the parameter's handle; HPT_PARAM_NONE on an error, which the space remembers.
 *
 * Threads: one per space. Cost: O(1) amortised.
 */
HPT_API hpt_param hpt_space_add_real(hpt_space *space, const char *name, double min, double max);

/**
 * Add a range of integers, both ends included. As hpt_space_add_real(), with any int64_t.
 *
 * @param space the space. @param name as above. @param min least value. @param max at least min.
 * @return the handle, or HPT_PARAM_NONE. Threads: one per space.
 */
HPT_API hpt_param hpt_space_add_int(hpt_space *space, const char *name, int64_t min, int64_t max);

/**
 * Add a list of values without order, of any types.
 *
 * @param space the space. @param name as above.
 * @param values `count` of them, all different, no NaN or infinity; copied.
 * @param count 1 to 65 536.
 * @return the handle, or HPT_PARAM_NONE. Threads: one per space.
 */
HPT_API hpt_param hpt_space_add_categorical(hpt_space *space, const char *name,
                                            const hpt_value *values, size_t count);

/**
 * Add a list of values whose order means something ("half", "single", "double"). As
 * hpt_space_add_categorical().
 *
 * @param space the space. @param name as above. @param values in order. @param count 1 to 65 536.
 * @return the handle, or HPT_PARAM_NONE. Threads: one per space.
 */
HPT_API hpt_param hpt_space_add_ordinal(hpt_space *space, const char *name, const hpt_value *values,
                                        size_t count);

/**
 * Add a list of texts without order: hpt_space_add_categorical() for the most common case.
 *
 * @param space the space. @param name as above. @param texts all different. @param count 1 to 65
 * 536.
 * @return the handle, or HPT_PARAM_NONE. Threads: one per space.
 */
HPT_API hpt_param hpt_space_add_choice(hpt_space *space, const char *name, const char *const *texts,
                                       size_t count);

/**
 * Add a value that is the same in every trial.
 *
 * @param space the space. @param name as above. @param value any finite value; copied.
 * @return the handle, or HPT_PARAM_NONE. Threads: one per space.
 */
HPT_API hpt_param hpt_space_add_constant(hpt_space *space, const char *name, hpt_value value);

/**
 * Search a range uniformly in the logarithm.
 *
 * @param space the space.
 * @param param a range with min > 0; an integer range must have no step but 1, a real one none.
 * @return HPT_OK or HPT_EINVAL; the space remembers an error. Threads: one per space.
 */
HPT_API hpt_status hpt_space_set_log(hpt_space *space, hpt_param param);

/**
 * Allow only min, min + step, min + 2 step, ... in a range. max moves down to the last of them (a
 * real max within 1e-9 steps of one counts as reached). Steps written as decimals give decimals: 3
 * steps of 0.1 from 0 are 0.3.
 *
 * @param space the space.
 * @param param a range without step, and not logarithmic (an integer one with log takes step 1).
 * @param step  above 0 and at most max - min; an integer for integer ranges; for real ones not so
 *        small that doubles of the size of min or max cannot tell the values apart.
 * @return HPT_OK or HPT_EINVAL; the space remembers an error. Threads: one per space.
 */
HPT_API hpt_status hpt_space_set_step(hpt_space *space, hpt_param param, hpt_value step);

/**
 * Say which value the parameter has untuned.
 *
 * @param space the space. @param param any but a constant.
 * @param value one the parameter can take (an integer will do for a real range).
 * @return HPT_OK or HPT_EINVAL; the space remembers an error. Threads: one per space.
 */
HPT_API hpt_status hpt_space_set_default(hpt_space *space, hpt_param param, hpt_value value);

/**
 * Allow only points at which an expression is true.
 *
 *     hpt_space_add_constraint(space, "block_x * block_y <= 1024");
 *     hpt_space_add_constraint(space, "padding == 0 or block_x % 32 != 0");
 *     hpt_space_add_constraint(space, "not (solver == 'sgd' and batch_size > 64)");
 *
 * The syntax and the arithmetic are Python's: + - * / // % ** and parentheses; == != < <= > >=,
 * also chained (1 < a < b); `in` and `not in` a list of constants; and, or, not; abs, ceil, floor,
 * max, min; numbers, texts in single or double quotes, true, false, null. Parameters by name, one
 * that is no plain name in backquotes (`learning rate`). Truth values are the numbers 0 and 1, and
 * a number other than 0 is true. Integers are exact as long as they fit 64 bits. Order does not
 * matter to `and` and `or`: `n == 0 or m / n < 2` is true for n = 0.
 * A point at which it has no value (a division by zero, a text where a number must be) is not
 * allowed either. A constraint that depends on an inactive parameter does not apply.
 *
 * @param space the space; its parameters must be there already.
 * @param expression at most 4 095 bytes; copied. At most 4 096 constraints.
 * @return HPT_OK; HPT_EPARSE with line and column for wrong syntax; HPT_EINVAL for unknown names
 *         (with the closest match) and types that never fit ("fast" < 3); HPT_ELIMIT. The space
 *         remembers an error. Threads: one per space.
 */
HPT_API hpt_status hpt_space_add_constraint(hpt_space *space, const char *expression);

/**
 * Whether a point is allowed, as a function of yours.
 *
 * @param space the run's own copy of the space. @param point one coordinate per parameter; see
 * hpt_space_value(). @param user as given. @return whether it is.
 *
 * Threads: several at once may call it. The answer must depend on nothing but the point.
 */
typedef bool hpt_check_function(const hpt_space *space, const hpt_coord *point, void *user);

/**
 * Allow only points that a function allows, for what no expression says. An expression is better
 * where it will do: it rules out many points at once, and can be written as JSON.
 *
 * @param space the space. @param function at most 64 of them. @param user for it; must live as
 * long as the space and every run over it.
 * @return HPT_OK, HPT_EINVAL or HPT_ELIMIT; the space remembers an error. Threads: one per space.
 */
HPT_API hpt_status hpt_space_add_check(hpt_space *space, hpt_check_function *function, void *user);

/**
 * Make a parameter conditional: active only at points at which an expression is true, as in
 * hpt_space_set_condition(space, momentum, "solver == 'sgd'"). The expression may read conditional
 * parameters; if one of those is inactive and that matters, this one is inactive too.
 *
 * An inactive parameter rests: its coordinate is that of its default, or of its first value (min)
 * without one. hpt_trial_value() and files show null.
 *
 * @param space the space. @param param any but a constant, without a condition so far.
 * @param expression as in hpt_space_add_constraint(). At most 4 096 conditions.
 * @return as hpt_space_add_constraint(); HPT_EINVAL also for conditions that go in a circle.
 */
HPT_API hpt_status hpt_space_set_condition(hpt_space *space, hpt_param param,
                                           const char *expression);

/**
 * Whether a parameter is active at a point.
 *
 * @param space the space. @param param a handle. @param point one coordinate per parameter.
 * @return true for a parameter without condition; false for a handle that is none.
 *
 * Threads: readers. Cost: O(conditions); nothing is allocated.
 */
HPT_API bool hpt_space_is_active(const hpt_space *space, hpt_param param, const hpt_coord *point);

/**
 * Whether all constraints and checks hold at a point.
 *
 * @param space the space. @param point one coordinate per parameter, each in its range.
 * @return whether they do; true without any.
 *
 * Threads: readers. Cost: some 10 ns for each operation in each expression; nothing is allocated.
 */
HPT_API bool hpt_space_permits(const hpt_space *space, const hpt_coord *point);

/**
 * The first error of a space, if there was one. An empty space is an error too.
 *
 * @param space the space. @param err filled on failure.
 * @return HPT_OK: it can be searched; else the status of the first error. Threads: readers.
 */
HPT_API hpt_status hpt_space_check(const hpt_space *space, hpt_err *err);

/** How many parameters. @param space may be NULL (0). @return the count. Threads: readers. */
HPT_API size_t hpt_space_count(const hpt_space *space);

/**
 * The handle of a name.
 *
 * @param space the space. @param name any text.
 * @return the handle, or HPT_PARAM_NONE. Threads: readers. Cost: one hash look-up.
 */
HPT_API hpt_param hpt_space_find(const hpt_space *space, const char *name);

/**
 * Everything about one parameter.
 *
 * @param space the space. @param param a handle.
 * @param info_out its `struct_size` must be sizeof(hpt_param_info); its pointers are borrowed
 *        until the space changes or is destroyed.
 * @param err filled on failure.
 * @return HPT_OK, or HPT_EINVAL for a handle that is none. Threads: readers.
 */
HPT_API hpt_status hpt_space_info(const hpt_space *space, hpt_param param, hpt_param_info *info_out,
                                  hpt_err *err);

/**
 * A coordinate as a value with its type: what the user sees of a point.
 *
 * @param space the space. @param param a handle. @param coord that parameter's coordinate.
 * @return the value; text is borrowed from the space. Null for a handle or index that is none.
 *
 * Threads: readers. Cost: O(1).
 */
HPT_API hpt_value hpt_space_value(const hpt_space *space, hpt_param param, hpt_coord coord);

/**
 * The coordinate of a value: the other way round.
 *
 * @param space the space. @param param a handle.
 * @param value one the parameter can take: in range, on a step, in the list, of the right type.
 * @param coord_out the coordinate. @param err filled on failure.
 * @return HPT_OK or HPT_EINVAL. Threads: readers. Cost: O(1); O(values) for lists.
 */
HPT_API hpt_status hpt_space_coord(const hpt_space *space, hpt_param param, hpt_value value,
                                   hpt_coord *coord_out, hpt_err *err);

/**
 * How many different points the space has, constraints and conditions aside.
 *
 * @param space the space.
 * @return the count; INFINITY when a real range has no step and more than one value, or above
 * 1.8e308; possibly rounded above 2^53; 0 for an empty space or NULL.
 *
 * Threads: readers. Cost: O(parameters).
 */
HPT_API double hpt_space_size(const hpt_space *space);

/**
 * Read a space from JSON text.
 *
 * @param json  UTF-8; need not be NUL-terminated. @param bytes its length, at most 64 MiB.
 * @param space_out the new space; destroy it. @param err with line and column on failure.
 * @return HPT_OK
 *         HPT_EPARSE the text is not strict JSON (duplicate keys, 1e999, 0x10, bytes after the end)
 *         HPT_EINVAL it is JSON, but not a space: unknown keys (with the closest match), wrong
 *                    types, or what the functions above refuse
 *         HPT_ELIMIT too large, too deep, more than 4 194 304 values, or a limit above
 *         HPT_ENOMEM
 *
 * Threads: any. Cost: O(bytes).
 */
HPT_API hpt_status hpt_space_parse(const char *json, size_t bytes, hpt_space **space_out,
                                   hpt_err *err);

/**
 * Read a space from a JSON file. As hpt_space_parse(), and HPT_EIO when the file cannot be read.
 *
 * @param path a file. @param space_out the new space. @param err filled on failure.
 * @return as hpt_space_parse(). Threads: any.
 */
HPT_API hpt_status hpt_space_load(const char *path, hpt_space **space_out, hpt_err *err);

/**
 * Write a space as JSON, one parameter per line, such that hpt_space_parse() gives the very same
 * space again: order, types, every bit of every number.
 *
 * @param space the space. @param json_out NUL-terminated; hpt_free() it. @param err on failure.
 * @return HPT_OK, HPT_ENOMEM, or the space's own first error; HPT_EINVAL for what JSON cannot say:
 * a check in C, or constraints beside a parameter called "constraints". Threads: readers.
 */
HPT_API hpt_status hpt_space_print(const hpt_space *space, char **json_out, hpt_err *err);

/**
 * Read a list of points, as hpt_options.points takes it, from JSON:
 * `[{"x": 1, "mode": "fast"}, {"x": 2}]`. A parameter that a point leaves out gets its default;
 * without a default that is an error, as are unknown names and values outside the space. One with a
 * condition and no default gets null, which hpt_options.points takes where it is inactive.
 *
 * @param space the space. @param json UTF-8. @param bytes its length.
 * @param values_out points x parameters, row by row in the space's order; hpt_free() it. Texts
 *        are borrowed from `space`. At most 2^24 values in all, else HPT_ELIMIT.
 * @param count_out how many points. @param err with line and column.
 * @return as hpt_space_parse(). Threads: readers. Cost: O(bytes).
 */
HPT_API hpt_status hpt_space_parse_points(const hpt_space *space, const char *json, size_t bytes,
                                          hpt_value **values_out, size_t *count_out, hpt_err *err);

#ifdef __cplusplus
}
#endif
#endif
