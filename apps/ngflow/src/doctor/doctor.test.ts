import { describe, expect, it } from "vitest";
import { availableBytes } from "./checks/machine.ts";
import { udpPorts } from "./checks/listeners.ts";
import { lookAtDaemons } from "./checks/daemons.ts";
import { lookAtDatabase } from "./checks/database.ts";
import { lookAtExporters } from "./checks/exporters.ts";
import { lookAtHops } from "./checks/hops.ts";
import { lookAtNames } from "./checks/names.ts";
import { examine, findingsText } from "./examine.ts";
import type { Patient } from "./finding.ts";

/** A server that answers with what the test gives. */
const patient = (answers: Readonly<Record<string, unknown>>): Patient => ({
  dataDirectory: "/nonexistent/ngflow",
  url: "http://127.0.0.1:1",
  ask: (path) => Promise.resolve((answers[path] ?? null) as never),
});

describe("doctor", () => {
  it("reads what the system says", () => {
    expect(availableBytes("MemTotal:       24576 kB\nMemAvailable:   1024 kB\n")).toBe(1024 * 1024);
    expect(availableBytes("MemTotal: 1 kB\n")).toBeUndefined();
    const table =
      "  sl  local_address rem_address\n   12: 0100007F:0807 00000000:0000 07 0\n  7: 00000000:115C 0:0 07 0\n";
    expect([...udpPorts(table)]).toEqual([2055, 4444]);
  });

  it("names exporters that are silent or unreadable, a few of them", async () => {
    const status = {
      address: "192.0.2.1",
      domain: 7,
      lastSeen: new Date(0).toISOString(),
      warnings: ["no template 256"],
    };
    const one = await lookAtExporters(patient({ "/exporters": { exporters: [status] } }));
    expect(one.map(({ state }) => state)).toEqual(["warning", "warning"]);
    expect(one[1]!.text).toBe("192.0.2.1 (domain 7): no template 256");
    const many = await lookAtExporters(
      patient({ "/exporters": { exporters: Array.from({ length: 100 }, () => status) } }),
    );
    expect(many).toHaveLength(6);
    expect(many.at(-1)!.text).toBe("and 195 more about exporters");
  });

  it("asks again before it calls a part silent: nobody may have asked for long", async () => {
    const silent = { hops: [{ hop: "collector", ageMs: 60_000 }] };
    const answers = [silent, { hops: [{ hop: "collector", ageMs: 0 }] }];
    const late: Patient = { ...patient({}), ask: () => Promise.resolve(answers.shift() as never) };
    expect(await lookAtDaemons(late)).toMatchObject([{ state: "ok" }]);
    const dead = await lookAtDaemons(patient({ "/pipeline": silent }));
    expect(dead).toMatchObject([{ state: "ok" }, { state: "fault", text: "no answer from: collector" }]);
  });

  it("names sources of names that cannot be read", async () => {
    const read = { kind: "networks", from: "/etc/networks.csv", state: "current", error: null };
    const sources = [read, { kind: "snmp", from: "192.0.2.1", state: "stale", error: "Request timed out" }];
    expect(await lookAtNames(patient({ "/names/status": { sources } }))).toMatchObject([
      { state: "warning", text: "snmp 192.0.2.1: Request timed out; what was read before is used" },
    ]);
    expect(await lookAtNames(patient({ "/names/status": { sources: [read] } }))).toMatchObject([{ state: "ok" }]);
    expect(await lookAtNames(patient({ "/names/status": { sources: [] } }))).toEqual([]);
  });

  it("says what an audit found, hop by hop", async () => {
    const parts = { lost: [], besides: [], rest: { count: -3, text: "rows stored twice" } };
    const hops = [
      { name: "read", verdict: "lost", lost: [{ count: 1500, text: "frames dropped" }], besides: [], rest: null },
      { name: "stored", verdict: "open", ...parts },
      { name: "sent", verdict: "balanced", ...parts },
    ];
    const findings = await lookAtHops(patient({ "/audit": { hops } }));
    expect(findings.map(({ text }) => text)).toEqual([
      'hop "read": 1,500 frames dropped',
      'hop "stored": 3 rows stored twice',
    ]);
  });

  it("says whether a server with the flows answers, and what it cannot do", async () => {
    const pipeline = (counters: object): object => ({ hops: [{ hop: "store", counters }] });
    const server = { url: "clickhouse://db/ngflow", version: "24.8.1.1", lacks: ["no tokens"] };
    const answers = { "/pipeline": pipeline({ databaseAwayMs: 0 }), "/store": { server } };
    const found = await lookAtDatabase(patient(answers));
    expect(found.map(({ state, text }) => [state, text])).toEqual([
      ["ok", "clickhouse://db/ngflow: ClickHouse 24.8.1.1 answers"],
      ["warning", "no tokens"],
    ]);
    expect(await lookAtDatabase(patient({ ...answers, "/store": { server: null } }))).toEqual([]);
    const away = pipeline({ databaseAwayMs: 37_400, ledgerWaiting: 12_345 });
    expect(await lookAtDatabase(patient({ "/pipeline": away }))).toMatchObject([
      { state: "fault", text: "the database has not answered for 37 s; 12,345 rows wait in the spool" },
    ]);
  });

  it("goes on after a check that fails, and says what mends what", async () => {
    const broken = { ...patient({}), ask: () => Promise.reject(new Error("no answer")) };
    const findings = await examine(broken);
    expect(findings.find(({ check }) => check === "hops")).toMatchObject({
      state: "fault",
      text: expect.stringContaining("no answer"),
    });
    expect(findings.some(({ check }) => check === "machine")).toBe(true);
    const lines = findingsText([{ check: "clock", state: "warning", text: "late", mend: "date -s" }]).split("\n");
    expect(lines.slice(0, 4)).toEqual([
      "warn  clock      late",
      "                 -> date -s",
      "",
      "0 faults, 1 warning",
    ]);
  });
});
