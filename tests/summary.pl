#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# summary.pl REPORT.xml [AGAIN.xml]: the closing lines of ./rxlab test, from ctest's JUnit report: each skipped
# test with its reason, each test that failed with the last lines it printed, and "N passed, N failed, N skipped".
# AGAIN.xml: of a second run of those that failed. What passes there counts as passed and is named as unsteady.
# Exit: 0, or 1 if a test failed or the report has none.
use strict;
use warnings;

my ($path, $path_again) = @ARGV;
my %counted = (passed => 0, failed => 0, skipped => 0);
my (@failed, @skipped, @unsteady);

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

# Name, status and body of each test of a report.
sub tests_of {
    my ($path) = @_;
    open(my $file, '<', $path) or do {
        print STDERR "summary.pl: read $path: $!\n";
        exit 1;
    };
    local $/;
    my $report = <$file>;
    my @tests;
    while ($report =~ m{<testcase\s([^>]*?)(?:/>|>(.*?)</testcase>)}gs) {
        my ($attributes, $body) = ($1, $2 // '');
        my ($name) = $attributes =~ /\bname="([^"]*)"/;
        my ($status) = $attributes =~ /\bstatus="([^"]*)"/;
        push @tests, [plain($name), $status, $body];
    }
    return @tests;
}

sub last_lines {
    my ($body) = @_;
    my @lines = split(/\n/, output($body));
    my $first = @lines > 15 ? @lines - 15 : 0;
    return map { "\n         | $_" } @lines[$first .. $#lines];
}

my %passed_again = map { $_->[1] eq 'run' ? ($_->[0] => 1) : () } $path_again ? tests_of($path_again) : ();

for (tests_of($path)) {
    my ($name, $status, $body) = @$_;
    if ($status eq 'run') {
        $counted{passed}++;
    } elsif ($body =~ /<skipped message="(?:SKIP_|Disabled)/) {    # not: "Unable to find executable"
        $counted{skipped}++;
        push @skipped, "$name: " . reason($body);
    } elsif ($passed_again{$name}) {
        $counted{passed}++;
        push @unsteady, join('', "UNSTEADY $name: failed, and passed when it was run again", last_lines($body));
    } else {
        $counted{failed}++;
        push @failed, join('', "FAILED   $name", last_lines($body));
    }
}

print "\n";
print "skipped  $_\n" for @skipped;
print "$_\n" for @unsteady;
print "$_\n" for @failed;
print "$counted{passed} passed, $counted{failed} failed, $counted{skipped} skipped\n";
exit($counted{failed} > 0 || $counted{passed} + $counted{skipped} == 0);
