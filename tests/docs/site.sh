#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The static site: every page is there, every link in it leads to a file of the site, and nothing comes from a network.
set -u
command -v pandoc >/dev/null || { echo "skipped: pandoc is not installed (apt-get install pandoc)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
RXLAB_RESULTS=$work/none "$RXLAB_SOURCE_DIR/docs/site/build" "$work/site" || exit 1
perl -we '
    use strict;
    use File::Basename;
    my ($links, $dead, $pages) = (0, 0, 0);
    for my $page (split /\n/, `find "$ARGV[0]" -name "*.html" ! -name slides.html`) {
        ++$pages;
        open my $file, "<", $page or die;
        my $text = do { local $/; <$file> };
        while ($text =~ /(href|src)="([^"]*)"/g) {
            my ($kind, $target) = ($1, $2);
            if ($target =~ m{^[a-z]+:}) { next if $kind eq "href"; ++$dead; print "$page: fetched: $target\n"; next }
            (my $path = $target) =~ s/#.*//;
            ++$links;
            next if $path eq "" || -e dirname($page) . "/$path";
            ++$dead;
            print "$page: dead link: $target\n";
        }
    }
    print "$pages pages, $links links, $dead dead\n";
    exit($dead || $pages < 15 ? 1 : 0);' "$work/site" || exit 1
for file in index.html report.html slides.html docs/learning-path.html docs/solarflare.html kernel/chardev/README.html; do
    [[ -s $work/site/$file ]] || { echo "missing: $file"; exit 1; }
done
grep -q 'verdict\|Verdict' "$work/site/report.html" || { echo "the report has no verdict"; exit 1; }
