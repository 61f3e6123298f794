// SPDX-License-Identifier: MIT
//
// What a page of the site does in the browser: search, buttons that copy, the mark of this page in the sidebar.
// search-index.js has set `searchIndex`; everything works from file://, without a network.
"use strict";
const up = document.documentElement.dataset.up;

function markThisPage() {
  const here = [...document.querySelectorAll(".sidebar a")].find((link) => link.pathname === location.pathname);
  here?.setAttribute("aria-current", "page");
  here?.closest("details")?.setAttribute("open", "");
  here?.scrollIntoView({ block: "nearest" });
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // A file:// page has no clipboard in some browsers.
  const field = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: text }));
  field.select();
  document.execCommand("copy");
  field.remove();
}

function addCopyButtons() {
  for (const block of document.querySelectorAll("main pre")) {
    const button = Object.assign(document.createElement("button"), { className: "copy", type: "button", textContent: "Copy" });
    button.addEventListener("click", async () => {
      // A console's prompt is not part of the command.
      const text = block.textContent.replace(/^Copy(ied)?/, "").replace(/^\$ /gm, "");
      await copy(text.replace(/\n$/, "")).catch(() => {});
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    const frame = document.createElement("div");
    frame.className = "code";
    block.replaceWith(frame);
    frame.append(block, button);
  }
}

function addSearch() {
  const field = document.querySelector(".search input");
  const list = document.querySelector(".search ol");
  const index = MiniSearch.loadJS(searchIndex.index, searchIndex.options);
  const show = () => {
    const found = index.search(field.value, { prefix: true, fuzzy: 0.1, combineWith: "AND", boost: { title: 4, page: 2 } });
    list.hidden = field.value.trim() === "";
    list.replaceChildren(...found.slice(0, 12).map(({ id, title, page }) => {
      const link = Object.assign(document.createElement("a"), { href: up + id, textContent: title === page ? title : `${page}: ${title}` });
      const item = document.createElement("li");
      item.append(link);
      return item;
    }));
    if (!found.length) list.append(Object.assign(document.createElement("li"), { textContent: "Nothing found." }));
  };
  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") list.querySelector("a")?.click();
    if (event.key === "Escape") Object.assign(field, { value: "" }) && show();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target === field) return;
    event.preventDefault();
    field.focus();
  });
}

markThisPage();
addCopyButtons();
addSearch();
