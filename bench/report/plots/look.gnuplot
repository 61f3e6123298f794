# SPDX-License-Identifier: MIT
#
# What all plots share. Each of them sets width, height and font_pixels, then loads this; rxbench has set `output` before,
# and `foot`, a sentence that must be read with the plot, or ''.
# The font size is in pixels of the card, large enough to be read from the last row if the plot fills half a slide. A
# white card, so that the plot is readable on a dark page, too.
set encoding utf8
set terminal svg noenhanced size width,height dynamic rounded background '#ffffff' \
    font sprintf('Helvetica,Arial,sans-serif,%d', font_pixels)
set output output
set border 3 linecolor '#444444'
set tics nomirror textcolor '#222222'
set title textcolor '#222222'
set grid xtics ytics linetype 1 linewidth 0.6 linecolor '#dddddd'
set logscale y
set format y '%g'
set datafile missing '?'
if (strlen(foot)) {
    set label 9 foot at screen 0.5,0.035 center font ',17' textcolor '#222222'
    set bmargin 5
}
