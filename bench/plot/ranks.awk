# SPDX-License-Identifier: BSD-3-Clause
#
# Ranks each strategy among all in a CSV of bench_quality or bench_coco, whose strategies were run one
# by one: 1 + how many have a lower median at that function, instance, dimension and budget, one trial
# in flight. Takes the file twice. Fields are counted from the end: a strategy's options may have commas.

BEGIN { FS = OFS = "," }
function place() { return $(NF - 10) FS $(NF - 8) FS $(NF - 7) FS $(NF - 6) }
FNR == NR {
    if ($(NF - 11) == 1) medians[place()] = medians[place()] " " $(NF - 4)
    next
}
FNR > 1 && $(NF - 11) == 1 {
    count = split(medians[place()], median, " ")
    $NF = 1
    for (i = 1; i <= count; i++) $NF += median[i] + 0 < $(NF - 4) + 0
}
{ print }
