// SPDX-License-Identifier: MIT
//
// node compare.mjs NAME=DECK.html NAME=DECK.html…   compares decks that different pandocs rendered from one result with
// the first of them: slides, arrowheads that are drawn, faults (inspect.js), and each slide as a picture at 1280x720,
// in one browser. Prints a table of the slides that differ; exit 1 if a slide differs in more than 2 % of its pixels,
// in its arrowheads, or has a fault.
import fs from "node:fs";
import path from "node:path";
import { Browser } from "../../slides/browser.mjs";

const percentMax = 2;
const inspect = fs.readFileSync(new URL("inspect.js", import.meta.url), "utf8");
const decks = process.argv.slice(2).map((word) => word.match(/^([^=]+)=(.+)$/)?.slice(1) ?? [word, word]);
if (decks.length < 2) {
  console.error("compare.mjs: two decks or more: NAME=DECK.html");
  process.exit(2);
}
const browser = new Browser(100 * decks.length);
const canvas = await browser.page();
const page = await browser.page(); // the last one is in front, and only that one draws

// The share of pixels, in percent, of which any channel differs.
const differing = (one, other) => canvas.run(`(async () => {
  const [one, other] = await Promise.all(${JSON.stringify([one, other])}.map(async (png) => {
    const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
    context.drawImage(image, 0, 0);
    return new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
  }));
  let count = one.length === other.length ? 0 : Infinity;
  for (let i = 0; i < one.length; ++i) count += one[i] !== other[i];
  return Math.min(100, 100 * count / one.length);
})()`);

async function look([name, deck]) {
  await page.look(1280, 720, "light");
  await page.open(path.resolve(deck));
  // What moves would be caught at one moment or another.
  await page.run(`document.head.insertAdjacentHTML("beforeend", "<style>* { transition: none !important; }</style>")`);
  const { slides, faults, arrowheads } = await page.run(`${inspect}; inspectDeck()`);
  const pictures = [];
  for (let i = 0; i < slides; ++i) {
    await page.run(`Reveal.slide(${i})`);
    pictures.push(await page.picture());
  }
  return { name, faults, arrowheads, pictures };
}

let wrong = 0;
const complain = (text) => { console.log(text); ++wrong; };
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
let first;
for (const deck of decks) {
  const { name, faults, arrowheads, pictures } = await look(deck);
  faults.forEach((fault) => complain(`${name}: ${fault}`));
  if (!first) {
    first = { name, arrowheads, pictures };
    console.log(`${name}: ${pictures.length} slides, ${sum(arrowheads)} arrowheads`);
    continue;
  }
  if (pictures.length !== first.pictures.length) complain(`${name}: ${pictures.length} slides, ${first.name}: ${first.pictures.length}`);
  const shares = [];
  for (let i = 0; i < Math.min(pictures.length, first.pictures.length); ++i) {
    const same = pictures[i] === first.pictures[i];
    shares.push(same ? 0 : await differing(pictures[i], first.pictures[i]));
    if (arrowheads[i] !== first.arrowheads[i]) {
      complain(`${name}, slide ${i + 1}: ${arrowheads[i]} arrowheads, ${first.name}: ${first.arrowheads[i]}`);
    }
    if (shares[i] > percentMax) complain(`${name}, slide ${i + 1}: ${shares[i].toFixed(2)} % of the pixels differ from ${first.name}`);
  }
  const differ = shares.map((share, i) => [i + 1, share]).filter(([, share]) => share > 0);
  console.log(`${name}: ${pictures.length} slides, ${sum(arrowheads)} arrowheads; pixels that differ from ${first.name}: ` +
    `at most ${Math.max(...shares).toFixed(2)} % of a slide; slides that differ: ` +
    (differ.map(([slide, share]) => `${slide} (${share.toFixed(3)} %)`).join(", ") || "none"));
}
await browser.close();
process.exit(wrong ? 1 : 0);
