// SPDX-License-Identifier: MIT
//
// node pdf.mjs DECK.html OUT.pdf   prints a rendered deck, one page a slide, in the light colours. A deck with
// a slide that needs more than a page is not printed. Exit: 0 done, 3 no Chromium here, 1 failed.
import fs from "node:fs";
import path from "node:path";
import { Browser, findChromium } from "./browser.mjs";

const [, , deck, out] = process.argv;
if (!findChromium()) process.exit(3);
const browser = new Browser();
const page = await browser.page();
await page.look(1280, 720, "light");
// reveal.js makes a page of each slide some time after the load event, and says when it has.
await page.send("Page.addScriptToEvaluateOnNewDocument", {
  source: 'window.pages = new Promise((done) => document.addEventListener("pdf-ready", () => done(true)));',
});
await page.open(path.resolve(deck), "?print-pdf");
await page.run("window.pages");
await page.run(`document.fonts.ready.then(() =>
  Promise.all([...document.images].map((image) => image.decode().catch(() => {})))).then(() => true)`);
// reveal.js gives a slide that spills as many pages as it needs.
const spilling = await page.run(`[...document.querySelectorAll(".pdf-page")].flatMap((page, i) =>
  page.offsetHeight < 1.5 * 720 ? [] : ["slide " + (i + 1) + " (" + page.querySelector("h1")?.textContent.replace(/\\s+/g, " ") + ")"])`);
const { data } = await page.send("Page.printToPDF", { preferCSSPageSize: true, printBackground: true });
const slides = await page.run("Reveal.getTotalSlides()");
await browser.close();
// The nodes of a PDF's page tree say how many pages are below them; the root has the highest number.
const pdf = Buffer.from(data, "base64");
const pages = Math.max(...[...pdf.toString("latin1").matchAll(/\/Count (\d+)/g)].map(([, count]) => Number(count)));
if (pages === slides) fs.writeFileSync(out, pdf);
else {
  console.error(`${pages} pages for ${slides} slides: ${spilling.join(", ") || "a slide"} spills; the same slide of the HTML ` +
    "deck is cut off: shorten it, or let text and tables on it be smaller (theme/rxlab.css)");
  process.exit(1);
}
