/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_HPT_H
#define HPT_HPT_H

/**
 * @file
 * The whole library in one include. Read in this order: base.h (statuses, values), space.h (what
 * may vary), trial.h (what your objective sees), run.h (options, run, result), observe.h (watch
 * it), study.h (own the loop yourself), observation.h (what earlier runs have found), cpus.h (how
 * many CPUs there are to use), formats.h (spaces that other tools wrote). Authors of plug-ins
 * include extend.h as well.
 */

#include <hpt/base.h>
#include <hpt/cpus.h>
#include <hpt/formats.h>
#include <hpt/observation.h>
#include <hpt/observe.h>
#include <hpt/run.h>
#include <hpt/space.h>
#include <hpt/study.h>
#include <hpt/trial.h>

#endif
