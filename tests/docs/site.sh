#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The static site: pandoc has nothing to warn of, every page is there, every link in it leads to a file of the site, nothing
# comes from a network, and diagrams have the site's own font.
set -u
command -v "${PANDOC:-pandoc}" >/dev/null || { echo "skipped: pandoc is not installed (apt-get install pandoc)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export RXBENCH=$RXLAB_BINARY_DIR/bin/rxbench # makes the deck's tables
[[ -x $RXBENCH ]] || { echo "skipped: rxbench is not built"; exit 77; }
RXLAB_RESULTS=$work/none "$RXLAB_SOURCE_DIR/docs/site/build" "$work/site" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
! grep -A 2 WARNING "$work/log" || exit 1
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
while read -r font; do
    [[ -s $work/site/$font ]] || { echo "site.css names $font, which is not there"; exit 1; }
done < <(grep -o 'fonts/[^)]*' "$work/site/site.css")
for what in '<svg .*class="diagram"' 'marker-end="url(#alternatives-head)"' 'id="alternatives-head"'; do
    grep -q "$what" "$work/site/docs/alternatives.html" || { echo "docs/alternatives.html: no $what"; exit 1; }
done
grep -q 'verdict\|Verdict' "$work/site/report.html" || { echo "the report has no verdict"; exit 1; }
