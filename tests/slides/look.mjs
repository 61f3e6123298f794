// SPDX-License-Identifier: MIT
//
// node look.mjs SLIDES-DIRECTORY DECK.html…   looks at every slide of each deck in one headless Chromium: at
// 1280x720 and 1920x1080 (decks of 4:3: 1280x960 and 1600x1200), in light and dark; at the fonts of the first deck's diagrams; and at each diagram by
// itself. Prints a line for each fault and for each look; exit 1 if there is a fault.
import fs from "node:fs";
import path from "node:path";
import { Browser } from "../../slides/browser.mjs";

const [, , slidesFolder, ...decks] = process.argv;
const inspect = fs.readFileSync(path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "inspect.js"), "utf8");
const views = [[1280, 720, "light"], [1920, 1080, "dark"]];
const tallViews = [[1280, 960, "light"], [1600, 1200, "dark"]];
const isTall = (deck) => fs.readFileSync(deck, "utf8").includes("--slide-height: 960px");
const diagrams = fs.readdirSync(path.join(slidesFolder, "diagrams")).filter((name) => name.endsWith(".svg"));
const arrowheadsWanted = diagrams.map((name) => fs.readFileSync(path.join(slidesFolder, "diagrams", name), "utf8"))
  .join("").match(/ marker-(start|end)=/g).length;
let faultCount = 0;
const report = (where, faults, what) => {
  for (const fault of faults) console.log(`${where}: ${fault}`);
  faultCount += faults.length;
  console.log(`${where}: ${what}, ${faults.length} faults`);
};

// Fonts of this machine that diagrams of the deck were drawn with: another machine may have none of the same width.
async function foreignFonts() {
  await page.run(`document.head.insertAdjacentHTML("beforeend", "<style>section { display: block !important; }</style>")`);
  await page.send("DOM.enable");
  await page.send("CSS.enable");
  const { root } = await page.send("DOM.getDocument", { depth: 0 });
  const { nodeIds } = await page.send("DOM.querySelectorAll", { nodeId: root.nodeId, selector: "svg.diagram" });
  const used = [];
  for (const nodeId of nodeIds) used.push(...(await page.send("CSS.getPlatformFontsForNode", { nodeId })).fonts);
  const foreign = [...new Set(used.filter((font) => !font.isCustomFont).map((font) => font.familyName))];
  return used.length ? foreign.map((name) => `diagrams use ${name}, a font of this machine`) : ["diagrams have no text"];
}

const browser = new Browser();
const page = await browser.page();
for (const deck of decks) {
  for (const view of isTall(deck) ? tallViews : views) {
    await page.look(...view);
    await page.open(path.resolve(deck));
    const { slides, faults, arrowheads } = await page.run(`${inspect}; inspectDeck()`);
    if (slides !== 40) faults.push(`${slides} slides`);
    const drawn = arrowheads.reduce((sum, count) => sum + count, 0);
    if (drawn !== arrowheadsWanted) faults.push(`${drawn} arrowheads, the diagrams have ${arrowheadsWanted}`);
    faults.push(...page.fetched.map((url) => `fetched: ${url.slice(0, 100)}`));
    if (deck === decks[0] && view === views[0]) faults.push(...await foreignFonts());
    report(`${path.basename(path.dirname(deck))} at ${view.join(" ")}`, faults, `${slides} slides`);
  }
}
// A diagram by itself, as a README shows it; its dark colours were seen in the deck.
await page.look(1280, 720, "light");
for (const name of diagrams) {
  await page.open(path.join(path.resolve(slidesFolder), "diagrams", name));
  const faults = await page.run(`${inspect}; inspectDiagram("rgb(255, 255, 255)")`);
  if (faults.length) report(name, faults, "diagram");
}
await browser.close();
console.log(`${decks.length} decks, ${diagrams.length} diagrams, ${faultCount} faults`);
process.exit(faultCount || decks.length === 0 || diagrams.length === 0 ? 1 : 0);
