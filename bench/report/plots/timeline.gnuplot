# SPDX-License-Identifier: MIT
#
# A scenario's latency over time: a panel for each receiver, all with the same axes, y of whole decades around all that
# is drawn. Columns of $series: seconds, p50, p90, p99 and maximum.
width = 900; height = 420; font_pixels = 18
load plots . '/look.gnuplot'
low = 1.; high = 10.
if (drawn > 0) {
    stats $series using 2 nooutput
    least = STATS_min > 0.001 ? STATS_min : 0.001
    stats $series using 5 nooutput
    low = 10 ** floor(log10(least))
    high = 10 ** ceil(log10(STATS_max > 1.1 * least ? STATS_max : 1.1 * least))
}
# Of 1, 2 or 5 times a power of ten, at most three of them.
power = 10 ** floor(log10(seconds / 3.))
step = seconds <= 3 * power ? power : seconds <= 6 * power ? 2 * power : seconds <= 15 * power ? 5 * power : 10 * power

foot_height = strlen(foot) ? 0.06 : 0
set multiplot layout 1,|titles| margins 0.12,0.985,0.16 + foot_height,0.78 spacing 0.045,0
set yrange [low:high]
set xrange [0:seconds]
set xtics 0,step
set title font ',16'
set label 1 title at screen 0.02,0.95 left textcolor '#222222'
set label 2 'seconds from the start of the run' at screen 0.54,0.035 + foot_height center textcolor '#222222'
set ylabel 'latency, µs'
set label 3 'solid: p50, dashed: p90, dots: maximum' at screen 0.985,0.95 right textcolor '#222222'
unset key  # label 3 explains the curves; browsers show the titles under the mouse
do for [i = 1 : |titles|] {
    if (is_drawn[i]) {
        set title titles[i] textcolor '#222222'
        plot $series index i - 1 using 1:5 with points pointtype 7 pointsize 0.45 linecolor '#888888' title 'maximum', \
            '' index i - 1 using 1:3 with lines linewidth 2 dashtype 2 linecolor rgb colours[i] title 'p90', \
            '' index i - 1 using 1:2 with lines linewidth 3 linecolor rgb colours[i] title 'p50'
    } else {
        set title titles[i] textcolor '#888888'
        plot NaN notitle
    }
    unset ylabel
    set format y ''
    unset label
}
unset multiplot
