# SPDX-License-Identifier: BSD-3-Clause
#
# Draws lines as SVG. Input, separated by tabs:
#   title  <text>
#   x      <what it is>  <log|linear>
#   y      <what it is>  <log|linear>
#   line   <name> <solid|dashed>      dashed ones are grey
#   point  <name> <x> <y>             in rising order of x
# Each line has its name at its end: nobody has to match colours with a legend. Strategies have the
# same colour in every picture.

function scaled(value, is_log) { return is_log ? log(value) / log(10) : value }
function x_at(x) { return left + (scaled(x, x_log) - x_low) / (x_high - x_low) * (right - left) }
function y_at(y) { return bottom - (scaled(y, y_log) - y_low) / (y_high - y_low) * (bottom - top) }
function clean(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); return text }
function words(x, y, anchor, colour, size, text) {
    printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\" font-size=\"%d\">%s</text>\n", x, y, anchor, colour, size, clean(text)
}
function rule(x1, y1, x2, y2, colour) {
    printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1, y1, x2, y2, colour
}

# 1, 2 and 5 times powers of ten in a logarithm, or some 5 round steps.
function tick_values(low, high, is_log, out,   n, power, k, step, value) {
    n = 0
    if (is_log) {
        for (power = int(low) - 2; power <= high + 1; power++)
            for (k = 1; k <= 5; k += k == 1 ? 1 : 3) {
                value = k * 10 ^ power
                if (scaled(value, 1) >= low - 1e-9 && scaled(value, 1) <= high + 1e-9) out[++n] = value
            }
        return n
    }
    step = 10 ^ int(log((high - low) / 5) / log(10) - 1)
    while ((high - low) / step > 6) step *= (++k % 3 == 2) ? 2.5 : 2
    for (value = int(low / step) * step; value <= high + 1e-9; value += step)
        if (value >= low - 1e-9) out[++n] = value
    return n
}

function axes(   n, ticks, i, text) {
    n = tick_values(y_low, y_high, y_log, ticks)
    for (i = 1; i <= n; i++) {
        rule(left, y_at(ticks[i]), right, y_at(ticks[i]), "#e4e4e4")
        words(left - 8, y_at(ticks[i]) + 4, "end", "#555", 12, sprintf("%.4g", ticks[i]))
    }
    n = tick_values(x_low, x_high, x_log, ticks)
    for (i = 1; i <= n; i++) {
        rule(x_at(ticks[i]), bottom, x_at(ticks[i]), bottom + 5, "#555")
        words(x_at(ticks[i]), bottom + 19, "middle", "#555", 12, sprintf("%.6g", ticks[i]))
    }
    rule(left, bottom, right, bottom, "#555")
    words(left - 40, 22, "start", "#111", 15, title)
    words(left - 40, 40, "start", "#555", 12, y_name)
    words(right, bottom + 36, "end", "#555", 12, x_name)
}

# Names at the ends of the lines, moved apart where they would meet: from the top down.
function place_names(   i, j, name, moved) {
    for (i = 1; i <= lines; i++) order[i] = i
    for (i = 1; i <= lines; i++) at[i] = y_at(last_y[names[i]])
    for (i = 1; i <= lines; i++)
        for (j = i + 1; j <= lines; j++)
            if (at[order[j]] < at[order[i]]) { moved = order[i]; order[i] = order[j]; order[j] = moved }
    for (i = 2; i <= lines; i++)
        if (at[order[i]] < at[order[i - 1]] + 14) at[order[i]] = at[order[i - 1]] + 14
    for (i = lines; i >= 1; i--) {
        moved = i == lines ? bottom + 4 : at[order[i + 1]] - 14
        if (at[order[i]] > moved) at[order[i]] = moved
    }
    for (i = 1; i <= lines; i++) {
        name = names[i]
        rule(x_at(last_x[name]) + 5, y_at(last_y[name]), right + 12, at[i], "#ddd")
        words(right + 15, at[i] + 4, "start", colour_of[name], 13, name)
    }
}

BEGIN {
    FS = "\t"
    known = split("auto gp local cmaes tpe de qmc nsga2", strategy, " ")
    split("#000000 #d55e00 #0072b2 #009e73 #cc79a7 #e69f00 #56b4e9 #6a3d9a #8c510a", palette, " ")
    for (i = 1; i <= known; i++) reserved[strategy[i]] = palette[i]
    width = 760; height = 430; left = 62; right = 590; top = 58; bottom = 380
    x_low = y_low = 1e300; x_high = y_high = -1e300
}
$1 == "title" { title = $2 }
$1 == "x" { x_name = $2; x_log = $3 == "log" }
$1 == "y" { y_name = $2; y_log = $3 == "log" }
$1 == "line" {
    names[++lines] = $2; dash[$2] = $3 == "dashed"
    colour_of[$2] = dash[$2] ? "#888" : $2 in reserved ? reserved[$2] : palette[known + 1]
}
$1 == "point" {
    x = scaled($3, x_log); y = scaled($4, y_log)
    if (x < x_low) x_low = x
    if (x > x_high) x_high = x
    if (y < y_low) y_low = y
    if (y > y_high) y_high = y
    n = ++points[$2]; px[$2, n] = $3; py[$2, n] = $4
    last_x[$2] = $3; last_y[$2] = $4
}
END {
    y_low -= 0.04 * (y_high - y_low); y_high += 0.02 * (y_high - y_low)
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\">\n", width, height, width, height
    printf "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", width, height
    axes()
    for (i = 1; i <= lines; i++) {
        name = names[i]
        printf "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"%s points=\"", colour_of[name], dash[name] ? "1.5" : "2.2", dash[name] ? " stroke-dasharray=\"5 4\"" : ""
        for (k = 1; k <= points[name]; k++) printf "%.1f,%.1f ", x_at(px[name, k]), y_at(py[name, k])
        print "\"/>"
        for (k = 1; k <= points[name]; k++)
            printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%s\" fill=\"%s\"/>\n", x_at(px[name, k]), y_at(py[name, k]), dash[name] ? "2" : "2.8", colour_of[name]
    }
    place_names()
    print "</svg>"
}
