/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_EVOLVE_H
#define HPT_TESTS_EVOLVE_H

/* A strategy that learns, written as a user would write one: with hpt/extend.h and nothing else.
 * The tests register it, so that learning is tested before hpt has a learning strategy of its own.
 * "evolve": a (1+1) evolution strategy; option `width`, the first step as a part of each range. */

#include <hpt/extend.h>

extern const hpt_strategy_class evolve_strategy;

#endif
