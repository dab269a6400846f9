/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/searched.h"

#include "base/err.h"
#include "base/mem.h"
#include "space/space.h"

/* With more values than this a range counts as continuous: the steps of what searches it end at
 * about 1e-12, and cells that are not far wider than that are never told apart. */
static const uint64_t cells_max = 1000000000;

static void add_category(hpi_searched *searched, hpt_param param, uint64_t choices) {
    hpi_category  *category = &searched->categories[searched->category_count++];
    hpt_param_info info = { .struct_size = sizeof info };
    hpt_coord      start = { .integer = (int64_t)choices };
    if (hpt_space_info(searched->space, param, &info, NULL) == HPT_OK && info.has_default)
        (void)hpt_space_coord(searched->space, param, info.default_value, &start, NULL);
    *category = (hpi_category){ .param = param,
                                .choice_count = (uint32_t)choices,
                                .start = (uint32_t)start.integer,
                                .first = searched->choice_count };
    searched->choice_count += (size_t)choices;
    searched->has_default |= info.has_default;
}

static void add_number(hpi_searched *searched, hpt_param param, uint64_t choices) {
    hpi_number    *number = &searched->numbers[searched->number_count++];
    hpt_param_info info = { .struct_size = sizeof info };
    hpt_coord      start;
    *number = (hpi_number){ .param = param,
                            .has_cells = choices > 0 && choices <= cells_max,
                            .start = 0.5 };
    if (hpt_space_info(searched->space, param, &info, NULL) != HPT_OK || !info.has_default) return;
    if (hpt_space_coord(searched->space, param, info.default_value, &start, NULL) != HPT_OK) return;
    number->start = hpt_space_to_unit(searched->space, param, start);
    searched->has_default = true;
}

hpt_status hpi_searched_init(hpi_searched *searched, const hpt_space *space, hpt_err *err) {
    size_t count = hpt_space_count(space);
    *searched = (hpi_searched){ .space = space, .param_count = count };
    searched->numbers = hpi_alloc(count, sizeof *searched->numbers);
    searched->categories = hpi_alloc(count, sizeof *searched->categories);
    if (!searched->numbers || !searched->categories) {
        hpi_searched_fini(searched);
        return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu parameters", count);
    }
    for (hpt_param param = 0; param < count; param++) {
        uint64_t choices = hpt_space_choices(space, param);
        if (choices == 1) continue;
        if (hpi_space_kind(space, param) == HPT_KIND_CATEGORICAL)
            add_category(searched, param, choices);
        else
            add_number(searched, param, choices);
    }
    hpt_status status = hpi_repair_init(&searched->repair, space, err);
    if (status != HPT_OK) hpi_searched_fini(searched);
    return status;
}

void hpi_searched_fini(hpi_searched *searched) {
    hpi_repair_fini(&searched->repair);
    hpi_free(searched->numbers);
    hpi_free(searched->categories);
    *searched = (hpi_searched){ 0 };
}

void hpi_searched_point(const hpi_searched *searched, const double *numbers,
                        const uint32_t *choices, hpt_coord *point_out) {
    const hpt_space *space = searched->space;
    size_t           single = searched->param_count - searched->number_count;
    if (single > searched->category_count)
        for (hpt_param param = 0; param < searched->param_count; param++)
            point_out[param] = hpt_space_choice(space, param, 0);
    for (size_t j = 0; j < searched->number_count; j++) {
        hpt_param param = searched->numbers[j].param;
        point_out[param] = hpt_space_from_unit(space, param, numbers[j]);
    }
    for (size_t k = 0; k < searched->category_count; k++) {
        hpt_param param = searched->categories[k].param;
        point_out[param] = hpt_space_choice(space, param, choices[k]);
    }
}

void hpi_searched_numbers(const hpi_searched *searched, const hpt_coord *point,
                          double *numbers_out) {
    for (size_t j = 0; j < searched->number_count; j++) {
        hpt_param param = searched->numbers[j].param;
        numbers_out[j] = hpt_space_to_unit(searched->space, param, point[param]);
    }
}

void hpi_searched_choices(const hpi_searched *searched, const hpt_coord *point,
                          uint32_t *choices_out) {
    for (size_t k = 0; k < searched->category_count; k++)
        choices_out[k] = (uint32_t)point[searched->categories[k].param].integer;
}

void hpi_searched_cell(const hpi_searched *searched, size_t index, double number, double *low_out,
                       double *high_out) {
    hpt_param param = searched->numbers[index].param;
    hpt_coord coord = hpt_space_from_unit(searched->space, param, number);
    hpi_space_cell(searched->space, param, coord, low_out, high_out);
}
