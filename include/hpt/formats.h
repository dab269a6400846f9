/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_FORMATS_H
#define HPT_FORMATS_H

/**
 * @file
 * Search spaces as other tools write them. It is a header of its own because a program that builds
 * its space, or reads hpt's JSON by hpt_space_load(), needs none of it.
 *
 *     hpt_space_load_as("parameters.txt", NULL, &space, &err);        // which format: by content
 *     hpt_space_print_as(space, "configspace", NULL, &text, &err);
 *
 * | name          | what it is                                                    | read | write |
 * |---------------|---------------------------------------------------------------|------|-------|
 * | `hpt`         | hpt's own JSON: space.h                                       | yes  | yes   |
 * | `t1`          | T1 1.0.0 of the auto-tuning community (Kernel Tuner, BAT)     | yes  | yes   |
 * | `configspace` | JSON of ConfigSpace, format 0.4 (SMAC, auto-sklearn)          | yes  | yes   |
 * | `irace`       | the parameters.txt of irace                                   | yes  | no    |
 *
 * What is read is the space; what a file says besides (a kernel, a budget, weights of a choice) is
 * not kept. What a space of hpt cannot say, and what a format cannot say of a space, is refused by
 * a sentence, never left out in silence. docs/formats.md has the mapping, format by format.
 */

#include <hpt/space.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A format of search spaces. */
typedef struct hpt_format {
    const char *name;    /**< what hpt_space_*_as() take                         */
    const char *summary; /**< one line                                           */
    bool        can_read, can_write;
} hpt_format;

/**
 * The formats, one after the other.
 *
 * @param index 0 and up. @return a constant; NULL past the last. Threads: any.
 */
HPT_API const hpt_format *hpt_format_at(size_t index);

/**
 * Read a space from text in a format. The text is not trusted: its size, depth and count of values
 * are limited as in hpt_space_parse(), and no expression in it can do more than compute numbers.
 *
 * @param text   UTF-8; need not be NUL-terminated. @param bytes its length, at most 64 MiB.
 * @param format a name of the table above; NULL: told from the content.
 * @param space_out the new space; destroy it. @param err with line and column on failure.
 * @return HPT_OK
 *         HPT_EPARSE  the text does not follow the format's syntax
 *         HPT_EINVAL  it does, but says what the format does not allow (unknown keys, with the
 *                     closest match) or what a space of hpt cannot say
 *         HPT_EABSENT no format has this name (with the closest match)
 *         HPT_ELIMIT  too large, too deep, or too many values
 *         HPT_ENOMEM
 *
 * Threads: any. Cost: O(bytes + values).
 */
HPT_API hpt_status hpt_space_parse_as(const char *text, size_t bytes, const char *format,
                                      hpt_space **space_out, hpt_err *err);

/**
 * Read a space from a file in a format. As hpt_space_parse_as(), and HPT_EIO when the file cannot
 * be read.
 *
 * @param path a file. @param format as there. @param space_out the new space. @param err filled on
 * failure. @return as there. Threads: any.
 */
HPT_API hpt_status hpt_space_load_as(const char *path, const char *format, hpt_space **space_out,
                                     hpt_err *err);

/**
 * Write a space in a format, such that hpt_space_parse_as() gives the same space again: the same
 * parameters, and rules that allow the same points.
 *
 * @param space  the space.
 * @param format a name of the table above that can be written.
 * @param around NULL, or a JSON object (NUL-terminated) whose members are written beside the space:
 *        for `t1` General, Search, Budget, KernelSpecification; for `configspace` name. Members
 *        that the space itself gives are left out, so a whole file of the format will do, and gets
 *        a new space. T1 demands a KernelSpecification: without one, the least that its schema
 *        allows is written.
 * @param text_out NUL-terminated; hpt_free() it. @param err filled on failure.
 * @return HPT_OK
 *         HPT_EINVAL  the format cannot say this (the sentence names it), or `around` is no object
 *         HPT_EPARSE  `around` is no JSON
 *         HPT_EABSENT no format has this name
 *         HPT_ELIMIT, HPT_ENOMEM, or the space's own first error
 *
 * Threads: readers. Cost: O(text).
 */
HPT_API hpt_status hpt_space_print_as(const hpt_space *space, const char *format,
                                      const char *around, char **text_out, hpt_err *err);

#ifdef __cplusplus
}
#endif
#endif
