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
python3 - "$work/site" <<'END' || exit 1
import pathlib, re, sys
links = dead = 0
pages = [page for page in pathlib.Path(sys.argv[1]).rglob("*.html") if page.name != "slides.html"]
for page in pages:
    for kind, target in re.findall(r'(href|src)="([^"]*)"', page.read_text()):
        elsewhere = re.match(r"[a-z]+:", target)
        if elsewhere and kind == "href":
            continue
        links += 1
        if elsewhere or not (page.parent / target.partition("#")[0]).exists():
            dead += 1
            print(f"{page}: {'fetched' if elsewhere else 'dead link'}: {target}")
print(f"{len(pages)} pages, {links} links, {dead} dead")
sys.exit(dead > 0 or len(pages) < 15)
END
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
