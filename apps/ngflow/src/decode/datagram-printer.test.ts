import { bytes, ipfix, ipfixOptions, set, template, v5, v9, v9Options } from "@ngflow/wire/testing";
import { describe, expect, it } from "vitest";
import { DatagramPrinter } from "./datagram-printer.ts";

function printer(): { printer: DatagramPrinter; lines: () => Record<string, unknown>[] } {
  const lines: string[] = [];
  return {
    printer: new DatagramPrinter((line) => lines.push(line)),
    lines: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

const FIELDS = [
  [8, 4],
  [1, 4],
] as const;

describe("DatagramPrinter", () => {
  it("prints one line a record, with its keys in order", () => {
    const lines: string[] = [];
    const p = new DatagramPrinter((line) => lines.push(line));
    p.decode(
      v9({ sequence: 7 }, set(0, template(256, FIELDS)), set(256, bytes([0x0a000001, 4], [1500, 4]))),
      "127.0.0.1",
      1,
      0,
    );
    expect(lines).toEqual([
      '{"kind":"template","exporter":"127.0.0.1","version":9,"domain":0,"template":256,"sequence":7,"fields":[{"name":"sourceIPv4Address","id":8,"length":4},{"name":"octetDeltaCount","id":1,"length":4}]}',
      '{"kind":"flow","exporter":"127.0.0.1","version":9,"domain":0,"template":256,"sequence":7,"fields":{"sourceIPv4Address":"10.0.0.1","octetDeltaCount":1500}}',
    ]);
  });

  it("prints options with their scope, and enterprise fields with theirs", () => {
    const { printer: p, lines } = printer();
    p.decode(v9({}, set(1, v9Options(300, [[2, 4]], [[34, 4]])), set(300, bytes([5, 4], [100, 4]))), "a", 1, 0);
    p.decode(
      ipfix({ domain: 3 }, set(3, ipfixOptions(301, [[149, 4]], [[5, 2, 9]])), set(301, bytes([3, 4], [0xabcd, 2]))),
      "a",
      1,
      0,
    );
    expect(lines()).toMatchObject([
      { kind: "template", scope: [{ name: "interface", id: 2, length: 4 }], fields: [{ name: "samplingInterval" }] },
      { kind: "option", template: 300, scope: { interface: 5 }, fields: { samplingInterval: 100 } },
      { kind: "template", domain: 3, fields: [{ name: "9.5", enterprise: 9, id: 5, length: 2 }] },
      { kind: "option", template: 301, scope: { observationDomainId: 3 }, fields: { "9.5": "0xabcd" } },
    ]);
  });

  it("holds data until its template comes, with the sequence it came in", () => {
    const { printer: p, lines } = printer();
    p.decode(v9({ sequence: 1 }, set(256, bytes([1, 4], [2, 4]))), "a", 1, 0);
    expect(lines()).toEqual([]);
    p.decode(v9({ sequence: 2 }, set(0, template(256, FIELDS))), "b", 1, 0);
    p.decode(v9({ sequence: 3 }, set(0, template(256, FIELDS))), "a", 1, 0);
    expect(lines().map((line) => [line["kind"], line["exporter"], line["sequence"]])).toEqual([
      ["template", "b", 2],
      ["template", "a", 3],
      ["flow", "a", 1],
    ]);
    p.end();
    expect(lines()).toHaveLength(3);
  });

  it("reports templates that never came, and damage with its offset in the input", () => {
    const { printer: p, lines } = printer();
    const good = v9({ domain: 4 }, set(999, bytes([1, 4])));
    p.decode(good, "a", 1, 100);
    p.decode(bytes(good, [256, 2], [2000, 2]), "a", 1, 1000);
    p.end();
    expect(lines()).toEqual([
      expect.objectContaining({
        kind: "error",
        exporter: "a",
        version: 9,
        domain: 4,
        code: "set-length",
        offset: 1028,
      }),
      expect.objectContaining({ kind: "error", template: 999, code: "template-missing", offset: 124 }),
    ]);
    expect(p.errors).toBe(2);
  });

  it("gives v5 the header fields that speak of its records, and no template", () => {
    const { printer: p, lines } = printer();
    const record = {
      source: [10, 0, 0, 1],
      destination: [10, 0, 0, 2],
      packets: 1,
      octets: 2,
      first: 3,
      last: 4,
      sourcePort: 5,
      destinationPort: 6,
      protocol: 17,
    } as const;
    p.decode(v5({ sequence: 9, domain: 0x0203, sampling: 0x4064 }, [record]), "a", 1, 0);
    expect(lines()).toMatchObject([
      {
        kind: "flow",
        version: 5,
        domain: 0x0203,
        template: null,
        sequence: 9,
        fields: { octetDeltaCount: 2, engineType: 2, engineId: 3, samplingAlgorithm: 1, samplingInterval: 100 },
      },
    ]);
  });

  it("prints a withdrawal", () => {
    const { printer: p, lines } = printer();
    p.decode(ipfix({}, set(2, template(256, FIELDS)), set(2, bytes([256, 2], [0, 2]))), "a", 1, 0);
    expect(lines()[1]).toMatchObject({ kind: "template", template: 256, withdrawn: true, fields: [] });
  });

  it("prints of a datagram of tiny records what a datagram may cost, and says where it stopped", () => {
    const lines: string[] = [];
    const p = new DatagramPrinter((line) => lines.push(line));
    const size = 65_000;
    p.decode(v9({}, set(0, template(256, [[4, 1]]))), "a", 1, 0);
    p.decode(v9({}, set(256, new Uint8Array(size)), set(256, new Uint8Array(8))), "a", 1, 1000);
    const printed = 65_536 / 11;
    expect(lines.length).toBeGreaterThan(printed - 2);
    expect(lines.length).toBeLessThan(printed + 3);
    const last = JSON.parse(lines.at(-1)!) as Record<string, unknown>;
    expect(last).toMatchObject({ kind: "error", code: "datagram-work", exporter: "a" });
    expect(last["offset"]).toBe(1000 + 24 + (lines.length - 2));
    p.decode(v9({}, set(256, new Uint8Array(8))), "a", 1, 0);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ kind: "flow" });
  });

  it("prints a full datagram of small records whole", () => {
    const { printer: p, lines } = printer();
    p.decode(v9({}, set(0, template(256, [...FIELDS, [2, 4], [12, 4]])), set(256, new Uint8Array(65_200))), "a", 1, 0);
    expect(lines()).toHaveLength(1 + 65_200 / 16);
    expect(p.errors).toBe(0);
  });

  it("counts malformed parts that it no longer prints", () => {
    const lines: string[] = [];
    const p = new DatagramPrinter((line) => lines.push(line));
    const sets = Array.from({ length: 15_000 }, () => bytes([9, 2], [4, 2]));
    p.decode(v9({}, ...sets), "a", 1, 0);
    expect(p.errors).toBeGreaterThanOrEqual(15_000);
    expect(lines.length).toBeLessThan(65_536 / 10 + 2);
  });

  it("prints what waited in turns, in its order", () => {
    const { printer: p, lines } = printer();
    for (let i = 0; i < 40; i++) p.decode(v9({ sequence: i }, set(256, new Uint8Array(8 * 1000))), "a", 1, 0);
    p.decode(v9({ sequence: 40 }, set(0, template(256, FIELDS))), "a", 1, 0);
    let turns = 0;
    for (; p.isReady; turns++) p.step();
    expect(turns).toBeGreaterThan(5);
    expect(lines().map((line) => line["sequence"])).toEqual([
      40,
      ...Array.from({ length: 40_000 }, (_, i) => Math.floor(i / 1000)),
    ]);
  });
});
