/* SPDX-License-Identifier: BSD-3-Clause */
/* One row per subcommand, in the order of the help: row x is file x.c and symbol command_x. No
 * include guard. */
COMMAND(list)
COMMAND(trials)
COMMAND(best)
COMMAND(stat)
COMMAND(importance)
COMMAND(export)
COMMAND(import)
COMMAND(check)
COMMAND(replay)
COMMAND(strategies)
COMMAND(observers)
COMMAND(pruners)
COMMAND(pools)
COMMAND(help)
COMMAND(generate)
