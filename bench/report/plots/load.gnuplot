# SPDX-License-Identifier: MIT
#
# Latency under load. Columns of $series: packets/s, p50 and p99.
width = 900; height = 540; font_pixels = 19
load plots . '/look.gnuplot'
set title title
set logscale x
set format x '%.0f'
set xlabel 'packets/s (solid: p50, dashed: p99; a line ends where packets are lost)'
set ylabel 'latency, µs: intended send to updated book'
set key top left reverse Left samplen 2
plot for [k = 0 : 2 * |titles| - 1] $series index k / 2 using 1:(column(2 + k % 2)) \
    with linespoints pointtype (k % 2 ? -1 : 7) pointsize 0.6 linewidth (k % 2 ? 2 : 3) dashtype 1 + k % 2 \
    linecolor rgb colours[k / 2 + 1] title (k % 2 ? '' : titles[k / 2 + 1])
