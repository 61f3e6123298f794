// SPDX-License-Identifier: MIT
//
// node screenshots.mjs DECK.html FOLDER [light|dark] [SLIDE…]   a PNG of each slide (from 1), to look at.
import fs from "node:fs";
import path from "node:path";
import { Browser } from "../../slides/browser.mjs";

const [, , deck, folder, scheme = "light", ...wanted] = process.argv;
fs.mkdirSync(folder, { recursive: true });
const browser = new Browser();
const page = await browser.page();
await page.look(1280, 720, scheme);
await page.open(path.resolve(deck));
await page.run("document.fonts.ready.then(() => true)");
const count = await page.run("Reveal.getSlides().length");
for (let i = 0; i < count; ++i) {
  if (wanted.length && !wanted.includes(String(i + 1))) continue;
  await page.run(`Reveal.slide(${i}); Promise.all([...document.querySelectorAll("section.present img")]` +
    `.map((image) => image.decode().catch(() => {}))).then(() => true)`);
  const file = path.join(folder, `${String(i + 1).padStart(2, "0")}-${scheme}.png`);
  fs.writeFileSync(file, Buffer.from(await page.picture(), "base64"));
}
console.log(`${count} slides, ${scheme}, in ${folder}`);
await browser.close();
