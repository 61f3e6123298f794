#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# summary.pl REPORT.xml: the closing lines of ./rxlab test, from ctest's JUnit report: each skipped test with
# its reason, each test that failed with the last lines it printed, and "N passed, N failed, N skipped".
# Exit: 0, or 1 if a test failed or the report has none.
use strict;
use warnings;

my ($path) = @ARGV;
my %counted = (passed => 0, failed => 0, skipped => 0);
my (@failed, @skipped);

sub plain {
    my ($text) = @_;
    my %entity = (lt => '<', gt => '>', quot => '"', apos => "'", amp => '&');
    $text =~ s/&(lt|gt|quot|apos|amp);/$entity{$1}/g;
    return $text;
}

sub output {
    my ($body) = @_;
    my ($output) = $body =~ m{<system-out>(.*?)</system-out>}s;
    return plain($output // '');
}

# What the test printed: "skipped: REASON" of our scripts, the line after "Skipped" of GoogleTest's, else
# ctest's own word.
sub reason {
    my ($body) = @_;
    my $output = output($body);
    return $1 if $output =~ /^skipped: *(.+)$/m;
    return $1 if $output =~ /^[^\n]*: Skipped\n(.+)$/m;
    return $body =~ /<(?:skipped|failure) message="([^"]*)"/ ? plain($1) : 'no reason given';
}

open(my $file, '<', $path) or do {
    print STDERR "summary.pl: read $path: $!\n";
    exit 1;
};
local $/;
my $report = <$file>;

while ($report =~ m{<testcase\s([^>]*?)(?:/>|>(.*?)</testcase>)}gs) {
    my ($attributes, $body) = ($1, $2 // '');
    my ($name) = $attributes =~ /\bname="([^"]*)"/;
    my ($status) = $attributes =~ /\bstatus="([^"]*)"/;
    $name = plain($name);
    if ($status eq 'run') {
        $counted{passed}++;
    } elsif ($body =~ /<skipped message="(?:SKIP_|Disabled)/) {    # not: "Unable to find executable"
        $counted{skipped}++;
        push @skipped, "$name: " . reason($body);
    } else {
        $counted{failed}++;
        my @lines = split(/\n/, output($body));
        my $first = @lines > 15 ? @lines - 15 : 0;
        push @failed, join("\n", "FAILED   $name", map { "         | $_" } @lines[$first .. $#lines]);
    }
}

print "\n";
print "skipped  $_\n" for @skipped;
print "$_\n" for @failed;
print "$counted{passed} passed, $counted{failed} failed, $counted{skipped} skipped\n";
exit($counted{failed} > 0 || $counted{passed} + $counted{skipped} == 0);
