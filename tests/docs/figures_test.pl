#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# figures_test.pl FIGURES.PL: the figure check finds each kind of typed figure, and nothing that is cited or filled in.
use strict;
use warnings;
use File::Temp qw(tempdir);

my $figures = shift or die "figures_test.pl FIGURES.PL\n";
my $root = tempdir(CLEANUP => 1);
mkdir "$root/$_" or die $! for qw(docs slides slides/parts);

sub check {
    my ($text) = @_;
    # The check wants to have seen something: a hundred paragraphs without a figure.
    for my $name ('README.md', 'docs/page.md', 'slides/parts/10.md') {
        open my $file, '>', "$root/$name" or die $!;
        print $file "word\n\n" x 50, $name eq 'docs/page.md' ? $text : '';
        close $file;
    }
    my $output = `"$^X" "$figures" "$root"`;
    return ($?, $output);
}

my @clean = ('Half of them within [ ]{.result value="single.kernel-block.p50"}.', '2 MiB huge pages, port 30001, 64 packets.',
             'p50 is 11.04 µs ([issue 83, 2022](https://example.org/83)).', '| 590 ns | [guide](https://example.org) |',
             "<!-- [reference: single Latency, µs] -->\n\n| a | 31.2 µs |\n\n<!-- [end] -->", 'DPDK 22.11, rung x, 4x4 feeds');
for my $text (@clean) {
    my ($status, $output) = check("$text\n");
    die "called typed: $text\n$output" if $status != 0;
}
my @typed = ('It takes 3.4 µs.', 'It takes 590 / 635 / 717 ns here.', 'DPDK is 6.8x faster.', 'and 12 times faster', '| spin | 3.05 µs |',
             'up to 14.88 Mpps', 'a rate of 10,000 packets/s', '25% less latency', "A [link](docs/x.md) and 3 µs.");
for my $text (@typed) {
    my ($status, $output) = check("$text\n");
    die "not found: $text\n$output" if $status == 0 || $output !~ /docs\/page.md:101: typed figure/;
}
printf "%d of %d typed figures found\n", scalar @typed, scalar @typed;
