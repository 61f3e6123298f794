#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: gnuplot 5.4.4 (Debian 12), the dashtype of a line.
# One would guess: "dashtype N" takes any expression, as "linewidth" and "linetype" beside it do, so a computed number may
# stand in parentheses: dashtype (n), dashtype (n % 5 + 1).
# What happens: an opening parenthesis after dashtype begins a dash pattern, lengths of stroke and gap in turn. One
# number in parentheses is an error ("expecting comma"), though the same expression without them, n % 5 + 1, is
# taken as a number. An expression that begins with a parenthesis, (n + 1) % 5, is an error, too; 0 + (n + 1) % 5 is not.
# Seen: n = 1: "dashtype n + 1" and "linewidth (n + 1)" draw; "dashtype (n + 1)" ends with "expecting comma".
# Source: gnuplot's "help dashtype", which names both forms and not that the second hides the first.
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

version=5.4.4+dfsg1-2+b2
pinned=("gnuplot-nox=$version")
libraries=(libabsl20220623 libaom3 libavif15 libbrotli1 libbsd0 libcairo2 libdatrie1 libdav1d6 libde265-0
    libdeflate0 libedit2 libexpat1 libffi8 libfontconfig1 libfreetype6 libfribidi0 libgav1-1 libgd3 libglib2.0-0
    libgraphite2-3 libharfbuzz0b libheif1 libjbig0 libjpeg62-turbo liblerc4 liblua5.4-0 libnuma1 libpango-1.0-0
    libpangocairo-1.0-0 libpangoft2-1.0-0 libpixman-1-0 libpng16-16 librav1e0 libsvtav1enc1 libthai0 libtiff6
    libwebp7 libx11-6 libx265-199 libxau6 libxcb-render0 libxcb-shm0 libxcb1 libxdmcp6 libxext6 libxpm4 libxrender1
    libyuv0)
unpack

plot() { # OPTIONS: draws one line with them and prints gnuplot's answer
    run gnuplot-nox -e "set terminal svg; set output 'line.svg'; n = 1; plot x $*" | tee answer
}
plot 'dashtype n + 1' || changed "a number without parentheses is refused now"
grep -q 'stroke-dasharray=.2.5,4.0.' line.svg || changed "dash pattern 2 looks otherwise now"
plot 'linewidth (n + 1) linetype (n + 1)' || changed "linewidth takes no parentheses now"
plot 'dashtype 0 + (n + 1)' || changed "parentheses later in the expression are refused now"
for options in 'dashtype (n + 1)' 'dashtype (n + 1) % 5'; do
    ! plot "$options" || changed "a number in parentheses is taken now"
    grep -q 'expecting comma' answer || changed "another message now"
done
plot 'dashtype (n + 1, 5)' || changed "a pattern is refused now"
