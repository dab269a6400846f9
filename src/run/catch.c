/* SPDX-License-Identifier: BSD-3-Clause */
/* Exceptions of C++. Who can catch them is one more objective in front of the user's, the innermost
 * of all, so that nothing of ours is ever unwound: a process without C++ has none of it. */
#include "run/run.h"

void hpi_run_catch(hpt_run *run) {
    if (!run->objective) return;
    run->catcher = hpi_catch_take();
    if (!run->catcher.catcher) return;
    run->caught = (hpt_catch_call){ run->objective, run->user, hpi_catch_threw };
    run->objective = run->catcher.catcher->objective;
    run->user = &run->caught;
}
