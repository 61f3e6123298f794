// SPDX-License-Identifier: MIT
//
// node look.mjs SLIDES-DIRECTORY DECK.html…   looks at every slide of each deck in one headless Chromium: at
// 1280x720 and 1920x1080, in light and dark; at each diagram by itself; and counts the pages of the first deck's
// PDF. Prints a line for each fault and for each look; exit 1 if there is a fault.
import fs from "node:fs";
import path from "node:path";
import { Browser } from "../../slides/browser.mjs";

const [, , slidesFolder, ...decks] = process.argv;
const inspect = fs.readFileSync(path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "inspect.js"), "utf8");
const views = [[1280, 720, "light"], [1920, 1080, "dark"]];
const paper = { light: "rgb(255, 255, 255)", dark: "rgb(20, 24, 29)" };
let faultCount = 0;
const report = (where, faults, what) => {
  for (const fault of faults) console.log(`${where}: ${fault}`);
  faultCount += faults.length;
  console.log(`${where}: ${what}, ${faults.length} faults`);
};

const browser = new Browser();
const page = await browser.page();
for (const deck of decks) {
  for (const view of views) {
    await page.look(...view);
    await page.open(path.resolve(deck));
    const { slides, faults } = await page.run(`${inspect}; inspectDeck()`);
    if (slides !== 40) faults.push(`${slides} slides`);
    faults.push(...page.fetched.map((url) => `fetched: ${url.slice(0, 100)}`));
    report(`${path.basename(path.dirname(deck))} at ${view.join(" ")}`, faults, `${slides} slides`);
  }
}
const diagrams = fs.readdirSync(path.join(slidesFolder, "diagrams")).filter((name) => name.endsWith(".svg"));
for (const scheme of ["light", "dark"]) {
  await page.look(1280, 720, scheme);
  for (const name of diagrams) {
    await page.open(path.join(path.resolve(slidesFolder), "diagrams", name));
    const faults = await page.run(`${inspect}; inspectDiagram(${JSON.stringify(paper[scheme])})`);
    if (faults.length) report(`${name}, ${scheme}`, faults, "diagram");
  }
}
await browser.close();
console.log(`${decks.length} decks, ${diagrams.length} diagrams, ${faultCount} faults`);
process.exit(faultCount || decks.length === 0 || diagrams.length === 0 ? 1 : 0);
