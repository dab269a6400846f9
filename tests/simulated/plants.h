/* SPDX-License-Identifier: BSD-3-Clause */
/* Bugs to be planted, one each: SIM_PLANT_ROW(id, "name", "what it does"). */
SIM_PLANT_ROW(FENCE, "fence", "fences do nothing")
SIM_PLANT_ROW(RELEASE, "release", "what releases, store or fence, orders nothing")
SIM_PLANT_ROW(ATOMIC, "atomic", "somebody comes between the halves of a read-modify-write")
SIM_PLANT_ROW(WAKE, "wake", "one of many wake-ups of a condition is lost")
SIM_PLANT_ROW(LOSE, "lose", "a block of results is dropped on its way to the ring")
SIM_PLANT_ROW(TWICE, "twice", "a block of results is handed in twice")
SIM_PLANT_ROW(JOIN, "join", "a join does not wait")
SIM_PLANT_ROW(SYNC, "sync", "a sync of a file writes nothing")
SIM_PLANT_ROW(TORN, "torn", "a write that was short says it was not")
