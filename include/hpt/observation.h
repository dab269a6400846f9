/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_OBSERVATION_H
#define HPT_OBSERVATION_H

/**
 * @file
 * What earlier runs have found, for hpt_options.observations.
 *
 *     hpt_observations *earlier;
 *     if (hpt_observations_load(space, "trials.jsonl", &earlier, &err) == HPT_OK)
 *         options.observations = hpt_observations_list(earlier, &options.observation_count);
 */

#include <hpt/base.h>
#include <hpt/space.h>
#include <hpt/trial.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is known of a point before a run. */
typedef struct hpt_observation {
    const hpt_value *point;       /**< one value per parameter; null where it is inactive       */
    hpt_trial_state  state;       /**< any but HPT_TRIAL_RUNNING                                */
    uint32_t         value_count; /**< with values: the number of goals                         */
    const double    *values;      /**< finite, one for each goal: COMPLETE, and INFEASIBLE if they
                                       are known all the same; else NULL or anything            */
    double  violation;  /**< INFEASIBLE: by how much, as strategies are told; 0 = nobody knows */
    bool    has_report; /**< last_step and last_value are set: how far a pruned trial got      */
    int64_t last_step;
    double  last_value;
} hpt_observation;

typedef struct hpt_observations hpt_observations;

/**
 * Read what the observers jsonl and csv have written, or a study file with one study in it (of
 * hpt_options.study or of Optuna's; of several hpt_history_observations() takes one): all trials of
 * the file, of however many runs, but those that were CANCELLED or have not ended. Values are taken
 * as they are: that they are of the same goals, in the same order, is for the caller to know.
 *
 * A record that was torn (the machine went down while it was written) is left out, and told by
 * hpt_observations_warning().
 *
 * @param space what the parameters are read by: a record must have each of them, in its range, and
 *              no other. Trials of a study that do not fit are left out and told instead; what
 * other parameters they have does not matter. @param path the file; what it is, it says itself.
 * @param observations_out destroy them. @param err filled on failure, with the line.
 * @return HPT_OK, also for an empty file; HPT_EINVAL for parameters and values that do not fit,
 *         and for a parameter that no trial of a study has; HPT_EPARSE for a file of no such kind;
 *         HPT_ELIMIT above 1 GiB (not for studies) or 16 777 216 values of parameters; HPT_EBUILD;
 *         HPT_EIO; HPT_ENOMEM.
 * Threads: readers of the space. Cost: some microseconds a record.
 */
HPT_API hpt_status hpt_observations_load(const hpt_space *space, const char *path,
                                         hpt_observations **observations_out, hpt_err *err);

/** The observations, in the order of the file. @param observations it; NULL = none. @param
 * count_out how many. @return borrowed until they are destroyed. Threads: readers. */
HPT_API const hpt_observation *hpt_observations_list(const hpt_observations *observations,
                                                     size_t                 *count_out);

/** What was left out, a sentence. @param observations it. @return borrowed; "" if nothing was.
 *  Threads: readers. */
HPT_API const char *hpt_observations_warning(const hpt_observations *observations);

/** Free. @param observations may be NULL. Threads: nobody else may use them. */
HPT_API void hpt_observations_destroy(hpt_observations *observations);

#ifdef __cplusplus
}
#endif
#endif
