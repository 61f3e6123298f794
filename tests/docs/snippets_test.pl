#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# snippets_test.pl SNIPPETS: the snippet check finds what differs, mends it, and refuses what it does not understand.
use strict;
use warnings;
use File::Temp qw(tempdir);

my $snippets = shift or die "snippets_test.pl SNIPPETS\n";
my $folder = tempdir(CLEANUP => 1);

sub put {
    my ($name, $text) = @_;
    open my $file, '>', "$folder/$name" or die $!;
    print $file $text;
    close $file;
}

sub run {
    my $output = `"$^X" "$snippets" @_ "$folder/page.md" 2>&1`;
    return ($? >> 8, $output);
}

put('code.c', "int a;\n/* [snippet: part] */\nint b;\n\n/* [end: part] */\n");
my $page = "before\n<!-- [include: code.c part] -->\n%s<!-- [end] -->\nafter\n";
my $right = sprintf $page, "```c\nint b;\n```\n";

put('page.md', sprintf $page, '');
my ($status, $output) = run();
die "a missing snippet passes: $output" if $status != 1 || $output !~ /differs from code\.c \[snippet: part\]/;
($status, $output) = run('--update');
die "not updated: $output" if $status != 0;
open my $file, '<', "$folder/page.md" or die $!;
my $written = do { local $/; <$file> };
die "written: $written" if $written ne $right;
($status, $output) = run();
die "a right snippet is called wrong: $output" if $status != 0 || $output !~ /1 snippets, 0 differ/;

put('page.md', sprintf $page, "```c\nint c;\n```\n");
($status) = run();
die "another snippet passes\n" if $status != 1;
put('page.md', "<!-- [include: code.c other] -->\n<!-- [end] -->\n");
($status, $output) = run();
die "an unknown name passes: $output" if $status == 0 || $output !~ /\[snippet: other\].*found 0 times/;
put('page.md', "<!-- [include: code.c part] -->\nno end\n");
($status, $output) = run();
die "a missing end passes: $output" if $status == 0 || $output !~ /1 places begin, 0 are complete/;
print "6 of 6\n";
