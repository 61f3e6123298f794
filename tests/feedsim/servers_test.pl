#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# servers_test.pl FEEDSIM: the recovery servers of the program, as another implementation sees them. Every message that
# was sent can be asked for again although the lines lost a third of them, and no more than the quota; a snapshot joins
# where the feed stands, for those who know the password; and the summary counts the same.
use strict;
use warnings;
use File::Temp;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;

my $feedsim = $ARGV[0] // die "usage: servers_test.pl FEEDSIM\n";
my $packets = 300;
my $quota = 2 * $packets + 100;
my $failures = 0;
$SIG{ALRM} = sub { die "FAILED: nothing for 60 s\n" };
alarm 60;

sub check { my ($ok, $claim) = @_; return if $ok; print "FAILED: $claim\n"; ++$failures }

# Ports that nobody uses just now.
my $udp = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die "udp socket: $!\n";
my $tcp = IO::Socket::INET->new(Proto => 'tcp', LocalAddr => '127.0.0.1', Listen => 1) or die "tcp socket: $!\n";
my ($udp_port, $tcp_port) = ($udp->sockport, $tcp->sockport);
close $udp; close $tcp;

my $password = File::Temp->new;
print {$password} "Secret\n";
close $password;

my $pid = open(my $out, '-|', $feedsim, '--interface', 'lo', '--group', '239.255.77.1:30001', '--line-b',
    '239.255.77.2:30001', '--ttl', '0', '--rate', '300', '--packets', $packets, '--messages-per-packet', '2', '--seed', '5',
    '--impair', 'drop=33%', '--rerequest', "127.0.0.1:$udp_port", '--snapshot', "127.0.0.1:$tcp_port",
    '--snapshot-user', 'perl', '--snapshot-password-file', "$password", '--rerequest-quota', $quota, '--linger', '3', '--json', '-') or die "start $feedsim: $!\n";

# All that the snapshot server answers to a login.
sub log_in {
    my ($user, $password, $session) = @_;
    my $client;
    for (1 .. 200) {
        last if $client = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$tcp_port", Proto => 'tcp');
        select undef, undef, undef, 0.02;
    }
    $client or die "FAILED: no snapshot server after 4 s\n";
    select undef, undef, undef, 0.1;
    print {$client} pack('n a', 47, 'L') . sprintf('%-6s%-10s%10s%20s', $user, $password, $session, 1);
    $client->flush;
    my $stream = '';
    while (sysread $client, $stream, 65536, length $stream) { }
    return $stream;
}
check(log_in('perl', 'guess', 'RXLAB00001') eq pack('n a a', 2, 'J', 'A'), 'a wrong password is rejected');
check(log_in('perl', 'secret', 'RXLAB00009') eq pack('n a a', 2, 'J', 'S'), 'a session that is not served is rejected');

# The snapshot, taken while the feed is live.
my $stream = log_in('perl', 'secret', 'RXLAB00001');
my @got;
while (length $stream >= 3) {
    my ($length, $type) = unpack 'n a', $stream;
    push @got, [$type, substr $stream, 3, $length - 1];
    substr $stream, 0, 2 + $length, '';
}
check($stream eq '', 'the stream ends with a whole packet');
check(@got && $got[0][0] eq 'A' && $got[0][1] eq 'RXLAB00001' . sprintf('%20s', 1), 'the login is accepted');
check(@got && $got[-1][0] eq 'Z', 'the session ends');
my ($join) = map { $_->[1] =~ /^G *(\d+)$/ ? $1 : () } @got;
check(defined $join && $join > 1 && $join <= 2 * $packets + 1, 'the snapshot says where to join');
my $adds = grep { $_->[0] eq 'S' && $_->[1] =~ /^[AF]/ } @got;
my $directories = grep { $_->[0] eq 'S' && $_->[1] =~ /^R/ } @got;
check($directories == 100 || $join <= 101, 'a directory for each symbol');

# Everything again, in pieces.
my $asker = IO::Socket::INET->new(Proto => 'udp', PeerAddr => "127.0.0.1:$udp_port") or die "udp socket: $!\n";
my ($next, $end, $requests) = (1, 2 * $packets + 1, 0);
my $patience = IO::Select->new($asker);
while ($next < $end && $requests < 2000) {
    $asker->send(pack 'A10 Q> n', 'RXLAB00001', $next, 100);
    ++$requests;
    next unless $patience->can_read(0.1);
    $asker->recv(my $answer, 2048) // next;
    my ($session, $sequence, $count) = unpack 'A10 Q> n', $answer;
    check($session eq 'RXLAB00001' && $sequence == $next && $count > 0, "the answer to $next is $session $sequence $count");
    last if $sequence != $next;
    $next += $count;
}
check($next == $end, "all of $end messages could be had again (as far as $next)");

# Until the quota is used up.
for (1 .. 200) {
    $asker->send(pack 'A10 Q> n', 'RXLAB00001', 1, 100);
    last unless $patience->can_read(1);
    $asker->recv(my $answer, 2048);
}

my $json = JSON::PP->new->decode(do { local $/; <$out> });
close $out;
check($? == 0, "feedsim ends well: $?");
my $feed = $json->{feeds}[0];
check($feed->{messages} == 2 * $packets, 'what was meant to be sent is counted');
check($feed->{lost_packets} > $packets * 0.04 && $feed->{lost_packets} < $packets * 0.2, "a ninth is lost on both lines: $feed->{lost_packets}");
for my $line (@{$feed->{lines}}) {
    check($line->{packets} + $line->{dropped_packets} - $line->{duplicated_packets} == $packets, "line $line->{line} adds up");
}
check($json->{rerequest}{messages} == $quota, "the quota is given and no more: $json->{rerequest}{messages}");
check($json->{rerequest}{over_quota} >= 1, 'what was asked for beyond the quota is counted');
check($json->{snapshot}{completed} == 1 && $json->{snapshot}{complete}, 'the summary counts the snapshot');
check($json->{snapshot}{rejected} == 2 && $json->{snapshot}{unauthorized} == 1, 'the summary counts rejected logins');
print "$adds orders in the snapshot, joined at ${\($join // 'nowhere')}, $requests requests\n";
exit($failures ? 1 : 0);
