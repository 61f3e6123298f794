#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# session.pl outside HERE ROOT FOLDER N BIND… M NAME=VALUE… COMMAND…: runs COMMAND in ROOT, in mount, process, UTS and
# IPC namespaces of its own, and ends with its status, or 125 where it cannot be started.
#
#   outside ── unshare ── enter.sh (mounts, pivot_root), becomes "inside" ── COMMAND
#
# "inside" is process 1 of the namespace: it reaps what COMMAND leaves, and when it ends the kernel ends all others and
# takes the mounts away. It reads from a pipe that only "outside" holds open. When that closes, because outside was
# told to end or was killed, everybody gets SIGTERM and 20 s to put back what they changed on this machine (huge
# pages), then SIGKILL.
use strict;
use warnings;
no warnings 'exec';    # failed() says it
use POSIX qw(:sys_wait_h :signal_h);

my $grace_s = 20;

# Ends with what the child ended with, as a shell would say it.
sub status_of { my ($status) = @_; return $status & 127 ? 128 + ($status & 127) : $status >> 8; }

# In a child.
sub failed {
    my ($reason) = @_;
    print STDERR "roots: $reason\n";
    POSIX::_exit(125);
}

sub default_signals {
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP QUIT);
    POSIX::sigprocmask(SIG_SETMASK, POSIX::SigSet->new);
}

sub outside {
    my ($here) = $_[0];
    pipe(my $inside_end, my $our_end) or die "roots: make a pipe: $!\n";
    my $told;
    # Before the child exists, so that no signal is lost.
    for my $signal (qw(INT TERM HUP)) {
        $SIG{$signal} = sub { $told //= $signal; close($our_end) };
    }
    my $child = fork() // die "roots: fork: $!\n";
    if ($child == 0) {
        close($our_end);
        $^F = 255;    # the pipe stays open over exec
        POSIX::dup2(fileno($inside_end), 8) or die "roots: dup2: $!\n";
        default_signals();
        exec('unshare', '--mount', '--uts', '--ipc', '--pid', '--fork', '--propagation', 'private',
            'bash', "$here/enter.sh", @_)
            or failed("run unshare: $!; apt-get install util-linux");
    }
    close($inside_end);
    my $status;
    until (defined $status) {
        my $ended = waitpid($child, 0);
        $status = $? if $ended == $child;
    }
    exit($told ? 128 + {HUP => 1, INT => 2, TERM => 15}->{$told} : status_of($status));
}

# To everybody in this namespace but us. False where nobody is left.
sub signal_all { my ($signal) = @_; return kill($signal, -1) > 0 || $!{EPERM}; }

sub end_the_rest {
    my $until = time + $grace_s;
    signal_all('TERM');
    signal_all('CONT');
    while (time < $until) {
        1 while waitpid(-1, WNOHANG) > 0;
        return if waitpid(-1, WNOHANG) == -1;    # no children: nobody is left, orphans would be ours
        select(undef, undef, undef, 0.02);
    }
    signal_all('KILL');
}

sub inside {
    my ($folder, @command) = @_;
    $SIG{$_} = 'IGNORE' for qw(INT TERM HUP QUIT);    # from a terminal they reach COMMAND, too
    my $child = fork() // die "roots: fork: $!\n";
    if ($child == 0) {
        POSIX::close($_) for 7, 8, 9;
        default_signals();
        chdir($folder) or failed("enter $folder: $!");
        exec({$command[0]} @command) or failed("run $command[0]: $!");
    }
    $SIG{CHLD} = sub { };    # wakes select
    my $status;
    while (!defined $status) {
        while ((my $ended = waitpid(-1, WNOHANG)) > 0) {
            $status = $? if $ended == $child;
        }
        last if defined $status;
        my $set = '';
        vec($set, 8, 1) = 1;
        # A child that ends between waitpid and select is seen a second later at most.
        last if (select($set, undef, undef, 1) // 0) > 0;
    }
    $status //= 143 << 8;
    end_the_rest();
    POSIX::_exit(status_of($status));
}

my $side = shift @ARGV;
$side eq 'outside' ? outside(@ARGV) : inside(@ARGV);
