// SPDX-License-Identifier: MIT
//
// node vary.mjs EXAMPLE.json OUT.json CHANGE…   writes a variant of the example result, and placeholders
// for its plots beside it. Each CHANGE is one of the names below.
import fs from "node:fs";
import path from "node:path";

const changes = {
  // A gate of the first scenario fails.
  void(result) {
    const [scenario] = result.scenarios;
    const receiver = scenario.receivers.find(({ kind }) => kind === "dpdk");
    const { name } = receiver;
    const gate = scenario.verdict.gates.find((g) => g.name === "no-loss" && g.scope === name) ??
      scenario.verdict.gates[0];
    Object.assign(gate, { name: "no-loss", scope: name, status: "fail", measured: 0.02, limit: 0.0001,
                          unit: "", advice: "lower the rate" });
    Object.assign(receiver.ledger, { sent: 60000, received: 58800, lost: 1200 });
    scenario.verdict.verdict = "VOID";
    result.verdict = { verdict: "VOID", reasons: ["no-loss"] };
  },
  // The second scenario did not run, a receiver could not, and figures have too few samples.
  missing(result) {
    result.scenarios.length = 1;
    const [scenario] = result.scenarios;
    const gone = scenario.receivers.findLastIndex((r) => r.kind === "dpdk");
    const [receiver] = scenario.receivers.splice(gone, 1);
    scenario.receivers = scenario.receivers.filter((r) => r.name !== "kernel-spin");
    result.candidates_left_out = [{ name: receiver.name, reason: "no permission to create a umem" }];
    scenario.ratios = scenario.ratios.filter((r) => r.numerator === "kernel-block");
    scenario.receivers[0].figures.p99_ns = { value: null, min: null, max: null };
    scenario.ratios[0].value = scenario.ratios[0].low = scenario.ratios[0].high = null;
    const { undisturbed } = scenario.receivers[0];
    Object.assign(undisturbed, { kept_percent: 83.2, why_not: "only 83% of its packets met an undisturbed machine" });
    for (const summary of Object.values(undisturbed.figures)) summary.value = summary.min = summary.max = null;
    scenario.undisturbed_ratios = [];
  },
  // Half of the gates complain, at length.
  mixed(result) {
    for (const scenario of result.scenarios) {
      const names = [...new Set(scenario.verdict.gates.map((gate) => gate.name))].filter((_, i) => i % 2 === 0);
      for (const gate of scenario.verdict.gates.filter(({ name }) => names.includes(name))) {
        Object.assign(gate, { status: "warn", measured: 91029503.4, limit: 50528256.2, unit: "packets",
                              advice: "the slowest packets are missing from the figures: lower the rate, or give the receiver larger buffers" });
      }
      scenario.verdict.verdict = "SUSPECT";
    }
    result.verdict.verdict = "SUSPECT";
  },
  // The rung on which latencies mean nothing.
  emulated(result) { result.testbed.name = "vm"; },
  // Two receivers that are alike at p50; at p99 nobody knows. A shared machine: two gates complain, with two lines each.
  equal(result) {
    for (const { verdict } of result.scenarios) {
      for (const gate of verdict.gates.filter(({ name }) => ["stolen-time", "sender-pacing"].includes(name))) {
        Object.assign(gate, { status: "warn", measured: 5062655, limit: 2924543.5, unit: "ns", advice: `of ${gate.name}: p99 shows ` +
          "that a core was taken, mostly by interruptions of less than 0.1 ms, such as timer ticks: isolate the CPUs (nohz_full=)" });
      }
      verdict.verdict = "SUSPECT";
    }
    result.verdict.verdict = "SUSPECT";
    const of = (figure) => result.scenarios[0].ratios.find((ratio) => ratio.figure === figure);
    Object.assign(of("p50_ns"), { value: 1.02, low: 0.97, high: 1.07, verdict: "equal", within_percent: 6.9 });
    for (const ratio of [of("p99_ns"), result.scenarios[0].undisturbed_ratios.find(({ figure }) => figure === "p99_ns")]) {
      Object.assign(ratio, { value: 1.1, low: 0.5, high: 1.9, verdict: "cannot tell", within_percent: null });
    }
  },
  // The most that a slide has to hold: six receivers, all pairs, long texts, every gate complaining.
  crowded(result) {
    result.environment.kernel.command_line = "BOOT_IMAGE=/vmlinuz isolcpus=2-15 nohz_full=2-15 ".repeat(9);
    result.environment.cpu.model = "Some Vendor(R) Platinum 9999X 64-Core Processor @ 2.70GHz";
    result.environment.kernel.release = "6.18.0-1-cloud-amd64-with-a-long-suffix";
    for (const scenario of result.scenarios) crowd(scenario);
    result.verdict.verdict = "SUSPECT";
  },
};

function crowd(scenario) {
  const model = scenario.receivers[0];
  const names = ["kernel-block", "kernel-block-awake", "kernel-block-busy", "kernel-spin", "dpdk-af_packet", "dpdk-af_xdp"];
  const titles = ["Kernel socket, blocking", "Kernel socket, blocking, core awake",
                  "Kernel socket, blocking, core never idle", "Kernel socket, spinning", "DPDK over AF_PACKET", "DPDK over AF_XDP"];
  scenario.receivers = names.map((name, i) => scenario.receivers.find((r) => r.name === name) ??
    { ...structuredClone(model), name, title: titles[i], kind: i < 4 ? "kernel" : "dpdk" });
  for (const receiver of scenario.receivers) {
    receiver.ledger.sent = receiver.ledger.received = 12000000;
    receiver.figures.max_ns.value = 41234567;
  }
  // One that has no such figure and the reason, and one with too few packets for it.
  const [unseen, , , few] = scenario.receivers.map(({ undisturbed }) => undisturbed);
  Object.assign(unseen, { kept_percent: null, why_not: "the kernel lets only root see who else ran on the cores (CAP_PERFMON)" });
  for (const { figures } of [unseen, few]) {
    for (const summary of Object.values(figures)) summary.value = summary.min = summary.max = null;
  }
  scenario.ratios = [];
  for (let i = 0; i < names.length; ++i) {
    for (let j = i + 1; j < names.length; ++j) {
      for (const figure of ["p50_ns", "p99_ns", "p999_ns", "stddev_ns", "jitter_ns"]) {
        scenario.ratios.push({ numerator: names[i], denominator: names[j], figure, value: 1.01, low: 0.951,
                               high: 1.052, confidence: 0.95, p: 0.4, smallest: 1.2, verdict: "cannot tell",
                               within_percent: null });
      }
    }
  }
  scenario.undisturbed_ratios = structuredClone(scenario.ratios);
  for (const gate of scenario.verdict.gates) {
    Object.assign(gate, { status: "warn", measured: 123456.789, limit: 1000, unit: "ppm",
                          advice: "give the sender a CPU of its own, or lower the rate until it keeps up" });
  }
  scenario.verdict.verdict = "SUSPECT";
}

const [, , example, out, ...names] = process.argv;
const result = JSON.parse(fs.readFileSync(example, "utf8"));
for (const name of names) changes[name](result);
fs.writeFileSync(out, JSON.stringify(result));
for (const scenario of result.scenarios) {
  for (const kind of ["percentiles", "timeline"]) {
    const file = path.join(path.dirname(out), `${scenario.name}-${kind}.svg`);
    fs.writeFileSync(file, '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="500" ' +
      'viewBox="0 0 900 500"><path d="M20 480H880V20" fill="none" stroke="#000"/></svg>');
  }
}

// What `rxbench load`, `decide` and `sins` leave beside a result; not beside one with parts missing.
if (!names.includes("missing")) {
  const folder = path.dirname(out);
  const series = result.scenarios[0].receivers.map(({ name, title }, i) => ({
    name, title, lossless_pps: i % 2 === 1 ? null : 123456.7 * (i + 1), is_sender_limited: i >= 2,
    points: [{ rate: 10000, sent: 10000, lost: 0, sender_kept_up: true, p50_ns: 2000, p99_ns: null, max_ns: 9000, failure: "" }],
  }));
  const { created, rxlab, testbed, environment } = result;
  fs.writeFileSync(path.join(folder, "load.json"), JSON.stringify({ schema: "rxlab.load/1", created, rxlab, testbed,
    environment, profile: "constant", burst: 0, seconds: 1, rate_min: 10000, rate_max: 2e6, halvings: 4, series }));
  fs.copyFileSync(path.join(folder, "single-percentiles.svg"), path.join(folder, "load.svg"));
  fs.writeFileSync(path.join(folder, "decision.json"), JSON.stringify({
    search: { rate_min: 10000, rate_max: 2e6, halvings: 4, seconds: 1 },
    rates: series.map((each) => ({ ...each, points: [] })), ...result, schema: "rxlab.decision/1" }));
  const bypass = result.scenarios[0].receivers.find((receiver) => receiver.kind === "dpdk").name;
  // No p99, as where packets are too few for one.
  const figures = ["honest", "latency from actual send", "half round trip", "mean instead of percentiles", "losers dropped",
    "payload not touched", "one lucky run"].map((sin, i) => ({ sin, how: "", p50_ns: i === 3 ? null : 12000 / 2 ** i,
    p99_ns: null, max_ns: 80300 + 1e6 * i }));
  fs.writeFileSync(path.join(folder, "sins.json"), JSON.stringify({ schema: "rxlab.sins/1", series: [
    { name: `multi, ${bypass}`, runs: 2, figures: [{ ...figures[0], sin: "wrong series" }] },
    { name: `single, ${bypass}`, runs: 2, figures }] }));
}
