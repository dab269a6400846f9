/* SPDX-License-Identifier: BSD-3-Clause */
/* Parameters of a GPU kernel, which depend on each other: only what fits the device is tried. */
#include <hpt/hpt.h>
#include <string.h>

static const char text[] =
    "{\"block_x\": {\"kind\": \"ordinal\", \"values\": [16, 32, 48, 64, 96, 128, 192, 256]},\n"
    " \"block_y\": {\"kind\": \"ordinal\", \"values\": [1, 2, 4, 8, 16]},\n"
    " \"tile_x\": {\"kind\": \"int\", \"min\": 1, \"max\": 4},\n"
    " \"tile_y\": {\"kind\": \"int\", \"min\": 1, \"max\": 4},\n"
    " \"memory\": {\"kind\": \"categorical\", \"values\": [\"global\", \"shared\"]},\n"
    " \"padding\": {\"kind\": \"categorical\", \"values\": [false, true],\n"
    "             \"condition\": \"memory == 'shared'\"},\n"
    " \"constraints\": [\n"
    "    \"64 <= block_x * block_y <= 1024\",\n"
    "    \"not padding or block_x % 32 != 0\",\n"
    "    \"memory != 'shared' or (block_x*tile_x + 14) * (block_y*tile_y + 14) < 12*1024\"]}";

/* Stands for compiling the kernel and running it: milliseconds, by a rough model. */
static hpt_status run_kernel(hpt_trial *trial, void *user, double *value_out) {
    double threads = (double)(hpt_trial_int(trial, "block_x") * hpt_trial_int(trial, "block_y"));
    double tile = (double)(hpt_trial_int(trial, "tile_x") * hpt_trial_int(trial, "tile_y"));
    bool   is_shared = strcmp(hpt_trial_text(trial, "memory"), "shared") == 0;
    (void)user;
    *value_out = 3 + 400 / threads + threads / 300 + 2 / tile + tile / 8 - is_shared;
    if (hpt_trial_is_active(trial, "padding") && !hpt_trial_bool(trial, "padding"))
        *value_out += 0.4; /* bank conflicts */
    return HPT_OK;
}

int main(void) {
    hpt_err     err = { 0 };
    hpt_space  *space = NULL;
    hpt_result *result = NULL;
    hpt_options options = hpt_options_default();
    options.strategy = "random:repeats=no"; /* every valid point once, then the end */

    if (hpt_space_parse(text, strlen(text), &space, &err) != HPT_OK ||
        hpt_parallel_run(space, run_kernel, NULL, &options, &result, &err) != HPT_OK)
        return fprintf(stderr, "%s\n", err.text), 1;
    printf("%.0f combinations, %llu of them valid; best %.2f ms: %lld x %lld threads, tiles %lld x "
           "%lld, %s memory\n",
           hpt_space_size(space), (unsigned long long)hpt_result_count(result, HPT_TRIAL_COMPLETE),
           hpt_result_value(result), (long long)hpt_result_int(result, "block_x"),
           (long long)hpt_result_int(result, "block_y"),
           (long long)hpt_result_int(result, "tile_x"), (long long)hpt_result_int(result, "tile_y"),
           hpt_result_text(result, "memory"));
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return 0;
}
