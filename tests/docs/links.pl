#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# links.pl ROOT: every relative link in the Markdown files below ROOT must lead to a file or folder
# inside ROOT that is not ignored by git, and to a heading of it where it names one. Prints file, line and target of those that do not; exit 1.
# Left out: slides/parts (pandoc resolves those, and fails itself), and what git ignores.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Find;

my $root = abs_path($ARGV[0] // '.') or die "links.pl ROOT\n";
my %skipped_folder = map { $_ => 1 } qw(.git node_modules build results);
my @pages;
find({no_chdir => 1, wanted => sub {
    my $name = (split m{/})[-1];
    if (-d && ($skipped_folder{$name} || $_ eq "$root/slides/parts")) { $File::Find::prune = 1; return }
    push @pages, $_ if -f && $name =~ /\.md$/;
}}, $root);

# Outside a git work tree (an unpacked archive) nothing is ignored.
sub ignored {
    my ($path) = @_;
    return system('git', '-C', $root, 'check-ignore', '--quiet', $path) == 0 if -e "$root/.git";
    return 0;
}

# The anchors of a document's headings, as GitHub makes them.
my %anchors;
sub anchors {
    my ($path) = @_;
    return $anchors{$path} //= do {
        open my $file, '<:encoding(UTF-8)', $path or die "read $path: $!\n";
        my (%found, $fence);
        while (<$file>) {
            $fence = !$fence if /^\s*```/;
            next if $fence || !/^#+\s+(.*?)\s*$/;
            (my $name = lc $1) =~ s/\[([^\]]*)\]\([^)]*\)/$1/g;
            $name =~ s/[^\w\- ]//g;
            $name =~ tr/ /-/;
            $found{$name} = 1;
        }
        \%found;
    };
}

# Why a link from $page to $target is dead; undef if it is not.
sub fault {
    my ($page, $target) = @_;
    return undef if $target =~ m{^[a-z][a-z0-9+.-]*:}i;    # another site
    my ($path, $anchor) = $target =~ /^([^#]*)(?:#(.*))?$/;
    if ($path eq '') { return anchors($page)->{$anchor} ? undef : 'no such heading on this page' }
    return 'starts at the root of a site' if $path =~ m{^/};
    $path =~ s/%20/ /g;
    my $full = abs_path(dirname($page) . "/$path");
    return 'no such file' unless defined $full && -e $full;
    return 'outside the repository' unless "$full/" =~ m{^\Q$root\E/};
    return 'ignored by git' if ignored($full);
    return 'no such heading there' if defined $anchor && $full =~ /\.md$/ && !anchors($full)->{$anchor};
    return undef;
}

my ($links, $dead) = (0, 0);
for my $page (sort @pages) {
    open my $file, '<', $page or die "read $page: $!\n";
    my $fence = '';
    while (my $line = <$file>) {
        if ($line =~ /^\s*(```+|~~~+)/) {
            if (!$fence) { $fence = $1 } elsif (index($1, $fence) == 0) { $fence = '' }
            next;
        }
        next if $fence;
        $line =~ s/`[^`]*`/code/g;
        my @targets = $line =~ /\]\(\s*<?([^)\s>]+)/g;
        push @targets, $1 if $line =~ /^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*$/;
        for my $target (@targets) {
            ++$links;
            my $fault = fault($page, $target) // next;
            ++$dead;
            (my $shown = $page) =~ s{^\Q$root\E/}{};
            print "$shown:$.: $target: $fault\n";
        }
    }
    close $file;
}
printf "%d pages, %d links, %d dead\n", scalar @pages, $links, $dead;
exit($dead || !@pages ? 1 : 0);
