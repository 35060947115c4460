import type { ExporterStatus } from "@ngflow/server/client";
import { expect, test } from "vitest";
import example from "./example.json" with { type: "json" };
import { faultsOf } from "./faults.ts";
import { REMEDIES } from "./remedies.ts";
import { exporterRows } from "./render.ts";

const NOW = Date.parse("2026-01-02T03:04:05.000Z");
const rows = exporterRows(example.exporters as unknown as ExporterStatus[], NOW);

test("the exporter seen last comes first, with its address as people write it", () => {
  expect(rows.map(({ name, protocol, lastSeen }) => [name, protocol, lastSeen])).toEqual([
    ["[2001:db8::1]:4739", "IPFIX", "now"],
    ["192.0.2.1:2055", "NetFlow 9", "65 s ago"],
    ["198.51.100.1", "NetFlow 5", "24 h ago"],
  ]);
});

test("exporters that another one sends for have rows of their own, with its address", () => {
  const [sender] = example.exporters as unknown as ExporterStatus[];
  const all = exporterRows([sender!, { ...sender!, agent: "10.0.0.1" }, { ...sender!, agent: "10.0.0.2" }], NOW);
  expect(all.map(({ name }) => name)).toEqual([
    "192.0.2.1:2055",
    "10.0.0.1 by way of 192.0.2.1:2055",
    "10.0.0.2 by way of 192.0.2.1:2055",
  ]);
  expect(new Set(all.map(({ key }) => key)).size).toBe(3);
});

test("what went wrong is marked, and nothing else", () => {
  expect(rows.map(({ warn }) => warn)).toEqual([
    { lost: false, malformed: false, templates: false },
    { lost: true, malformed: false, templates: true },
    { lost: false, malformed: true, templates: false },
  ]);
});

test("each fault is a sentence with what mends it, hints are last, and what is well has none", () => {
  const texts = rows.map(({ faults }) =>
    faults.map(({ text, isHint, remedy }) => [text.split(":")[0], isHint, remedy]),
  );
  expect(texts).toEqual([
    [["It has not sent a sampling rate. If it samples, its figures are too small", true, "sampling"]],
    [
      ["Template 300 has not arrived", false, "templates"],
      ["120 records were lost on the way (0.3\u202f% of all), by its sequence numbers.", false, "loss"],
      ["It has several samplers (1", true, null],
    ],
    [
      ["Nothing has arrived from it for 24 h.", false, "silence"],
      ["1 of its datagrams are malformed and were not read.", false, "malformed"],
    ],
  ]);
  const [well] = example.exporters as unknown as ExporterStatus[];
  const wrong = {
    ...well!,
    clock: "wrong",
    clockSkewMs: -90_000,
    recordsLost: 0,
    missingTemplates: [],
    samplers: {},
  } as const;
  expect(faultsOf(wrong, NOW).map(({ text }) => text)).toEqual([
    "Its clock is off by 1 min 30 s, so its flows are placed at the time of their arrival. Set the clock by NTP.",
  ]);
});

test("every command names a device, and is a line", () => {
  for (const remedies of Object.values(REMEDIES)) {
    expect(new Set(remedies.map(({ device }) => device)).size).toBe(remedies.length);
    for (const { commands } of remedies)
      expect(commands.every((line) => line !== "" && !line.includes("\n"))).toBe(true);
  }
});

test("the sampling rate: none, one, or one for each sampler", () => {
  expect(rows.map(({ sampling }) => sampling)).toEqual(["none", "1:100, 1:1000", "1:64"]);
});

test("details: how long ago, and a clock that is behind", () => {
  expect(rows[1]!.facts).toContainEqual(["first seen", "60 min ago"]);
  expect(rows[1]!.facts).toContainEqual(["clock difference", "−1.5 s"]);
  expect(rows[1]!.templateLines).toEqual([
    { id: 256, name: "Template 256", refreshed: "refreshed 4 min ago", fields: "octetDeltaCount, packetDeltaCount" },
  ]);
});
