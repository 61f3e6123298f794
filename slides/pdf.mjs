// SPDX-License-Identifier: MIT
//
// node pdf.mjs DECK.html OUT.pdf   prints a rendered deck, one page a slide, in the light colours. Exit: 0
// done, 3 no Chromium here, 1 failed.
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
const { data } = await page.send("Page.printToPDF", { preferCSSPageSize: true, printBackground: true });
fs.writeFileSync(out, Buffer.from(data, "base64"));
await browser.close();
