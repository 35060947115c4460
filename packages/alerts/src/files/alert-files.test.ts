import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@ngflow/base";
import { afterAll, describe, expect, test } from "vitest";
import type { Alert } from "../alert.ts";
import { History } from "../history.ts";
import { AlertFiles } from "./alert-files.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-alert-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const alert = (id: string, state: Alert["state"]): Alert => ({
  ...{ id, rule: "r", condition: "loss", severity: "info", group: {}, labels: {}, state, sinceMs: 1, firedMs: 2 },
  ...{ resolvedMs: null, ended: null, clearMs: null, value: 1, reference: 0, peak: 1, lost: [], judgedMs: 3 },
});

describe("the files of alerts", () => {
  test("give back what was kept; of an alert that is in the history twice, the last state", () => {
    const files = new AlertFiles(join(folder, "whole"), silentLog);
    const active = [{ key: "[]", alert: alert("a", "firing"), told: true }];
    const state = { rules: { r: { hash: "h", judgedMs: 5, active } }, waiting: [] };
    files.keepState(state);
    files.keepHistory([alert("a", "firing"), alert("b", "firing")], []);
    files.keepHistory([alert("a", "resolved")], []);
    const again = new AlertFiles(join(folder, "whole"), silentLog);
    expect(again.state()).toEqual(state);
    expect([...again.history().values()].map(({ id, state: now }) => `${id} ${now}`)).toEqual([
      "b firing",
      "a resolved",
    ]);
  });

  test("that are damaged, cut or changed by hand are as absent, part by part", () => {
    const directory = join(folder, "damaged", "alerts");
    mkdirSync(directory, { recursive: true });
    const good = { hash: "h", judgedMs: 5, active: [] };
    const rules = { good, bad: { hash: "h" }, worse: null, alien: { ...good, active: [{}] } };
    writeFileSync(join(directory, "state.json"), JSON.stringify({ rules, waiting: [null, {}, { notice: 1 }] }));
    writeFileSync(join(directory, "silences.json"), '[null, {"rules":1}]');
    writeFileSync(join(directory, "rules.json"), '{"r":');
    writeFileSync(join(directory, "history.ndjson"), `${JSON.stringify(alert("a", "firing"))}\n{"id":"b","fi`);
    const files = new AlertFiles(join(folder, "damaged"), silentLog);
    expect(files.state()).toEqual({ rules: { good }, waiting: [] });
    expect([files.silences(), files.rules(), [...files.history().keys()]]).toEqual([[], {}, ["a"]]);
  });

  test("have no old alerts about addresses, if those are kept for less time", () => {
    const files = new AlertFiles(join(folder, "addresses"), silentLog);
    const wrote: string[] = [];
    files.wrote = (name, text) => wrote.push(`${name} ${text.length}`);
    const history = new History(files, 1e9);
    const by = (id: string, group: Alert["group"], judgedMs: number): Alert => ({
      ...alert(id, "resolved"),
      group,
      judgedMs,
    });
    const alerts = [
      by("host", { SrcAddr: "192.0.2.1" }, 1000),
      by("net", { "DstAddr/24": "192.0.2.0" }, 1000),
      by("exporter", { ExporterAddr: "198.51.100.1", InIf: 3 }, 1000),
      by("new", { SrcAddr: "192.0.2.2" }, 3000),
    ];
    history.take(alerts, 3000);
    expect(history.removeAddresses(2000)).toBe(2);
    expect(history.removeAddresses(2000)).toBe(0);
    expect([...files.history().keys()]).toEqual(["exporter", "new"]);
    expect(readFileSync(join(folder, "addresses", "alerts", "history.ndjson"), "utf8")).not.toContain("192.0.2.1");
    expect(wrote).toEqual(["history:host 0", "history:net 0"]);
  });
});
