// SPDX-License-Identifier: MIT
//
// Runs inside a page. inspectDeck() walks a deck's slides and inspectDiagram() an SVG file; both return a list of
// faults: overflow, images that are missing or have no alternative text, text that is too small or too faint, or
// that leaves its box in a diagram, arrows without heads, slides without notes.
"use strict";
// Text that is read from the last row; notes below a table; and the small print: machine and verdict, the part's name.
const smallestPixels = 24;
const notePixels = 20;
const smallPrintPixels = 18;
const contrastMin = 4.5;

function rgb(colour) {
  const parts = colour.match(/[\d.]+/g).map(Number);
  return { r: parts[0], g: parts[1], b: parts[2], a: parts[3] ?? 1 };
}
function luminance({ r, g, b }) {
  const linear = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}
function contrastOf(one, other) {
  const [a, b] = [luminance(rgb(one)), luminance(rgb(other))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
function paperOf(element) {
  for (let e = element; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor;
    if (rgb(colour).a > 0.99) return colour;
  }
  return "rgb(255, 255, 255)";
}
const shown = (element) => element.textContent.trim().replace(/\s+/g, " ").slice(0, 40);
const ownText = (element) => [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());

function textFaults(element) {
  const style = getComputedStyle(element);
  const faults = [];
  const least = element.closest(".provenance") ? smallPrintPixels : element.closest(".remark") ? notePixels : smallestPixels;
  if (parseFloat(style.fontSize) < least) faults.push(`smaller than ${least} px: ${shown(element)}`);
  const contrast = contrastOf(style.color, paperOf(element));
  if (contrast < contrastMin) faults.push(`contrast ${contrast.toFixed(1)}: ${shown(element)}`);
  return faults;
}
function placeFaults(element, frame, footer) {
  const box = element.getBoundingClientRect();
  const slack = 1;
  const faults = [];
  if (box.right > frame.right + slack || box.left < frame.left - slack || box.bottom > frame.bottom + slack ||
      box.top < frame.top - slack) {
    faults.push(`overflows: <${element.tagName}> ${shown(element)}`);
  }
  if (footer && !element.closest(".provenance") && box.bottom > footer.top + slack) {
    faults.push(`runs into the footer: <${element.tagName}> ${shown(element)}`);
  }
  return faults;
}
// Text of a drawing, shown at `drawn` times its size; a pixel less is rounding.
const shrinkFaults = (svg, drawn) => [...svg.querySelectorAll("text")].flatMap((text) => {
  const size = parseFloat(getComputedStyle(text).fontSize) * drawn;
  return size < smallestPixels - 1 ? [`${size.toFixed(1)} px in a drawing: ${shown(text)}`] : [];
});

function imageFaults(image) {
  const faults = [];
  if (!image.complete || image.naturalWidth === 0) faults.push(`image missing: ${image.alt}`);
  if (!image.alt.trim()) faults.push("image without alternative text");
  return faults;
}
// The markers that an element of a drawing refers to, null for each that is not there.
function markersOf(element) {
  const style = getComputedStyle(element);
  const marker = (id) => document.getElementById(id)?.closest("marker") ?? null;
  return [style.markerStart, style.markerEnd].map((value) => value.match(/^url\("#(.*)"\)$/)?.[1])
    .filter((id) => id !== undefined).map(marker);
}
const shapesOf = (root) => [...root.querySelectorAll("svg path, svg line, svg polyline")];
const arrowheadsOf = (root) => shapesOf(root).flatMap(markersOf).filter((marker) => marker !== null).length;

// `paper`: the colour under the drawing.
function drawingFaults(svg, paper) {
  const faults = [];
  const canvas = svg.viewBox.baseVal;
  for (const text of svg.querySelectorAll("text")) {
    const box = text.getBBox();
    const holder = text.closest(".holder")?.querySelector("rect");
    const room = holder?.getBBox() ?? canvas;
    if (box.x < room.x - 1 || box.x + box.width > room.x + room.width + 2 || box.y + box.height > room.y + room.height + 4) {
      faults.push(`text leaves its box: ${shown(text)}`);
    }
    const fill = holder && getComputedStyle(holder).fill;
    const under = fill && fill !== "none" ? fill : paper;
    const contrast = contrastOf(getComputedStyle(text).fill, under);
    if (contrast < contrastMin) faults.push(`contrast ${contrast.toFixed(1)}: ${shown(text)}`);
  }
  const lost = shapesOf(svg).flatMap(markersOf).filter((marker) => marker === null).length;
  if (lost) faults.push(`${lost} arrows without a head`);
  return faults;
}
function diagramFaults(svg, scale) {
  const text = svg.getAttribute("aria-label") ?? "";
  const [box, canvas] = [svg.getBoundingClientRect(), svg.viewBox.baseVal];
  return [...(text.trim() ? [] : ["diagram without alternative text"]), ...drawingFaults(svg, paperOf(svg)),
    ...shrinkFaults(svg, Math.min(box.width / canvas.width, box.height / canvas.height) / scale)];
}
// The heading must not reach the part's name in the corner.
function headingFaults(section, scale) {
  const heading = section.querySelector("h1");
  if (!heading) return ["empty slide"];
  const range = document.createRange();
  range.selectNodeContents(heading);
  const room = section.getBoundingClientRect().right - 200 * scale;
  const text = range.getBoundingClientRect();
  return section.matches(".opening") || text.right < room ? [] : ["the heading reaches the corner"];
}
function slideFaults(section) {
  const frame = document.querySelector(".reveal .slides").getBoundingClientRect();
  // So many pixels of the screen are one of the slide.
  const scale = frame.width / 1280;
  const footer = section.querySelector(".provenance")?.getBoundingClientRect();
  const faults = headingFaults(section, scale);
  if (!section.querySelector("aside.notes")?.textContent.trim()) faults.push("no notes");
  for (const element of section.querySelectorAll("*:not(aside.notes):not(aside.notes *)")) {
    if (element.matches("style, svg *:not(text)")) continue;
    const leaf = ownText(element);
    if (leaf && !element.matches("text")) faults.push(...textFaults(element));
    if (leaf || element.matches("img, svg, table, pre, .bar")) faults.push(...placeFaults(element, frame, footer));
    if (element.matches("img")) faults.push(...imageFaults(element));
    if (element.matches("svg")) faults.push(...diagramFaults(element, scale));
  }
  return faults.map((fault) => `${shown(section.querySelector("h1") ?? section)}: ${fault}`);
}

// `arrowheads`: how many each slide has.
async function inspectDeck() {
  await document.fonts.ready;
  const faults = [];
  const arrowheads = [];
  const sections = Reveal.getSlides();
  for (const [i, section] of sections.entries()) {
    // reveal.js gives images their source when their slide comes near.
    Reveal.slide(i);
    await Promise.all([...section.querySelectorAll("img")].map((image) => image.decode().catch(() => {})));
    faults.push(...slideFaults(section));
    arrowheads.push(arrowheadsOf(section));
  }
  return { slides: sections.length, faults, arrowheads };
}

// `paper`: the colour of the page around it.
const inspectDiagram = (paper) => drawingFaults(document.documentElement, paper);
