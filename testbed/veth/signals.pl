#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# signals.pl hold|take COMMAND…: becomes COMMAND, for which SIGHUP, SIGINT and SIGTERM wait (hold: blocked), or do
# what they do by default (take: neither blocked nor ignored, whatever was inherited). GNU's env can do both.
# That of uutils cannot: 0.0.30 has neither option, and 0.12.0 leaves blocked what --default-signal names.
use strict;
use warnings;
use POSIX qw(sigprocmask SIG_BLOCK SIG_UNBLOCK SIGHUP SIGINT SIGTERM);

my ($what, @command) = @ARGV;
my %how = (hold => SIG_BLOCK, take => SIG_UNBLOCK);
if (!@command || !exists $how{$what}) {
    print STDERR "usage: signals.pl hold|take COMMAND…\n";
    exit 2;
}
@SIG{qw(HUP INT TERM)} = ('DEFAULT') x 3 if $what eq 'take';
sigprocmask($how{$what}, POSIX::SigSet->new(SIGHUP, SIGINT, SIGTERM))
    or die "signals.pl: change the signal mask: $!\n";
exec { $command[0] } @command or die "signals.pl: run $command[0]: $!\n";
