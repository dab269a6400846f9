/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/cancel.h"

#include <ck_pr.h>

void hpt_cancel_raise(hpt_cancel *cancel, hpt_cancel_level level) {
    if (!cancel) return;
    uint32_t now = ck_pr_load_32(&cancel->level);
    while (now < (uint32_t)level) /* the failed exchange gives the new `now` */
        if (ck_pr_cas_32_value(&cancel->level, now, (uint32_t)level, &now)) break;
}
