import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytes, ipfix, ipfixOptions, set, template, type TestField } from "@ngflow/wire/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryCollector, type Row } from "../testing/memory-collector.ts";

/** An enterprise that no table has. */
const PEN = 99_999;
const OF_TYPES: TestField[] = [
  [346, 4],
  [303, 2],
];
const VARIABLE = 65_535;

const string = (text: string): Uint8Array =>
  bytes([new TextEncoder().encode(text).length, 1], new TextEncoder().encode(text));

/** A type information record (RFC 5610): enterprise and id, then data type, name and description. */
const typeRecord = (pen: number, id: number, type: number, name: string, description = ""): Uint8Array =>
  bytes([pen, 4], [id, 2], [type, 1], string(name), string(description));

const typeTemplate = set(
  3,
  ipfixOptions(300, OF_TYPES, [
    [339, 1],
    [341, VARIABLE],
    [340, VARIABLE],
  ]),
);
const types = (...records: Uint8Array[]): Uint8Array => set(300, ...records);
const flowTemplate = set(
  2,
  template(256, [
    [8, 4],
    [1, 8],
    [7, 4, PEN],
  ]),
);
const flow = (value: number): Uint8Array => set(256, bytes([0x0a000001, 4], [1500, 8], [value, 4]));
const extra = (rows: readonly Row[]): Record<string, string>[] => rows.map(({ Extra }) => Extra);

describe("elements that an exporter describes (RFC 5610)", () => {
  it("name a field and give it a type, from the description on", async () => {
    const m = memoryCollector();
    await m.receive(ipfix({}, flowTemplate, flow(258)));
    await m.receive(ipfix({}, typeTemplate, types(typeRecord(PEN, 7, 3, "queueDepth", "packets that wait"))));
    const rows = await m.receive(ipfix({}, flow(259)));
    expect(extra(rows)).toEqual([{ [`${PEN}.7`]: "0x00000102" }, { queueDepth: "259" }]);
    expect(m.collector.names()).toMatchObject([
      { kind: "element", id: `${PEN}.7`, name: "queueDepth", description: "unsigned32: packets that wait", to: null },
    ]);
    expect(m.collector.exporters()[0]!.templates.find(({ id }) => id === 256)!.fields).toContain("queueDepth");
  });

  it("hold in their domain, those of domain 0 in all of the exporter, and never for another exporter", async () => {
    const m = memoryCollector();
    await m.receive(ipfix({ domain: 1 }, typeTemplate, types(typeRecord(PEN, 7, 3, "ofOne"))));
    const datagram = (domain: number): Uint8Array => ipfix({ domain }, flowTemplate, flow(1));
    await m.receive(datagram(1));
    await m.receive(datagram(2));
    await m.receive(ipfix({ domain: 0 }, typeTemplate, types(typeRecord(PEN, 7, 3, "ofAll"))));
    await m.receive(datagram(1));
    await m.receive(datagram(2));
    const rows = await m.receive(datagram(1), "192.0.2.2");
    const unnamed = { [`${PEN}.7`]: "0x00000001" };
    expect(extra(rows)).toEqual([{ ofOne: "1" }, unnamed, { ofOne: "1" }, { ofAll: "1" }, unnamed]);
  });

  it("cannot change what the registry has, take one of its names, or have a name that is none", async () => {
    const m = memoryCollector();
    const bad = [
      typeRecord(0, 1, 13, "myOctets"),
      typeRecord(PEN, 7, 3, "octetDeltaCount"),
      typeRecord(PEN, 7, 3, "9.7"),
      typeRecord(PEN, 7, 3, "a b"),
      typeRecord(PEN, 7, 3, "x".repeat(81)),
      typeRecord(PEN, 0, 3, "zero"),
    ];
    await m.receive(ipfix({}, typeTemplate, types(...bad)));
    const rows = await m.receive(ipfix({}, flowTemplate, flow(5)));
    expect(rows).toMatchObject([{ Bytes: 1500, Extra: { [`${PEN}.7`]: "0x00000005" } }]);
    expect(m.collector.names()).toEqual([]);
  });

  it("may be described again, and a template changes its names once a second at most", async () => {
    const m = memoryCollector();
    await m.receive(ipfix({}, flowTemplate, typeTemplate, types(typeRecord(PEN, 7, 3, "first")), flow(1)));
    await m.receive(ipfix({}, types(typeRecord(PEN, 7, 18, "second")), flow(1)));
    m.nowMs += 1000;
    const rows = await m.receive(ipfix({}, flow(0x0a000002)));
    expect(extra(rows)).toEqual([{ first: "1" }, { first: "1" }, { second: "10.0.0.2" }]);
    expect(m.collector.counters().templatesKnown).toBe(2);
  });

  describe("over a restart", () => {
    let stateDir: string;
    beforeAll(() => void (stateDir = mkdtempSync(join(tmpdir(), "ngflow-types-"))));
    afterAll(() => rmSync(stateDir, { recursive: true }));

    it("are known before the exporter sends them again", async () => {
      const config = { stateDir, listen: [] };
      const first = memoryCollector(config);
      await first.collector.start();
      await first.receive(ipfix({}, typeTemplate, types(typeRecord(PEN, 7, 3, "queueDepth")), flowTemplate, flow(1)));
      await first.collector.stop();
      const second = memoryCollector(config);
      await second.collector.start();
      expect(extra(await second.receive(ipfix({}, flow(2))))).toEqual([{ queueDepth: "2" }]);
      await second.collector.stop();
    });
  });
});
