# SPDX-License-Identifier: BSD-3-Clause
#
# Draws a table of ratios as SVG: blue where they are below 1, the darker the lower, orange above 1.
# Input, separated by tabs:
#   title  <text>
#   about  <text>
#   row    <name>                 in the order they have
#   column <name>
#   cell   <row> <column> <ratio>
# A ratio that is missing leaves its cell empty; inf is what found nothing.

function clean(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); return text }
function words(x, y, anchor, colour, size, text, turn) {
    printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\" font-size=\"%d\"%s>%s</text>\n", x, y, anchor, colour, size, turn ? sprintf(" transform=\"rotate(-45 %.1f %.1f)\"", x, y) : "", clean(text)
}

# From white at 1 to the full colour at 1/1000 or 10.
function colour(ratio,   share, r, g, b) {
    share = log(ratio) / log(10)
    if (share <= 0) { share = share < -3 ? 1 : -share / 3; r = 8; g = 64; b = 129 }
    else { share = share > 1 ? 1 : share; r = 213; g = 94; b = 0 }
    return sprintf("#%02x%02x%02x", 255 + share * (r - 255), 255 + share * (g - 255), 255 + share * (b - 255))
}
function short(ratio) {
    if (ratio > 1e300) return "none"
    if (ratio < 0.001) return sprintf("1e%d", int(log(ratio) / log(10) - 0.5))
    return ratio < 0.0995 ? substr(sprintf("%.3f", ratio), 2) : ratio < 0.995 ? substr(sprintf("%.2f", ratio), 2) : sprintf("%.1f", ratio)
}

BEGIN { FS = "\t"; cell_width = 34; cell_height = 24; left = 130; top = 150 }
$1 == "title" { title = $2 }
$1 == "about" { about = $2 }
$1 == "row" { rows[++row_count] = $2 }
$1 == "column" { columns[++column_count] = $2 }
$1 == "cell" { value[$2, $3] = $4 == "inf" ? 1e308 : $4 }
END {
    width = left + column_count * cell_width + 70
    if (width < 640) width = 640
    height = top + row_count * cell_height + 16
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\">\n", width, height, width, height
    printf "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", width, height
    words(14, 22, "start", "#111", 15, title)
    words(14, 40, "start", "#555", 12, about)
    for (c = 1; c <= column_count; c++)
        words(left + (c - 0.4) * cell_width, top - 8, "start", "#333", 11, columns[c], 1)
    for (r = 1; r <= row_count; r++) {
        y = top + (r - 1) * cell_height
        words(left - 8, y + 16, "end", "#111", 13, rows[r])
        for (c = 1; c <= column_count; c++) {
            if (!((rows[r], columns[c]) in value)) continue
            ratio = value[rows[r], columns[c]]
            printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n", left + (c - 1) * cell_width, y, cell_width - 1, cell_height - 1, colour(ratio)
            words(left + (c - 0.5) * cell_width, y + 16, "middle", ratio < 0.05 ? "#fff" : "#333", 10, short(ratio))
        }
    }
    print "</svg>"
}
