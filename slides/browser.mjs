// SPDX-License-Identifier: MIT
//
// One headless Chromium for as many pages as a test needs. It is controlled over a pipe (the DevTools
// protocol, https://chromedevtools.github.io/devtools-protocol/), so that nothing else must be installed.
// Ownership: close() ends the browser and removes its profile. Every network request of a page is refused
// and listed.
import { spawn, execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

export function findChromium() {
  for (const name of ["chromium", "google-chrome"]) {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch { /* the next name */ }
  }
  return null;
}

// A process that was just killed may finish one more system call, and so write where nothing should be.
function removeForGood(folder) {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < 100 && fs.existsSync(folder); ++tries) {
    try {
      fs.rmSync(folder, { recursive: true, force: true });
    } catch { /* not empty again */ }
    Atomics.wait(pause, 0, 0, 20);
  }
}

export class Browser {
  // Whatever is still waiting after `patience_s` fails.
  constructor(patience_s = 100) {
    this.profile = fs.mkdtempSync(path.join(os.tmpdir(), "rxlab-browser."));
    this.child = spawn(findChromium(), [
      "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--disable-dev-shm-usage",
      "--host-resolver-rules=MAP * ~NOTFOUND", `--user-data-dir=${this.profile}`, "--remote-debugging-pipe",
      "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], detached: true,
                        env: { ...process.env, TMPDIR: this.profile } });
    // However this process ends, with Chromium's own children: they are a group of their own (detached).
    this.cleanUp = () => {
      try {
        process.kill(-this.child.pid, "SIGKILL");
      } catch { /* all have ended */ }
      removeForGood(this.profile);
    };
    process.on("exit", this.cleanUp);
    process.once("SIGINT", () => process.exit(130)).once("SIGTERM", () => process.exit(143));
    this.patience = setTimeout(() => this.child.kill("SIGKILL"), patience_s * 1000);
    this.nextId = 0;
    this.waiting = new Map();
    this.listeners = [];
    let rest = "";
    this.child.stdio[4].on("data", (data) => {
      const parts = (rest + data).split("\0");
      rest = parts.pop();
      parts.forEach((part) => this.#take(JSON.parse(part)));
    });
    this.child.on("exit", (code) => this.waiting.forEach(({ reject }) => reject(new Error(`chromium ended (${code})`))));
  }
  #take(message) {
    const waiting = this.waiting.get(message.id);
    if (!waiting) return this.listeners.forEach((listen) => listen(message));
    this.waiting.delete(message.id);
    if (message.error) waiting.reject(new Error(message.error.message));
    else waiting.resolve(message.result);
  }
  send(method, params = {}, sessionId = undefined) {
    const id = ++this.nextId;
    this.child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }
  async page() {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId);
    await page.send("Page.enable");
    await page.send("Network.enable");
    return page;
  }
  async close() {
    clearTimeout(this.patience);
    await this.send("Browser.close").catch(() => {});
    if (this.child.exitCode === null) await new Promise((done) => this.child.once("exit", done));
    this.cleanUp();
    process.off("exit", this.cleanUp);
  }
}

class Page {
  constructor(browser, sessionId) {
    Object.assign(this, { browser, sessionId, fetched: [], loaded: () => {} });
    browser.listeners.push((message) => {
      if (message.sessionId !== sessionId) return;
      if (message.method === "Page.loadEventFired") this.loaded();
      if (message.method === "Network.requestWillBeSent") {
        const { url } = message.params.request;
        if (!/^(data|file|about|blob):/.test(url)) this.fetched.push(url);
      }
    });
  }
  send(method, params) { return this.browser.send(method, params, this.sessionId); }
  // scheme: "light" or "dark".
  async look(width, height, scheme) {
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    await this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  }
  async open(file, query = "") {
    const loaded = new Promise((resolve) => { this.loaded = resolve; });
    this.fetched.length = 0;
    await this.send("Page.navigate", { url: pathToFileURL(file).href + query });
    await loaded;
  }
  // Evaluates a JavaScript expression and awaits its value.
  async run(expression) {
    const answer = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails) {
      throw new Error(answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text);
    }
    return answer.result.value;
  }
  // A PNG in base64.
  async picture() {
    const { data } = await this.send("Page.captureScreenshot", { format: "png", optimizeForSpeed: true });
    return data;
  }
}
