#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# names.pl ROOT DPDK-HEADERS: every name of DPDK's (rte_…, RTE_…) and of ef_vi's (ef_…, efct_…, EF_…) interface in slides
# and documents exists: DPDK's in the installed headers, ef_vi's in docs/ef_vi-names.txt. Prints the others; exit 1.
# Exit 77 without headers. A `*` at the end stands for any name that begins so.
use strict;
use warnings;
use File::Find;

my ($root, $headers) = @ARGV;
-d $headers or do { print "skipped: no DPDK headers in $headers (apt-get install libdpdk-dev)\n"; exit 77 };

sub content {
    my ($path) = @_;
    open my $file, '<', $path or die "read $path: $!\n";
    local $/;
    return scalar <$file> // '';
}
my %known;
find({no_chdir => 1, wanted => sub {
    return unless /\.h$/;
    $known{$_} = 1 for content($_) =~ /\b((?:rte|RTE)_\w+)/g;
}}, $headers);
$known{$_} = 1 for grep { !/^#/ } split /\n/, content("$root/docs/ef_vi-names.txt");

my ($seen, $unknown) = (0, 0);
for my $page (glob("$root/slides/parts/*.md"), glob("$root/docs/*.md"), glob("$root/slides/diagrams/*.diagram"), "$root/dpdk_rx/README.md") {
    my $line = 0;
    for (split /\n/, content($page)) {
        ++$line;
        while (/(?<![\w\/-])((?:rte|RTE|ef|efct|EF)_\w+)(?!\w|-names)(\*?)/g) {
            my ($name, $star) = ($1, $2);
            ++$seen;
            next if $star eq '*' ? grep({ index($_, $name) == 0 } keys %known) : $known{$name};
            ++$unknown;
            print "$page:$line: no such name: $name$star\n";
        }
    }
}
print "$seen names, $unknown unknown\n";
exit($unknown || $seen < 50 ? 1 : 0);
