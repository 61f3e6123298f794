# SPDX-License-Identifier: MIT
#
# Cost against latency. Columns of $series: cores, p50, p99, and the number of the load, which makes the point larger.
# Ways that cost the same would hide each other: each is moved sideways a little, by its place in the key.
width = 1100; height = 600; font_pixels = 19
load plots . '/look.gnuplot'
set title title
set xlabel 'cores that the receiver burns (points of equal cost stand side by side)'
set ylabel 'latency, µs: point p50, line up to p99'
set key outside right top reverse Left samplen 1
set xrange [-0.15:*]
aside(i) = 0.014 * (i - (|titles| + 1) / 2.)
array kinds[6] = [7, 5, 9, 13, 11, 15]
plot for [i = 1 : |titles|] $series index i - 1 using ($1 + aside(i)):2:2:3 with yerrorbars \
    pointtype 0 linewidth 1 linecolor rgb colours[i] notitle, \
    for [i = 1 : |titles|] $series index i - 1 using ($1 + aside(i)):2:(0.4 + 0.4 * $4) with points \
    pointtype kinds[1 + (i - 1) / 3 % 6] pointsize variable linecolor rgb colours[i] title titles[i]
