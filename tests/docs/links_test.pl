#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# links_test.pl LINKS.PL: the link check finds each kind of dead link, and nothing else.
use strict;
use warnings;
use File::Temp qw(tempdir);

my $links = shift or die "links_test.pl LINKS.PL\n";
my $root = tempdir(CLEANUP => 1);
mkdir "$root/docs" or die $!;

sub page {
    my ($name, $text) = @_;
    open my $file, '>', "$root/$name" or die $!;
    print $file $text;
    close $file;
}

page('docs/here.md', "# A part, `of` it\n\nfine\n");
page('README.md', <<'END');
# Part

[a](docs/here.md) ![b](docs/here.md#a-part-of-it) [c](https://example.org/x) [d](#part) [e](docs)
`[code](not/a/link.md)`

```
[fenced](not/a/link.md)
```
[f]: docs/here.md
END
my $clean = `"$^X" "$links" "$root"`;
die "a sound page is called dead:\n$clean" if $? != 0 || $clean !~ /2 pages, 6 links, 0 dead/;

page('docs/dead.md', <<'END');
[gone](gone.md) and [site](/docs/here.md)
[outside](../../../etc/passwd)
[reference]: nowhere.md
[heading](here.md#nowhere) and [another](#nowhere)
END
my $found = `"$^X" "$links" "$root"`;
die "dead links pass\n" if $? == 0;
for my $line ('docs/dead.md:1: gone.md: no such file', 'docs/dead.md:1: /docs/here.md: starts at the root',
              'docs/dead.md:2: ../../../etc/passwd: ', 'docs/dead.md:3: nowhere.md: no such file',
              'docs/dead.md:4: here.md#nowhere: no such heading there', 'docs/dead.md:4: #nowhere: no such heading on this page',
              '3 pages, 12 links, 6 dead') {
    die "not reported: $line\n$found" if index($found, $line) < 0;
}
print "6 of 6 dead links found\n";
