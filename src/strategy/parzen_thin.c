/* SPDX-License-Identifier: BSD-3-Clause */

/* Many observations, few kernels: priority sampling. Of observations with weights w_i keep those
 * with the highest priorities w_i / u_i, u_i uniform in (0, 1] and a function of the trial's
 * number; let the threshold be the highest priority that went. Then max(w_i, threshold) is an
 * unbiased estimate of w_i (0 for those that went), so any sum over the kernels, such as the
 * density at a point, has the right expectation. Duffield, Lund, Thorup, "Priority sampling for
 * estimation of arbitrary subset sums", Journal of the ACM 54(6), 2007, section 1.1.
 *
 * Weights rise with the rank of an observation: the weight is the rank, up to a factor that is the
 * same for all. The newest HPI_PARZEN_RECENT stay, with their full weight. */

#include "base/err.h"
#include "strategy/parzen.h"

void hpi_parzen_thin(hpi_parzen *parzen) {
    double   old = (double)parzen->total - HPI_PARZEN_RECENT, least = 0;
    uint32_t victim = UINT32_MAX;
    for (uint32_t i = 0; i < parzen->used; i++) {
        if (parzen->number[i] == UINT64_MAX || parzen->rank[i] > old) continue;
        if (victim != UINT32_MAX && parzen->priority[i] >= least) continue;
        victim = i;
        least = parzen->priority[i];
    }
    HPI_ASSERT(victim != UINT32_MAX);
    if (least > parzen->threshold) parzen->threshold = least;
    hpi_parzen_drop(parzen, victim);
}
