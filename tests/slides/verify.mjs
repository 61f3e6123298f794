// SPDX-License-Identifier: MIT
//
// node verify.mjs RESULT.json DECK.html   compares every cell of the deck's tables with the result file,
// rounding on its own. Prints what differs; exit 1 if anything does.
import fs from "node:fs";

const [, , resultFile, deckFile] = process.argv;
const result = JSON.parse(fs.readFileSync(resultFile, "utf8"));
// These only say what the first one waits for; slides say it in a sentence.
for (const scenario of result.scenarios)
  scenario.receivers = scenario.receivers.filter(({ name }) => !name.startsWith("kernel-block-"));
const html = fs.readFileSync(deckFile, "utf8");
let compared = 0;
const wrong = [];

const entities = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" };
const textOf = (fragment) => fragment.replace(/<br\s*\/?>/g, " ").replace(/<[^>]*>/g, "")
  .replace(/&(\w+);/g, (all, name) => entities[name] ?? all)
  .replace(/&#(\d+);/g, (all, code) => String.fromCodePoint(Number(code)))
  .replace(/\s+/g, " ").trim();

function rowsOf(...classes) {
  const table = html.match(new RegExp(`<table class="${classes.join(" ")}"[^>]*>([\\s\\S]*?)</table>`));
  if (!table) {
    wrong.push(`no table ${classes.join(" ")}`);
    return [];
  }
  const body = table[1].match(/<tbody>([\s\S]*)<\/tbody>/)[1];
  return [...body.matchAll(/<tr[^>]*>([\s\S]*?)<\/tr>/g)].map((row) =>
    [...row[1].matchAll(/<td[^>]*>([\s\S]*?)<\/td>/g)].map((cell) => textOf(cell[1])));
}

const commas = (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
// Three digits, as tables.md has them; a nanosecond is the last one of a latency.
function three(value, decimals = 6) {
  if (value === 0) return "0";
  const magnitude = (of) => Math.floor(Math.log10(Math.abs(of))) + 1;
  const unit = 10 ** (magnitude(value) - 3);
  const rounded = Math.round(value / unit) * unit;
  return rounded.toFixed(Math.min(decimals, Math.max(0, 3 - magnitude(rounded))));
}
function figure(entry) {
  if (entry.value === null) return "not measured*";
  return three(entry.value / 1000, 3);
}

function expect(where, shown, wanted) {
  ++compared;
  if (shown !== wanted) wrong.push(`${where}: shown “${shown}”, the result has “${wanted}”`);
}

// `ratios`: of all packets, or of undisturbed ones. `none`: what stands there in place of one that is missing.
function ratioText(ratios, numerator, denominator, figureName, none = "not measured*") {
  if (numerator === denominator) return "1";
  const ratio = ratios.find((r) =>
    r.numerator === numerator && r.denominator === denominator && r.figure === figureName);
  if (!ratio || ratio.value === null) return none;
  if (ratio.low === null) return three(ratio.value) + "‡";
  const said = {
    different: three(ratio.value),
    equal: `equal within ${three(Math.ceil(ratio.within_percent), 0)}%`,
    "cannot tell": ratio.smallest === null ? "no control" : "cannot tell",
  };
  return `${said[ratio.verdict]} (${three(ratio.low)}–${three(ratio.high)})`;
}

// Of packets that met an undisturbed machine: "–" where there is no figure, and the table's note says why.
const undisturbed = ({ figures, kept_percent: kept }) => ({
  figure: (field) => (figures[field].value === null ? "–" : three(figures[field].value / 1000, 3)),
  kept: kept === null ? "–" : `${kept.toFixed(1)}%`,
});
function undisturbedRatio(scenario, receiver, field) {
  if (receiver.undisturbed.figures[field].value === null) return "–";
  return ratioText(scenario.undisturbed_ratios, "kernel-block", receiver.name, field, "–");
}
function reasonsBelow(...classes) {
  const scenario = byName(classes[1]);
  const note = textOf(html.match(new RegExp(`<table class="${classes.join(" ")}"[\\s\\S]*?class="remark">([\\s\\S]*?)</div>`))?.[1] ?? "");
  for (const { title, undisturbed: { figures, kept_percent: kept, why_not: whyNot } } of scenario.receivers) {
    if (figures.p99_ns.value !== null) continue;
    const why = whyNot === "" ? "too few packets" : kept === null ? whyNot : "less than 90 % kept";
    ++compared;
    if (!new RegExp(`–: no figure[.].* ${escaped(title)}[^:]*: ${escaped(why)}[.]`).test(note)) wrong.push(`${classes.join(" ")}: not said of ${title}: ${why}`);
  }
}
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function expectRow(where, row, wanted) {
  Object.entries(wanted).forEach(([column, value], i) => expect(`${where}, ${column}`, row?.[i], value));
}

function latency(scenario) {
  const rows = rowsOf("latency", scenario.name);
  scenario.receivers.forEach((receiver, i) => {
    const { figures, ledger, name } = receiver, alone = undisturbed(receiver.undisturbed);
    expectRow(`${scenario.name}, ${name}`, rows[i], {
      title: receiver.title, p50: figure(figures.p50_ns), p99: figure(figures.p99_ns),
      "p99 undisturbed": alone.figure("p99_ns"), kept: alone.kept,
      maximum: figure(figures.max_ns), lost: commas(String(ledger.lost)),
      "ratio of p50": ratioText(scenario.ratios, "kernel-block", name, "p50_ns"),
      "ratio of p99 undisturbed": undisturbedRatio(scenario, receiver, "p99_ns") });
  });
  reasonsBelow("latency", scenario.name);
}

function jitter(scenario) {
  const rows = rowsOf("jitter", scenario.name);
  scenario.receivers.forEach(({ name, title, figures, undisturbed: of }, i) => {
    const alone = undisturbed(of);
    expectRow(`jitter, ${name}`, rows[i], { title, stddev: figure(figures.stddev_ns), jitter: figure(figures.jitter_ns),
      "stddev undisturbed": alone.figure("stddev_ns"), "jitter undisturbed": alone.figure("jitter_ns"), kept: alone.kept });
  });
  reasonsBelow("jitter", scenario.name);
}

function cost(scenario) {
  const rows = rowsOf("cost", scenario.name);
  scenario.receivers.forEach((receiver, i) => {
    const { user_s: user, system_s: system, voluntary_switches: switches } = receiver.usage;
    const packets = receiver.ledger.received / scenario.rounds;
    [figure(receiver.figures.p50_ns), three((user + system) / scenario.seconds), three(user), three(system),
      three((user + system) * 1e6 / packets), three(switches / packets)].forEach((wanted, j) =>
      expect(`cost, ${receiver.name}, column ${j}`, rows[i]?.[1 + j], wanted));
  });
}

function outliers(scenario) {
  const causes = ["sender_late", "core_stolen", "context_switch", "queued", "unexplained"];
  const rows = rowsOf("outliers", scenario.name);
  scenario.receivers.forEach((receiver, i) => {
    causes.forEach((cause, j) =>
      expect(`outliers, ${receiver.name}, ${cause}`, rows[i]?.[1 + j], commas(String(receiver.outliers.by_cause[cause]))));
    const share = receiver.outliers.attributed_percent;
    expect(`outliers, ${receiver.name}, share`, rows[i]?.[6], `${Number.isInteger(share) ? share : three(share)}\u00a0%`.replace("\u00a0", " "));
  });
}

// What other commands left beside the result file.
function besides() {
  const folder = resultFile.replace(/[^/]*$/, "");
  if (!fs.existsSync(folder + "load.json")) return;
  const load = JSON.parse(fs.readFileSync(folder + "load.json", "utf8"));
  load.series = load.series.filter(({ name }) => !name.startsWith("kernel-block-"));
  const rates = rowsOf("rates");
  load.series.forEach((series, i) => expect(`rate of ${series.name}`, rates[i]?.[1],
    series.lossless_pps === null && series.is_sender_limited ? "the sender was late at every rate tried"
      : series.lossless_pps === null ? "lost packets at every rate tried"
      : (series.is_sender_limited ? "≥ " : "") + commas(series.lossless_pps.toFixed(0))));
  const wanted = `single, ${bypassOf(byName("single"))}`;
  const { figures } = JSON.parse(fs.readFileSync(folder + "sins.json", "utf8")).series.find(({ name }) => name === wanted);
  const microseconds = (value) => (value === null ? "–" : three(value / 1000, 3));
  const gain = (value, i, honest) => (i === 0 ? "" : value === null || honest === null ? "–" : `${three(honest / value)}x`);
  const columns = [["p50_ns"], ["p99_ns"], ["max_ns"], ["p50_ns", true], ["p99_ns", true]].map(([name, gains]) =>
    figures.map((sin, i) => (gains ? gain(sin[name], i, figures[0][name]) : microseconds(sin[name]))));
  // Columns without any figure are left out.
  const shown = columns.filter((column) => column.some((cell) => cell && cell !== "–"));
  expect("how many sins", rowsOf("sins").length, figures.length);
  rowsOf("sins").forEach((row, i) =>
    expect(`sin ${i}`, row.join(" | "), [figures[i]?.sin, ...shown.map((column) => column[i])].join(" | ")));
}

const byName = (name) => result.scenarios.find((scenario) => scenario.name === name);
const bypassOf = (scenario) => scenario.receivers.find((receiver) => receiver.kind === "dpdk").name;

function steps() {
  const pairs = [["kernel-block", "kernel-spin"], ["kernel-spin", "dpdk"], ["kernel-block", "dpdk"]];
  rowsOf("steps").forEach((row, i) => ["single", "multi"].forEach((name, j) => {
    const scenario = byName(name);
    const [from, to] = pairs[i].map((receiver) => (receiver === "dpdk" ? bypassOf(scenario) : receiver));
    expect(`step ${i}, ${name}`, row[1 + j], ratioText(scenario.ratios, from, to, "p50_ns"));
  }));
}

// The claims once more, and the rule in other words.
function audit() {
  const claims = [["single", "p50_ns", 6.8], ["single", "p99_ns", 9.2], ["single", "p99_ns", 9.2, "undisturbed"],
    ["multi", "p50_ns", 7.3], ["multi", "p99_ns", 11.3], ["multi", "p99_ns", 11.3, "undisturbed"],
    ["single", "stddev_ns", 10], ["single", "stddev_ns", 10, "undisturbed"]];
  const rows = rowsOf("audit");
  claims.forEach(([name, field, factor, which], i) => {
    expect(`claim ${i}`, rows[i]?.[1], `${factor}x`);
    const scenario = byName(name);
    const ratios = which ? scenario.undisturbed_ratios : scenario.ratios;
    ["kernel-block", "kernel-spin"].forEach((baseline, j) => {
      const ratio = ratios.find((r) =>
        r.numerator === baseline && r.denominator === bypassOf(scenario) && r.figure === field);
      // Beside a claim, whether the ratio differs from 1 is not the question.
      const shownRatio = ratioText(ratios, baseline, bypassOf(scenario), field, which ? "–" : "not measured")
        .replace(/^(?:cannot tell|no control|equal within .*) \((.*)\)$/, "$1");
      const isVoid = scenario.verdict.gates.some((gate) =>
        gate.status === "fail" && ["scenario", baseline, bypassOf(scenario)].includes(gate.scope));
      let judgement = "undecided";
      const smallest = ratio?.smallest ?? 1;
      if (ratio?.low / smallest >= factor && ratio.verdict === "different") judgement = "supported";
      if (ratio?.high * smallest < factor) judgement = "refuted";
      if (ratio?.low === null) judgement = "not testable: no interval";
      if ((ratio?.value ?? null) === null) judgement = `not testable: ${which ? "no figure" : "not measured"}`;
      else if (isVoid) judgement = "not testable: VOID";
      expect(`claim ${i}, ${baseline}`, rows[i]?.[2 + 2 * j], shownRatio);
      expect(`claim ${i}, ${baseline}, judged`, rows[i]?.[3 + 2 * j], judgement);
    });
  });
}

// On a veth pair a slide with such a row says where its frames come from.
function framesOfDpdk() {
  const sentence = "On a veth pair DPDK reads a kernel socket (AF_PACKET or AF_XDP): the kernel has made the frame.";
  for (const section of html.split("<section ").slice(1)) {
    const shown = section.replace(/<aside[\s\S]*?<\/aside>/g, "");
    if (!/<td[^>]*>\s*(<[^>]*>)*DPDK over/.test(shown) && !/<table class="(audit|steps)"/.test(shown)) continue;
    ++compared;
    if (textOf(shown).includes(sentence) !== (result.testbed.name === "veth"))
      wrong.push(`where the frames of DPDK come from: wrong on “${textOf(section.match(/<h1[^>]*>([\s\S]*?)<\/h1>/)?.[1] ?? "")}”`);
  }
}

const isVoid = (scenario, name) => scenario.verdict.gates.some((gate) =>
  gate.status === "fail" && ["scenario", name].includes(gate.scope));

// Titles claim what the intervals carry, and nothing where a receiver is void.
function titles() {
  const title = (id) => textOf(html.match(new RegExp(`<section id="${id}"[^>]*>\\s*<h1[^>]*>([\\s\\S]*?)</h1>`))?.[1] ?? "");
  const single = byName("single");
  const gain = (from, to) => {
    const ratio = single.ratios.find((r) => r.numerator === from && r.denominator === to && r.figure === "p50_ns");
    if (!ratio?.low || isVoid(single, from) || isVoid(single, to)) return null;
    return { different: `${three(ratio.value)}x`, equal: "nothing", "cannot tell": "cannot be told" }[ratio.verdict];
  };
  const names = single.receivers.map(({ name }) => name);
  const bypass = names.find((name) => name.startsWith("dpdk"));
  const [sleeping, leaving] = [gain("kernel-block", "kernel-spin"), gain("kernel-spin", bypass)];
  const told = leaving === "cannot be told" ? ": cannot be told" : ` ${leaving} more`;
  expect("title of slide 1", title("result"), sleeping && leaving && sleeping !== "cannot be told"
    ? `Not sleeping buys ${sleeping}; leaving recv${told}` : "From the wire to the book");
  const gates = new Set(result.scenarios.flatMap(({ verdict }) => verdict.gates.map(({ name }) => name)));
  const complaining = new Set(result.scenarios.flatMap(({ verdict }) =>
    verdict.gates.filter(({ status }) => status !== "pass").map(({ name }) => name)));
  expect("title of the gates", title("trust"), complaining.size
    ? `${result.verdict.verdict}: ${complaining.size} of ${gates.size} gates complain${complaining.size === 1 ? "s" : ""}`
    : `${result.verdict.verdict}: none of ${gates.size} gates complains`);
}

// Bars are as long as the medians that stand beside them; kernel sockets have one colour, bypass has the other.
function bars(scenario) {
  const chart = html.match(/<section id="one-feed"[\s\S]*?<svg([\s\S]*?)<\/svg>/)?.[1] ?? "";
  const lengths = [...chart.matchAll(/class="area (\w+)"[^>]*? width="([\d.]+)"/g)];
  const medians = [...chart.matchAll(/class="strong">([\d.]+) µs/g)].map(([, text]) => text);
  const drawn = scenario.receivers.filter(({ name, figures }) => !isVoid(scenario, name) && figures.p50_ns.value !== null);
  expect("bars", lengths.length, drawn.length);
  const longest = Math.max(...drawn.map(({ figures }) => figures.p50_ns.value));
  const longestDrawn = Math.max(...lengths.map(([, , width]) => Number(width)));
  drawn.forEach(({ name, kind, figures }, i) => {
    expect(`median of ${name} beside its bar`, medians[i], figure(figures.p50_ns));
    expect(`colour of ${name}`, lengths[i]?.[1], kind === "kernel" ? "kernel" : "bypass");
    const off = Math.abs(Number(lengths[i]?.[2]) / longestDrawn - figures.p50_ns.value / longest);
    expect(`length of ${name}'s bar`, off < 0.005, true);
  });
}

function stages(scenario) {
  const rows = rowsOf("stages", scenario.name);
  scenario.receivers.forEach((receiver, i) => {
    ["sender_lag", "path", "book"].forEach((stage, j) => {
      ["p50_ns", "p99_ns"].forEach((field, k) =>
        expect(`${scenario.name}, ${receiver.name}, ${stage}, ${field}`, rows[i]?.[1 + 2 * j + k],
               figure(receiver.stages[stage][field])));
    });
  });
}

for (const scenario of result.scenarios) {
  latency(scenario);
  stages(scenario);
}
titles();
bars(result.scenarios[0]);
jitter(result.scenarios[0]);
cost(result.scenarios[0]);
outliers(result.scenarios[0]);
besides();
framesOfDpdk();
if (result.scenarios.length > 1 && result.candidates_left_out.length === 0) {
  steps();
  audit();
}
const environment = rowsOf("small", "environment").flat();
for (const value of [result.environment.cpu.model, result.environment.kernel.release, result.rxlab.compiler]) {
  ++compared;
  if (!environment.includes(value)) wrong.push(`environment: “${value}” is not shown`);
}
// A gate that complains has a row (the worst five), one that passed everywhere is named.
const rank = { pass: 0, warn: 1, fail: 2 };
const worst = new Map();
for (const scenario of result.scenarios) {
  for (const gate of scenario.verdict.gates) {
    worst.set(gate.name, Math.max(worst.get(gate.name) ?? 0, rank[gate.status]));
  }
}
const complaining = [...worst.keys()].filter((name) => worst.get(name) > 0)
  .sort((a, b) => worst.get(b) - worst.get(a)).slice(0, 5);
const gates = complaining.length ? rowsOf("small", "gates").map((row) => row[0]) : [];
expect("gates that complain", gates.join(), complaining.join());
const passed = [...html.matchAll(/<div class="passed[^"]*">([\s\S]*?)<\/div>/g)].map((found) => found[1]).join();
for (const [name, status] of worst) {
  ++compared;
  if (status === 0 && !passed.includes(`data-gate="${name}"`)) wrong.push(`gate ${name} is not named among those passed`);
  if (status > 0 && passed.includes(`data-gate="${name}"`)) wrong.push(`gate ${name} is named among those passed`);
}
for (const line of wrong) console.log(line);
console.log(`${compared} values compared, ${wrong.length} wrong`);
process.exit(wrong.length || compared < 50 ? 1 : 0);
