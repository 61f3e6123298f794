#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# wait_for_exit.pl PID START [COMMAND…]: returns, or becomes COMMAND, when the process with this id and
# start time (clock ticks since boot, field 22 of /proc/PID/stat) has ended; at once if it has ended
# already. It sleeps until then: a process descriptor becomes readable when its process ends. Before
# Linux 5.3 it checks five times a second.
use strict;
use warnings;

my ($pid, $start, @command) = @ARGV;

sub alive {
    open(my $file, '<', "/proc/$pid/stat") or return 0;
    local $/;
    my $stat = <$file> // '';
    $stat =~ s/^.*\) //s;
    my @fields = split ' ', $stat;
    return @fields > 19 && $fields[0] !~ /[ZX]/ && $fields[19] == $start;
}

sub finish {
    exec @command if @command;
    exit 0;
}

my $pidfd_open = 434;    # the same number on every architecture
my $descriptor = syscall($pidfd_open, $pid + 0, 0);
finish() unless alive();    # only now: the descriptor cannot change hands any more

if ($descriptor >= 0) {
    my $set = '';
    vec($set, $descriptor, 1) = 1;
    finish() if select($set, undef, undef, undef) > 0;
}
select(undef, undef, undef, 0.2) while alive();
finish();
