# SPDX-License-Identifier: MIT
#
# A scenario's percentile curves. Columns of $series: 1 / (1 - p), so that every further nine is one decade; the latency
# where enough samples lie beyond; the latency where they do not. A receiver that must not be used is in the key only.
width = 900; height = 620; font_pixels = 21
load plots . '/look.gnuplot'
set title title
set xlabel sprintf('percentile (dotted: fewer than %d samples beyond)', samples_beyond)
set ylabel 'latency, µs'
set logscale x
set xtics ('0%%' 1, '50%%' 2, '90%%' 10, '99%%' 100, '99.9%%' 1000, \
    '99.99%%' 10000, '99.999%%' 100000, '99.9999%%' 1000000)
set key outside top center horizontal maxcols 2 reverse Left samplen 2
x_max = 1000
if (drawn == 0) {
    set yrange [1:10]
} else {
    stats $series using 1 nooutput
    if (STATS_max > x_max) { x_max = STATS_max }
}
set xrange [1:x_max]
plot for [k = 0 : 2 * |titles| - 1] $series index k / 2 using 1:(column(2 + k % 2)) with lines \
    linewidth (!is_drawn[k / 2 + 1] ? 1 : k % 2 ? 1.5 : 3) dashtype 1 + k % 2 * 2 \
    linecolor rgb colours[k / 2 + 1] title (k % 2 ? '' : titles[k / 2 + 1])
