#!/bin/sh
# Every #include in src, include, tools, bindings, examples and bench against src/LAYERS, and no
# circle among the headers. _GNU_SOURCE and its like, which open what only some systems have, count too.
#
# usage: layers.sh <project folder>
set -eu
cd "$1"

includes() { # file, then the included name with its <> or ""
    find src include tools bindings examples bench -name '*.[ch]' 2>/dev/null | sort |
        xargs awk '/^[ \t]*#[ \t]*include/ { sub(/^[^<"]*/, ""); sub(/[>"][^>"]*$/, "&"); print FILENAME, $1 }
                    /^#define _[A-Z_]+_SOURCE/ { print FILENAME, "<" $2 ">" }'
}

includes | awk '
    function pattern(glob) { gsub(/[.]/, "[.]", glob); gsub(/[*]/, ".*", glob); return "^" glob "$" }
    function complain(why) { print file ": includes " name ", " why; bad = 1 }

    FILENAME == "src/LAYERS" {
        if ($1 == "part") { known[$2] = 1; for (i = 3; i <= NF; i++) may[$2, $i] = 1 }
        if ($1 == "outside") { outside[$2] = 1; for (i = 3; i <= NF; i++) may[$2, $i] = 1 }
        if ($1 == "system") for (i = 2; i <= NF; i++) system_header[++systems] = pattern($i)
        if ($1 == "library") {
            library[++libraries] = pattern($2)
            for (i = 3; i <= NF; i++) door[libraries] = door[libraries] " " pattern($i)
        }
        next
    }
    {
        file = $1; quoted = substr($2, 1, 1) == "\""; name = substr($2, 2, length($2) - 2)
        split(file, path, "/"); top = path[1]; part = path[2]
        split(name, to, "/"); target = to[1]
        if (target == "hpt") next
        if (quoted && top in outside) {
            if (target in known && !((top, name) in may)) complain("which is internal: only hpt/... is for " top)
            next
        }
        if (quoted) {
            if (top != "src") complain("but public headers include only hpt/... and the C library")
            else if (!(part in known)) complain("but LAYERS has no part " part)
            else if (!(target in known)) complain("write it with its part: part/name.h")
            else if (target != part && !((part, target) in may) && !((part, name) in may))
                complain("which LAYERS does not allow to " part)
            next
        }
        if (top != "src" && top != "include") next
        for (i = 1; i <= systems; i++) if (name ~ system_header[i]) next
        for (i = 1; i <= libraries; i++) if (name ~ library[i]) {
            n = split(door[i], doors, " "); inside = substr(file, 5)
            for (j = 1; j <= n; j++) if (top == "src" && inside ~ doors[j]) next
            complain("which LAYERS allows to other files only"); next
        }
        complain("which LAYERS does not name")
    }
    END { exit bad }
' src/LAYERS -

# tsort fails on a circle and names it.
includes | awk '$2 ~ /^"/ && $1 ~ /[.]h$/ { gsub(/"/, "", $2); sub(/^(src|include)\//, "", $1); print $1, $2 }
                $2 ~ /^<hpt\// && $1 ~ /[.]h$/ { gsub(/[<>]/, "", $2); sub(/^include\//, "", $1); print $1, $2 }' |
    tsort >/dev/null
