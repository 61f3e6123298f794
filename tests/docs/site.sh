#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The static site: pandoc has nothing to warn of, every page is there, every link in it leads to a file of the site, nothing
# comes from a network, and diagrams have the site's own font. Every guide is in docs/README.md, every page leads to the
# next one, and in a browser without a network the search finds what is asked for.
set -u
command -v "${PANDOC:-pandoc}" >/dev/null || { echo "skipped: pandoc is not installed (apt-get install pandoc)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export RXBENCH=$RXLAB_BINARY_DIR/bin/rxbench # makes the deck's tables
[[ -x $RXBENCH ]] || { echo "skipped: rxbench is not built"; exit 77; }
RXLAB_RESULTS=$work/none "$RXLAB_SOURCE_DIR/docs/site/build" "$work/site" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
! grep -A 2 WARNING "$work/log" || exit 1
for guide in "$RXLAB_SOURCE_DIR"/docs/*.md; do
    name=$(basename "$guide")
    [[ $name = README.md ]] || grep -qF "($name" "$RXLAB_SOURCE_DIR/docs/README.md" || { echo "docs/README.md does not name $name"; exit 1; }
done
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
# The first line of the report.
sed -n '/<h1/,$p' "$work/site/report.html" | sed 's/<[^>]*>//g' | grep -v '^ *$' | sed -n 2p | grep -q '^Verdict: ' ||
    { echo "the report does not begin with its verdict"; exit 1; }
# From the first page, "next" passes through all others.
page=README.html passed=0
while [[ -n $page && $passed -le 500 ]]; do
    passed=$((passed + 1))
    up=$(sed -n 's/.* data-up="\([^"]*\)".*/\1/p' "$work/site/$page" | head -n 1)
    page=$(sed -n 's/.*rel="next" href="\([^"]*\)".*/\1/p' "$work/site/$page")
    page=${page#"$up"}
done
pages=$(find "$work/site" -name '*.html' ! -name index.html ! -name report.html ! -name slides.html | wc -l)
[[ $passed -eq $pages ]] || { echo "'next' passes through $passed of $pages pages"; exit 1; }
command -v chromium >/dev/null || command -v google-chrome >/dev/null || { echo "skipped: chromium is not installed"; exit 77; }
cat >"$work/try.mjs" <<END
import { Browser } from "$RXLAB_SOURCE_DIR/slides/browser.mjs";
const browser = new Browser();
const page = await browser.page();
await page.look(1400, 900, "light");
await page.open("$work/site/docs/glossary.html");
const faults = [];
const found = (words) => page.run(\`{ const field = document.querySelector(".search input"); field.value = "\${words}";
  field.dispatchEvent(new Event("input")); [...document.querySelectorAll(".search ol a")].map((link) => link.href); }\`);
for (const [words, wanted] of [["busy poll", "docs/socket-ways.html"], ["IGMP querier", "dpdk_rx/README.html"], ["imissed", "docs/troubleshooting.html"]]) {
  const links = await found(words);
  if (!links.some((link) => link.includes(wanted))) faults.push(\`"\${words}" finds \${links}, not \${wanted}\`);
}
if ((await found("xyzzyxyzzy")).length) faults.push("a word that no page has is found");
const here = await page.run('document.querySelector(".sidebar [aria-current]")?.textContent');
if (here !== "Glossary") faults.push("the sidebar marks " + here);
await page.open("$work/site/docs/learning-path.html");
const blocks = await page.run('[document.querySelectorAll("main pre").length, document.querySelectorAll("main .code > .copy").length].join()');
if (!/^(\\d+),\\1\$/.test(blocks)) faults.push("blocks and buttons that copy: " + blocks);
if (await page.run('document.querySelectorAll("main details:not(.contents)[open]").length')) faults.push("an answer is not folded");
if (page.fetched.length) faults.push("fetched: " + page.fetched);
await browser.close();
faults.forEach((fault) => console.log(fault));
process.exit(faults.length ? 1 : 0);
END
node "$work/try.mjs" || exit 1
echo "$passed pages in a row; search, sidebar, copying and folded answers work without a network"
