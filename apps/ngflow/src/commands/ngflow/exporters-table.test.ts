import type { ExporterStatus, LearnedName } from "@ngflow/flows";
import { describe, expect, it } from "vitest";
import { exportersTable, namesTable, templatesTable } from "./exporters-table.ts";

const TIME = "2026-01-02T03:04:05.678Z";
const EXPORTER: ExporterStatus = {
  address: "2001:db8:1234:5678:9abc:def0:1234:5678",
  port: 5000,
  transport: "udp",
  protocol: "ipfix",
  version: 10,
  domain: 7,
  firstSeen: TIME,
  lastSeen: TIME,
  datagrams: 10,
  records: 1000,
  malformed: 0,
  recordsLimited: 0,
  setsDropped: 0,
  recordsLost: 3,
  sequenceGaps: 1,
  sequenceResets: 0,
  datagramsReordered: 0,
  sequenceModel: "records",
  samplingRate: 1,
  samplingSource: "none",
  samplers: {},
  clockSkewMs: 0,
  clock: "right",
  warnings: [],
  templates: [{ id: 256, kind: "flow", refreshed: TIME, fields: ["sourceIPv4Address", "octetDeltaCount"] }],
  missingTemplates: [{ id: 300, sets: 2, bytes: 80, since: TIME }],
};
const NAME: LearnedName = {
  kind: "interface",
  exporter: "192.0.2.1",
  domain: 7,
  id: "3",
  name: "eth3",
  description: "to \u001b[31mlab",
  from: TIME,
  to: null,
};

const lines = (text: string): string[] => text.trimEnd().split("\n");

describe("tables of exporters", () => {
  it("say who sends, what was lost and how many templates are missing", () => {
    const [head, row] = lines(exportersTable([EXPORTER, { ...EXPORTER, agent: "192.0.2.9" }]));
    expect(head).toMatch(/^Exporter +Domain +Protocol +LastSeen +Records +Lost +Missing$/);
    expect(row).toMatch(/^2001:db8:1234:5678:9abc:def0:1234:5678 +7 +ipfix +2026-01-02T03:04:05Z +1000 +3 +1$/);
  });

  it("say by way of whom an exporter sends", () => {
    const at = { ...EXPORTER, address: "192.0.2.1" };
    const [, ...rows] = lines(exportersTable([at, { ...at, agent: "192.0.2.1" }, { ...at, agent: "10.0.0.9" }]));
    expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual([
      ...["192.0.2.1", "192.0.2.1", "10.0.0.9 by way of 192.0.2.1"],
    ]);
  });

  it("have what is wrong with an exporter in a line of its own", () => {
    const text = exportersTable([{ ...EXPORTER, address: "192.0.2.1", warnings: ["its clock is off by an hour"] }]);
    expect(lines(text).at(-1)).toBe("192.0.2.1: its clock is off by an hour");
    for (const line of lines(text)) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("list templates, and those that are missing with what waits and since when", () => {
    const [, known, missing] = lines(templatesTable([{ ...EXPORTER, address: "192.0.2.1" }]));
    expect(known).toMatch(/^192.0.2.1 +7 +256 +flow +2 fields +2026-01-02T03:04:05Z$/);
    expect(missing).toMatch(/^192.0.2.1 +7 +300 +missing +80 bytes +2026-01-02T03:04:05Z$/);
  });

  it("list the names that hold, and show control characters", () => {
    const rows = lines(namesTable([{ ...NAME, name: "old", to: TIME }, NAME]));
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatch(/^192.0.2.1 +7 +interface +3 +eth3 +\S/);
    expect(rows[1]).not.toContain("\u001b");
  });

  it("say so when there is nothing", () => {
    expect([exportersTable([]), templatesTable([]), namesTable([])]).toEqual([
      "no exporter has sent yet\n",
      "no templates\n",
      "no names\n",
    ]);
  });
});
