// SPDX-License-Identifier: MIT
//
// node index.mjs SITE PAGE.html…   writes SITE/search-index.js, the index over the pages' sections that site.js searches,
// and SITE/minisearch.js. Pages are named from SITE. Exit: 0 done, 1 failed.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const MiniSearch = require("minisearch");
const [, , site, ...pages] = process.argv;
const entities = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " ", "#39": "'" };
const textOf = (html) => html.replace(/<(script|style|svg)[\s\S]*?<\/\1>/g, " ").replace(/<[^>]*>/g, " ")
  .replace(/&(#?\w+);/g, (all, name) => entities[name] ?? " ").replace(/\s+/g, " ").trim();

// A page's sections, each from a heading with an id to the next one.
function sectionsOf(page) {
  const main = fs.readFileSync(path.join(site, page), "utf8").match(/<main>([\s\S]*?)<nav class="steps"/)?.[1] ?? "";
  const body = main.replace(/<details class="contents">[\s\S]*?<\/details>/, "");
  const parts = body.split(/<h[1-4][^>]* id="([^"]+)"[^>]*>([\s\S]*?)<\/h[1-4]>/);
  const title = textOf(parts[2] ?? page);
  const sections = [];
  for (let i = 1; i + 2 < parts.length; i += 3) {
    sections.push({ id: i === 1 ? page : `${page}#${parts[i]}`, title: textOf(parts[i + 1]), page: title, text: textOf(parts[i + 2]) });
  }
  return sections.length ? sections : [{ id: page, title, page: title, text: textOf(body) }];
}

// Ids of the same heading twice in a page would be the same document.
const sections = new Map(pages.flatMap(sectionsOf).map((section) => [section.id, section]));
const options = { fields: ["title", "page", "text"], storeFields: ["title", "page"] };
const index = new MiniSearch(options);
index.addAll([...sections.values()]);
fs.writeFileSync(path.join(site, "search-index.js"), `const searchIndex = ${JSON.stringify({ options, index })};\n`);
const folder = require.resolve("minisearch").replace(/dist\/cjs\/.*/, "");
const library = fs.readFileSync(path.join(folder, "dist/umd/index.js"), "utf8").replace(/\n\/\/# sourceMappingURL=.*/, "");
fs.writeFileSync(path.join(site, "minisearch.js"), `/*! MiniSearch\n${fs.readFileSync(path.join(folder, "LICENSE.txt"), "utf8")}*/\n${library}`);
console.log(`${pages.length} pages, ${sections.size} sections to search`);
