// SPDX-License-Identifier: MIT
//
// node pdf.mjs DECK.html OUT.pdf [SHEET.pdf]   prints a rendered deck, one page a slide, in the light colours; and the
// speaker's sheet: three slides a page with their notes and the time at which each begins. A deck with a slide that
// needs more than a page is not printed. Exit: 0 done, 3 no Chromium here, 1 failed.
import fs from "node:fs";
import path from "node:path";
import { Browser, findChromium } from "./browser.mjs";

const [, , deck, out, sheet] = process.argv;
if (!findChromium()) process.exit(3);
const browser = new Browser();
const page = await browser.page();
const pictures = "Promise.all([...document.images].map((image) => image.decode().catch(() => {}))).then(() => true)";

// The deck as a PDF; a string says what is wrong with it instead.
async function printed() {
  // reveal.js makes a page of each slide some time after the load event, and says when it has.
  const { identifier } = await page.send("Page.addScriptToEvaluateOnNewDocument", {
    source: 'window.pages = new Promise((done) => document.addEventListener("pdf-ready", () => done(true)));',
  });
  await page.look(1280, 960, "light");
  await page.open(path.resolve(deck), "?print-pdf");
  await page.run("window.pages");
  await page.run(`document.fonts.ready.then(() => ${pictures})`);
  await page.send("Page.removeScriptToEvaluateOnNewDocument", { identifier });
  // reveal.js gives a slide that spills as many pages as it needs.
  const spilling = await page.run(`[...document.querySelectorAll(".pdf-page")].flatMap((page, i) =>
    page.offsetHeight < 1.5 * Reveal.getConfig().height ? [] :
      ["slide " + (i + 1) + " (" + page.querySelector("h1")?.textContent.replace(/\\s+/g, " ") + ")"])`);
  const { data } = await page.send("Page.printToPDF", { preferCSSPageSize: true, printBackground: true });
  const slides = await page.run("Reveal.getTotalSlides()");
  // The nodes of a PDF's page tree say how many pages are below them; the root has the highest number.
  const pdf = Buffer.from(data, "base64");
  const pages = Math.max(...[...pdf.toString("latin1").matchAll(/\/Count (\d+)/g)].map(([, count]) => Number(count)));
  return pages === slides ? pdf : `${pages} pages for ${slides} slides: ${spilling.join(", ") || "a slide"} spills; ` +
    "the same slide of the HTML deck is cut off: shorten it, or let text and tables on it be smaller (theme/rxlab.css)";
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

// A slide of the sheet; `begins`: seconds into the whole talk, and into the one without spares.
const row = ({ title, notes, seconds, spare, picture }, number, begins) => `<section>
  <div><img alt="" src="data:image/png;base64,${picture}">
  <p><b>${number}</b>, at ${clock(begins.all)} of the whole talk${spare ? "; <b>spare</b>" : ` (${clock(begins.short)} without spares)`},
  for ${clock(seconds)}</p></div>
  <div><h2>${title}</h2>${notes}</div></section>`;

// The speaker's sheet as a PDF of A4 pages.
async function sheetOf() {
  await page.look(1280, 720, "light");
  await page.open(path.resolve(deck));
  const height = await page.run("document.fonts.ready.then(() => Reveal.getConfig().height)");
  await page.look(1280, height, "light");
  const count = await page.run("Reveal.getTotalSlides()");
  const begins = { all: 0, short: 0 };
  const rows = [];
  for (let i = 0; i < count; ++i) {
    const slide = await page.run(`Reveal.slide(${i}); ${pictures}.then(() => {
      const section = Reveal.getCurrentSlide();
      return { title: section.querySelector("h1").innerHTML, notes: section.querySelector("aside.notes").innerHTML,
               seconds: Number(section.dataset.timing), spare: section.classList.contains("spare") }; })`);
    slide.notes = slide.notes.replace(/<p>Time:[^<]*<\/p>/, "");
    rows.push(row({ ...slide, picture: await page.picture() }, i + 1, begins));
    begins.all += slide.seconds;
    begins.short += slide.spare ? 0 : slide.seconds;
  }
  const file = path.join(browser.profile, "sheet.html");
  fs.writeFileSync(file, `<!DOCTYPE html><meta charset="utf-8"><title>Speaker's sheet</title><style>
    @page { size: A4; margin: 12mm; }
    body { font: 9.5pt/1.3 "Source Sans 3", Helvetica, Arial, sans-serif; margin: 0; }
    section { display: flex; gap: 6mm; min-height: 86mm; break-inside: avoid; border-top: 0.3mm solid #888; padding-top: 3mm; }
    section > div { width: 50%; } img { width: 100%; border: 0.2mm solid #888; } h2 { font-size: 11pt; margin: 0 0 2mm; }
    p { margin: 0 0 1.5mm; }</style>${rows.join("\n")}`);
  await page.open(file);
  await page.run(pictures);
  const { data } = await page.send("Page.printToPDF", { preferCSSPageSize: true, printBackground: true });
  return Buffer.from(data, "base64");
}

const pdf = await printed();
const notes = sheet && typeof pdf !== "string" ? await sheetOf() : null;
await browser.close();
if (typeof pdf === "string") {
  console.error(pdf);
  process.exit(1);
}
fs.writeFileSync(out, pdf);
if (notes) fs.writeFileSync(sheet, notes);
