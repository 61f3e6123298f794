// SPDX-License-Identifier: MIT
//
// Appended to a copy of a deck that `check` shows in a frame of the wanted size. Walks its slides in the
// browser and posts a line for each fault, then the number of slides, to the page around the frame:
// overflow, images that are missing or have no alternative text, text that is too small or too faint,
// slides without notes, anything fetched from a network.
"use strict";
(() => {
  const smallestPixels = 18;
  const contrastMin = 4.5;
  const faults = [];

  function rgb(colour) {
    const parts = colour.match(/[\d.]+/g).map(Number);
    return { r: parts[0], g: parts[1], b: parts[2], a: parts[3] ?? 1 };
  }
  function luminance({ r, g, b }) {
    const linear = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  }
  function paperOf(element) {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgb(getComputedStyle(e).backgroundColor);
      if (colour.a > 0.99) return colour;
    }
    return { r: 255, g: 255, b: 255 };
  }
  function contrast(element) {
    const [a, b] = [luminance(rgb(getComputedStyle(element).color)), luminance(paperOf(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }
  const ownText = (element) => [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());

  function checkText(element, name) {
    if (parseFloat(getComputedStyle(element).fontSize) < smallestPixels) {
      faults.push(`${name}: smaller than ${smallestPixels} px: ${element.textContent.trim().slice(0, 40)}`);
    }
    if (contrast(element) < contrastMin) {
      faults.push(`${name}: contrast ${contrast(element).toFixed(1)}: ${element.textContent.trim().slice(0, 40)}`);
    }
  }
  function checkPlace(element, name, frame, footer) {
    const box = element.getBoundingClientRect();
    const slack = 1;
    if (box.right > frame.right + slack || box.left < frame.left - slack || box.bottom > frame.bottom + slack ||
        box.top < frame.top - slack) {
      faults.push(`${name}: overflows: <${element.tagName}> ${element.textContent.trim().slice(0, 40)}`);
    }
    if (footer && !element.closest(".provenance") && box.bottom > footer.top + slack) {
      faults.push(`${name}: runs into the footer: <${element.tagName}> ${element.textContent.trim().slice(0, 40)}`);
    }
  }
  function checkImage(image, name) {
    if (!image.complete || image.naturalWidth === 0) faults.push(`${name}: image missing: ${image.alt}`);
    if (!image.alt.trim()) faults.push(`${name}: image without alternative text`);
  }

  function checkSlide(section) {
    const name = section.querySelector("h1")?.textContent ?? "(no heading)";
    if (!section.querySelector("h1")) faults.push(`${name}: empty slide`);
    if (!section.querySelector("aside.notes")?.textContent.trim()) faults.push(`${name}: no notes`);
    const frame = document.querySelector(".reveal .slides").getBoundingClientRect();
    const footer = section.querySelector(".provenance")?.getBoundingClientRect();
    for (const element of section.querySelectorAll("*:not(aside.notes):not(aside.notes *)")) {
      const leaf = ownText(element);
      if (leaf) checkText(element, name);
      if (leaf || element.matches("img, table, pre, .bar")) checkPlace(element, name, frame, footer);
      if (element.matches("img")) checkImage(element, name);
    }
  }

  async function run() {
    const sections = Reveal.getSlides();
    for (const [i, section] of sections.entries()) {
      // reveal.js gives images their source when their slide comes near.
      Reveal.slide(i);
      await Promise.all([...section.querySelectorAll("img")].map((image) => image.decode().catch(() => {})));
      checkSlide(section);
    }
    for (const entry of performance.getEntriesByType("resource")) {
      if (!entry.name.startsWith("data:")) faults.push(`fetched: ${entry.name.slice(0, 100)}`);
    }
    const scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const summary = `${sections.length} slides, ${faults.length} faults, ${innerWidth}x${innerHeight}, ${scheme}`;
    parent.postMessage([...faults, summary].join("\n"), "*");
  }
  addEventListener("load", () => document.fonts.ready.then(run));
})();
