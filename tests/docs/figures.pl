#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# figures.pl ROOT: no performance figure is typed in slides or documents. A figure is a number with a unit of time,
# rate or ratio; it must come from a result (the slides' .result, a [reference: …] or [table: …] block) or carry a
# citation, a link to its source (or to the reference run's tables), in the same paragraph, list item or table row.
# Prints the others; exit 1. Left out: formats and contracts, the limits below, and docs/reference (made by rxbench).
use strict;
use warnings;

my $root = $ARGV[0] // '.';
my @pages = (glob("$root/slides/parts/*.md"), glob("$root/docs/*.md"), "$root/README.md");
my %no_measurements = map { $_ => 1 } qw(contracts.md result-format.md);
# Limits and faults that are set, not measured.
my %limits = ('impairments.md' => ['4.6 µs', '0.26 µs', '1.4 µs', '20 ms'], 'how-we-measure.md' => ['10 µs', '5 µs'], 'how-to-read-the-tables.md' => ['10,000 packets/s', '100 µs']);

my $figure = qr{
    (?<![\w.-]) \d[\d,.]* (?:\s*(?:/|→|to|–)\s*\d[\d,.]*)* \s* (?:
        (?:ns|µs|us|ms|nanoseconds?|microseconds?|milliseconds?)\b |
        (?:[MGk]?pps|Mpps|[MG]bit/s|(?:packets|messages)/s|cycles)\b |
        (?:x\b|×|\s?times\ (?:faster|slower|better)|\ ?%\ (?:faster|slower|less|more))
    )
}x;

# Paragraphs, list items and table rows with the line on which they begin; blocks that a tool fills are left out.
sub pieces {
    my ($text) = @_;
    my @pieces;
    my ($filled, $line, $piece, $start) = (0, 0, '', 1);
    for (split /\n/, $text) {
        ++$line;
        $filled = 1 if /<!-- \[(?:reference|table|include):/;
        my $breaks = /^\s*$/ || /^\s*(?:[-*|]|\d+\.)/ || /^#/ || /^```/;
        if ($breaks && $piece ne '') { push @pieces, [$start, $piece]; $piece = '' }
        if (!$filled && !/^\s*$/) { $start = $line if $piece eq ''; $piece .= "$_\n" }
        $filled = 0 if /<!-- \[end/;
    }
    push @pieces, [$start, $piece] if $piece ne '';
    return @pieces;
}

my ($seen, $typed) = (0, 0);
for my $page (@pages) {
    next if $no_measurements{(split m{/}, $page)[-1]};
    open my $file, '<', $page or die "read $page: $!\n";
    my $text = do { local $/; <$file> };
    for my $piece (pieces($text)) {
        my ($line, $words) = @$piece;
        ++$seen;
        next if $words =~ m{\]\((?:https?://|reference/tables\.md)};
        for my $limit (@{$limits{(split m{/}, $page)[-1]} // []}) { $words =~ s/\Q$limit\E// }
        while ($words =~ /$figure/g) {
            ++$typed;
            my $found = $&;
            (my $name = $page) =~ s{^\Q$root\E/}{};
            print "$name:$line: typed figure without a source: $found\n";
        }
    }
}
printf "%d pages, %d pieces, %d typed figures\n", scalar @pages, $seen, $typed;
exit($typed || $seen < 100 ? 1 : 0);
