import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Alert, Alerter, AlertFiles, type Ask, dryRun, readAlerts, type DryRun } from "@ngflow/alerts";
import { parseIp, silentLog } from "@ngflow/base";
import { completenessOf, FlowBatch, type Loss, TIME_SOURCE } from "@ngflow/flows";
import { createSpool, createStore, spoolDirectory, type Store } from "@ngflow/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/**
 * Every kind of rule on two quiet weeks and on a day with an incident of each kind, in a store. Time comes from the
 * flows: the clock of the alerts is set to it.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday. */
const T0 = Date.UTC(2026, 0, 5);
/** The day of the incidents, a Monday again. */
const BAD = T0 + 14 * DAY;
const at = (hours: number): number => BAD + hours * HOUR;

interface Row {
  readonly ms: number;
  readonly src: string;
  readonly dst?: string;
  readonly port: number;
  readonly bytes: number;
  readonly exporter?: string;
  readonly rate?: number;
  readonly source?: number;
  readonly outIf?: number;
}

/** Park and Miller's generator: the same numbers each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Five minutes of an office: four hosts, three services, two exporters, more by day than by night. */
function* quiet(fromMs: number, toMs: number): Generator<Row> {
  const random = seeded(7);
  for (let ms = fromMs; ms < toMs; ms += 5 * MINUTE) {
    const hour = (ms % DAY) / HOUR;
    const level = 1 + Math.max(0, Math.sin(((hour - 6) / 12) * Math.PI));
    const noSsh = ms >= at(12) && ms < at(13);
    const noSecond = ms >= at(16) && ms < at(17);
    for (let host = 1; host <= 4; host++) {
      for (const port of [443, 53, 22]) {
        const exporter = host === 4 ? "192.0.2.2" : "192.0.2.1";
        if ((port === 22 && noSsh) || (host === 4 && noSecond)) continue;
        const bytes = Math.round(level * 1e6 * (0.9 + 0.2 * random()));
        const rate = exporter === "192.0.2.1" && ms >= at(18) ? 2 : 1;
        yield { ms: ms + MINUTE, src: `10.0.0.${host}`, port, bytes, exporter, rate };
      }
    }
  }
}

function* incidents(): Generator<Row> {
  for (let ms = at(10); ms < at(10.5); ms += MINUTE) yield { ms, src: "10.0.0.1", port: 443, bytes: 1e9, outIf: 3 };
  yield { ms: at(14.1), src: "10.0.0.99", port: 443, bytes: 1000 };
  for (let port = 1; port <= 500; port++) yield { ms: at(15.1), src: "10.0.0.2", dst: "198.51.100.7", port, bytes: 60 };
  yield { ms: at(19.1), src: "10.0.0.1", port: 443, bytes: 1000, source: TIME_SOURCE.arrival, rate: 2 };
}

/** Most of a loss is one exporter's, some another one's, and of some nobody knows whose it is. */
const LOST_BY = [
  { exporter: "192.0.2.1", count: 200 },
  { exporter: "192.0.2.2", count: 30 },
];
const LOSSES: readonly Loss[] = [
  { fromMs: at(20.1), toMs: at(20.2), reason: "sequence-gap", count: 250, by: LOST_BY },
  { fromMs: at(21.1), toMs: at(21.2), reason: "template-absent", count: 3 },
];

function batchOf(rows: readonly Row[]): FlowBatch {
  const batch = new FlowBatch(rows.length);
  const c = batch.columns;
  const wide = (array: Uint32Array, r: number, value: number): void => {
    array[2 * r] = value % 2 ** 32;
    array[2 * r + 1] = Math.floor(value / 2 ** 32);
  };
  for (const [r, { ms, src, dst = "203.0.113.1", port, bytes, ...rest }] of rows.entries()) {
    const { exporter = "192.0.2.1", rate = 1, source = TIME_SOURCE.record, outIf = 2 } = rest;
    c.ExporterAddr.set(parseIp(exporter)!, 16 * r);
    c.SrcAddr.set(parseIp(src)!, 16 * r);
    c.DstAddr.set(parseIp(dst)!, 16 * r);
    wide(c.TimeStart as Uint32Array, r, ms);
    wide(c.TimeEnd as Uint32Array, r, ms + 1000);
    wide(c.TimeReceived as Uint32Array, r, ms + 2000);
    wide(c.Bytes as Uint32Array, r, bytes);
    wide(c.Packets as Uint32Array, r, Math.ceil(bytes / 1000));
    c.IpVersion[r] = 4;
    c.Proto[r] = 6;
    c.DstPort[r] = port;
    c.OutIf[r] = outIf;
    c.SamplingRate[r] = rate;
    c.TimeSource[r] = source;
  }
  batch.rows = rows.length;
  return batch;
}

/** The rules, and when each fires on the bad day: begin and end in hours, by what is in its group. */
const EXPECTED: Readonly<
  Record<string, { readonly rule: object; readonly fires: readonly (readonly [number, number, string])[] }>
> = {
  upload: {
    rule: { condition: "threshold", metric: "bps", by: ["SrcAddr"], above: "50M", "clear-below": "20M" },
    fires: [[10, 10.5, "10.0.0.1"]],
  },
  "too-little": {
    rule: { condition: "threshold", filter: "DstPort = 22", metric: "flows", below: 2 },
    fires: [[12, 13, ""]],
  },
  "uplink-full": {
    rule: { condition: "share-of-speed", above: "80%", speed: "100M" },
    fires: [[10, 10.5, "3"]],
  },
  unusual: { rule: { condition: "ratio", above: 3, weeks: 2 }, fires: [[10, 10.5, ""]] },
  "ssh-gone": {
    rule: { condition: "absent", filter: "DstPort = 22", by: ["DstPort"], for: "10m" },
    fires: [[12, 13, "22"]],
  },
  "new-host": {
    rule: { condition: "new", by: ["SrcAddr"], seen: "3d" },
    fires: [[14 + 5 / 60, 14 + 10 / 60, "10.0.0.99"]],
  },
  "port-scan": { rule: { condition: "fan-out" }, fires: [[15 + 5 / 60, 15 + 10 / 60, "10.0.0.2"]] },
  silent: { rule: { condition: "exporter-silent" }, fires: [[16, 17, "192.0.2.2"]] },
  sampling: { rule: { condition: "sampling-changed" }, fires: [[18, 18 + 5 / 60, "2"]] },
  clock: { rule: { condition: "clock-off" }, fires: [[19 + 5 / 60, 19 + 10 / 60, "192.0.2.1"]] },
  losses: {
    rule: { condition: "loss", above: 100, reasons: ["sequence-gap"] },
    fires: [[20 + 10 / 60, 20 + 15 / 60, "sequence-gap"]],
  },
  "losses-of": {
    rule: { condition: "loss", above: 100, reasons: ["sequence-gap"], "by-exporter": true },
    fires: [[20 + 10 / 60, 20 + 15 / 60, "192.0.2.1"]],
  },
  templates: {
    rule: { condition: "template-missing" },
    fires: [[21 + 10 / 60, 21 + 15 / 60, "template-absent"]],
  },
};

const CONFIG = readAlerts({ rules: Object.entries(EXPECTED).map(([name, { rule }]) => ({ name, ...rule })) });

const root = mkdtempSync(join(tmpdir(), "ngflow-alerts-"));
let store: Store;
let nowMs = BAD + 2 * DAY;
const ask: Ask = async (spec, options) => {
  const answer = await store.query(spec, options);
  const known = { watched: { fromMs: T0, toMs: BAD + 2 * DAY }, losses: LOSSES, unsettled: [] };
  return { ...answer, completeness: completenessOf(answer, known) };
};
const deps = { ask, nowMs: () => nowMs };

const ruleOf = (name: string) => CONFIG.rules.find(({ rule }) => rule.name === name)!.rule;
const hours = (ms: number | null): number | null => (ms === null ? null : Math.round(((ms - BAD) / MINUTE) * 10) / 600);

/** An alert without what the clock alone changes. */
const shape = ({ id, sinceMs, firedMs, resolvedMs, value, reference, peak, group }: Alert) => ({
  ...{ id, sinceMs, firedMs, resolvedMs, value, reference, peak, group },
});

beforeAll(async () => {
  const spool = createSpool({ directory: spoolDirectory(root), flushMs: 20 });
  await spool.start();
  store = createStore({ directory: root, drop: false });
  await store.start();
  const rows = [...quiet(T0, BAD + DAY), ...incidents()].sort((a, b) => a.ms - b.ms);
  for (let i = 0; i < rows.length; i += 5000) {
    expect(spool.write(batchOf(rows.slice(i, i + 5000)))).toBe(Math.min(5000, rows.length - i));
    await spool.flush();
  }
  await spool.stop();
  await store.drain();
}, 120_000);

afterAll(async () => {
  await store.stop();
  rmSync(root, { recursive: true, force: true });
});

describe("each kind of rule", () => {
  const runs = new Map<string, DryRun>();

  test.each(Object.keys(EXPECTED))("%s is silent on a quiet week", async (name) => {
    const run = await dryRun(ruleOf(name), { fromMs: T0 + 7 * DAY, toMs: BAD }, deps);
    expect(run).toMatchObject({ fired: 0, windows: 2016, waitsFor: null });
  });

  test.each(Object.entries(EXPECTED))("%s fires at its incident and at no other", async (name, { fires }) => {
    const run = await dryRun(ruleOf(name), { fromMs: BAD, toMs: BAD + DAY }, deps);
    runs.set(name, run);
    const seen = run.alerts.map(({ sinceMs, clearMs, group }) => [
      ...[hours(sinceMs), hours(clearMs)],
      Object.values(group).map(String).at(-1) ?? "",
    ]);
    expect(seen).toEqual(fires.map(([from, to, group]) => [hours(at(from)), hours(at(to)), group]));
  });

  test("a dry run begins where the stored flows begin, in no more than a window after them", async () => {
    const rule = ruleOf("too-little");
    const month = await dryRun(rule, { fromMs: T0 - 30 * DAY, toMs: T0 + 7 * DAY }, deps);
    expect(month).toMatchObject({ fromMs: T0 + 5 * MINUTE, windows: 2015, fired: 0 });
    const before = await dryRun(rule, { fromMs: T0 - 30 * DAY, toMs: T0 - 2 * DAY }, deps);
    expect(before).toMatchObject({ windows: 0, fired: 0 });
  });

  test.each(Object.entries(EXPECTED))(
    "%s holds down over restarts, and over a reload that leaves it as it is",
    async (name, { rule, fires }) => {
      const [[from, to]] = fires as [[number, number, string]];
      const held = { name, ...rule, "clear-after": "30m" };
      const config = readAlerts({ rules: [held] });
      const more = readAlerts({ rules: [held, { name: "other", condition: "threshold", above: "1T" }] });
      const directory = mkdtempSync(join(root, "held-"));
      const open = () => new Alerter(config, { ...deps, files: new AlertFiles(directory, silentLog), log: silentLog });
      nowMs = at(from) - 10 * MINUTE;
      let alerter = open();
      await alerter.round();
      // Judged a while after the time of the flows; a hold-down of half an hour has then begun.
      for (const after of [10, 20, 30]) {
        nowMs = at(to) + after * MINUTE;
        await alerter.round();
        if (after === 20) alerter.prepare(more)();
        await alerter.round();
        if (after === 20) continue;
        await alerter.stop();
        alerter = open();
      }
      nowMs = at(to) + 3 * HOUR;
      await alerter.round();
      const alerts = alerter.history({ fromMs: BAD, toMs: BAD + DAY }, 100).filter(({ rule }) => rule === name);
      const once = await dryRun(config.rules[0]!.rule, { fromMs: at(from) - HOUR, toMs: at(to) + 2 * HOUR }, deps);
      expect(alerts).toHaveLength(1);
      expect(alerts.map(shape)).toEqual(once.alerts.map(shape));
      await alerter.stop();
    },
  );

  test("a reload with another rule ends the alerts of the old one", async () => {
    const directory = mkdtempSync(join(root, "reload-"));
    const { rule } = EXPECTED["upload"]!;
    const rules = [{ name: "upload", ...rule }];
    const files = new AlertFiles(directory, silentLog);
    nowMs = at(9.9);
    const alerter = new Alerter(readAlerts({ rules }), { ...deps, files, log: silentLog });
    await alerter.round();
    nowMs = at(10.3);
    await alerter.round();
    expect(alerter.now().alerts).toHaveLength(1);
    expect(() => alerter.prepare(readAlerts({ rules, "keep-history": "7d" }))).toThrow("with a restart only");
    alerter.prepare(readAlerts({ rules: [{ ...rules[0], above: "60M" }] }))();
    alerter.prepare(readAlerts({ rules: [] }))();
    await alerter.round();
    expect(alerter.now().alerts).toHaveLength(0);
    await alerter.stop();
  });

  test("the dry run is what happened, whatever the steps in which it was judged and the restarts between", async () => {
    const random = seeded(11);
    const open = () => new Alerter(CONFIG, { ...deps, files: new AlertFiles(root, silentLog), log: silentLog });
    nowMs = BAD - 4 * MINUTE;
    let alerter = open();
    await alerter.round();
    for (nowMs = BAD + 5 * MINUTE; nowMs < BAD + DAY + HOUR; nowMs += HOUR + random() * 4 * HOUR) {
      await alerter.round();
      if (random() < 0.5) continue;
      await alerter.stop();
      alerter = open();
    }
    await alerter.round();
    const happened = alerter.history({ fromMs: BAD, toMs: BAD + DAY }, 1000);
    const wouldHave = [...runs.values()].flatMap(({ alerts }) => alerts);
    const sorted = (alerts: readonly Alert[]) => alerts.map(shape).sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(sorted(happened)).toEqual(sorted(wouldHave));
    expect(alerter.now().counters).toMatchObject({ failed: 0, skippedWindows: 0, cutWindows: 0 });
    await alerter.stop();
  }, 60_000);
});
