import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytes, ipfix, ipfixOptions, set, template, type TestField, v9, v9Options } from "@ngflow/wire/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { savedNameRows } from "./names-file.ts";
import { memoryCollector } from "../testing/memory-collector.ts";

const text = (value: string, length: number): Uint8Array => {
  const out = new Uint8Array(length);
  out.set(new TextEncoder().encode(value).subarray(0, length));
  return out;
};

/** The interface table of a v9 exporter: index, name and description. */
const interfaces = (...rows: [index: number, name: string, description: string][]): Uint8Array[] => [
  set(
    1,
    v9Options(
      300,
      [[2, 4]],
      [
        [82, 8],
        [83, 16],
      ],
    ),
  ),
  set(300, ...rows.map(([index, name, description]) => bytes([index, 4], text(name, 8), text(description, 16)))),
];

const iso = (ms: number): string => new Date(ms).toISOString();

describe("names in options records", () => {
  it("v9: interfaces, with the time from which they hold until they change", async () => {
    const m = memoryCollector();
    const began = m.nowMs;
    await m.receive(v9({ domain: 3 }, ...interfaces([1, "eth0", "uplink"], [2, "eth1", ""])));
    m.nowMs += 60_000;
    await m.receive(v9({ domain: 3, sequence: 1 }, ...interfaces([1, "eth0", "uplink"], [2, "eth1", "lab"])));
    m.nowMs += 60_000;
    await m.receive(v9({ domain: 3, sequence: 2 }, ...interfaces([1, "xe-0", "uplink"], [2, "eth1", "lab"])));
    const both = { kind: "interface", exporter: "192.0.2.1", domain: 3 };
    const later = iso(began + 60_000);
    const last = iso(began + 120_000);
    expect(m.collector.names()).toEqual([
      { ...both, id: "1", name: "eth0", description: "uplink", from: iso(began), to: last },
      { ...both, id: "1", name: "xe-0", description: "uplink", from: last, to: null },
      { ...both, id: "2", name: "eth1", description: "", from: iso(began), to: later },
      { ...both, id: "2", name: "eth1", description: "lab", from: later, to: null },
    ]);
  });

  it("a name that comes back is a third one", async () => {
    const m = memoryCollector();
    for (const name of ["a", "b", "a"]) {
      await m.receive(v9({}, ...interfaces([7, name, ""])));
      m.nowMs += 1000;
    }
    expect(m.collector.names().map(({ name, to }) => [name, to === null])).toEqual([
      ["a", false],
      ["b", false],
      ["a", true],
    ]);
  });

  it.each<[string, TestField[], TestField[], Uint8Array, object]>([
    [
      "interfaces of IPFIX, of variable length",
      [[10, 4]],
      [[82, 65535]],
      bytes([9, 4], [3, 1], text("\u00e90", 3)),
      { kind: "interface", id: "9", name: "\u00e90" },
    ],
    ["VRFs", [[234, 4]], [[236, 8]], bytes([5, 4], text("red", 8)), { kind: "vrf", id: "5", name: "red" }],
    ["domains", [[149, 4]], [[300, 8]], bytes([6, 4], text("core-a", 8)), { kind: "domain", id: "6", name: "core-a" }],
    [
      "applications",
      [[149, 4]],
      [
        [95, 4],
        [96, 8],
        [94, 16],
      ],
      bytes([1, 4], [3, 1], [443, 3], text("https", 8), text("secure web", 16)),
      { kind: "application", id: "3:443", name: "https", description: "secure web" },
    ],
    [
      "samplers",
      [[149, 4]],
      [
        [48, 1],
        [84, 8],
        [34, 4],
      ],
      bytes([1, 4], [2, 1], text("one-in-9", 8), [9, 4]),
      { kind: "sampler", id: "2", name: "one-in-9" },
    ],
    ["selectors", [[302, 8]], [[335, 8]], bytes([77, 8], text("s", 8)), { kind: "sampler", id: "77", name: "s" }],
  ])("ipfix: %s", async (_name, scope, fields, record, expected) => {
    const m = memoryCollector();
    await m.receive(
      ipfix({}, set(3, ipfixOptions(300, scope, fields)), bytes([300, 2], [4 + record.length, 2], record)),
    );
    expect(m.collector.names()).toMatchObject([{ exporter: "192.0.2.1", domain: 0, to: null, ...expected }]);
    expect(m.collector.counters()).toMatchObject({ namesKnown: 1, malformed: 0, optionRecords: 1 });
  });

  it("an empty name is none, and a number alone too", async () => {
    const m = memoryCollector();
    await m.receive(v9({}, ...interfaces([1, "", ""], [2, "   ", ""])));
    expect(m.collector.names()).toEqual([]);
  });

  it("of two domains or exporters are kept apart", async () => {
    const m = memoryCollector();
    for (const [domain, address] of [
      [1, "192.0.2.1"],
      [2, "192.0.2.1"],
      [1, "192.0.2.2"],
    ] as const) {
      await m.receive(v9({ domain }, ...interfaces([1, `${domain}-${address.at(-1)}`, ""])), address);
    }
    expect(m.collector.names().map(({ name }) => name)).toEqual(["1-1", "2-1", "1-2"]);
  });
});

describe("names in flow records", () => {
  const flow = (fields: TestField[], ...records: Uint8Array[]): Uint8Array =>
    ipfix({}, set(2, template(256, [[8, 4], [2, 4], ...fields])), set(256, ...records));

  it("are learnt, and delay no flow", async () => {
    const m = memoryCollector();
    const fields: TestField[] = [
      [95, 4],
      [96, 8],
    ];
    const record = bytes([1, 4], [2, 4], [13, 1], [53, 3], text("dns", 8));
    expect(await m.receive(flow(fields, record, record))).toHaveLength(2);
    expect(m.collector.names()).toMatchObject([{ kind: "application", id: "13:53", name: "dns" }]);
  });

  it("of an interface are left out where both directions have one: it may be of either", async () => {
    const m = memoryCollector();
    const fields: TestField[] = [
      [10, 4],
      [14, 4],
      [82, 8],
    ];
    await m.receive(flow(fields, bytes([1, 4], [2, 4], [1, 4], [2, 4], text("eth0", 8))));
    expect(m.collector.names()).toEqual([]);
    await m.receive(flow(fields.toSpliced(1, 1), bytes([1, 4], [2, 4], [1, 4], text("eth0", 8))), undefined, 7);
    expect(m.collector.names()).toMatchObject([{ id: "1", name: "eth0" }]);
  });
});

describe("bounds", () => {
  const many = (first: number, count: number): Uint8Array[] =>
    interfaces(...Array.from({ length: count }, (_, i): [number, string, string] => [first + i, `e${first + i}`, ""]));

  it("of a domain and of a number hold, and what is refused is counted", async () => {
    const m = memoryCollector();
    for (let i = 0; i < 20; i++) await m.receive(v9({ sequence: i }, ...many(i * 1000, 1000)));
    expect(m.collector.counters()).toMatchObject({ namesKnown: 16_384, namesRefused: 20_000 - 16_384 });
    const other = memoryCollector();
    for (let i = 0; i < 30; i++) {
      await other.receive(v9({ sequence: i }, ...interfaces([1, `name${i}`, ""])));
      other.nowMs += 1;
    }
    expect(other.collector.names()).toHaveLength(8);
    expect(other.collector.names().at(-1)).toMatchObject({ name: "name29", to: null });
    expect(other.collector.counters()).toMatchObject({ namesKnown: 8, namesRefused: 0 });
  });

  it("forged exporters leave room to one that has proved itself", async () => {
    const m = memoryCollector();
    const flows = set(
      0,
      template(256, [
        [8, 4],
        [2, 4],
      ]),
    );
    for (let i = 0; i < 12; i++) {
      await m.receive(v9({ sequence: i }, flows, set(256, bytes([1, 4], [1, 4]))), "192.0.2.99");
      m.nowMs += 1000;
    }
    for (let i = 0; i < 60; i++) await m.receive(v9({}, ...many(0, 1000)), `198.51.100.${i}`);
    expect(m.collector.counters()).toMatchObject({ namesKnown: 32_768, namesRefused: 60_000 - 32_768 });
    await m.receive(v9({ sequence: 12 }, ...many(0, 1000)), "192.0.2.99");
    expect(m.collector.names().filter(({ exporter }) => exporter === "192.0.2.99")).toHaveLength(1000);
  });
});

describe("the file of names", () => {
  let stateDir = "";
  beforeAll(() => {
    stateDir = mkdtempSync(join(tmpdir(), "ngflow-names-"));
  });
  afterAll(() => rmSync(stateDir, { recursive: true }));

  it("keeps them across restarts, also of an exporter that does not send", async () => {
    const config = { stateDir, listen: [] };
    const before = memoryCollector(config);
    await before.collector.start();
    await before.receive(v9({ domain: 1 }, ...interfaces([1, "eth0", "uplink"])));
    await before.receive(v9({ domain: 1 }, ...interfaces([4, "eth4", ""])), "2001:db8::4");
    before.nowMs += 1000;
    await before.receive(v9({ domain: 1, sequence: 1 }, ...interfaces([1, "eth9", "uplink"])));
    await before.collector.stop();
    const names = before.collector.names();
    expect(names).toHaveLength(3);
    expect(savedNameRows(stateDir)).toEqual(names);

    const after = memoryCollector(config);
    after.nowMs += 10_000;
    await after.collector.start();
    expect(after.collector.names()).toEqual(names);
    await after.receive(v9({ domain: 1, sequence: 2 }, ...interfaces([1, "eth9", "uplink"])), "192.0.2.1", 6000);
    expect(after.collector.names()).toEqual(names);
    await after.receive(v9({ domain: 1, sequence: 3 }, ...interfaces([1, "new", "uplink"])), "192.0.2.1", 6000);
    await after.collector.stop();
    expect(savedNameRows(stateDir)).toHaveLength(4);
    expect(savedNameRows(stateDir)).toContainEqual(expect.objectContaining({ name: "eth9", to: iso(after.nowMs) }));
  });

  it("that is damaged is set aside by the collector and left alone by readers", async () => {
    const path = join(stateDir, "names.json");
    writeFileSync(path, "{}");
    expect(savedNameRows(stateDir)).toEqual([]);
    expect(readFileSync(path, "utf8")).toBe("{}");
    const m = memoryCollector({ stateDir, listen: [] });
    await m.collector.start();
    expect(m.log).toMatchObject([{ level: "warn", message: /^file of names is not usable/ }]);
    await m.collector.stop();
    expect(readFileSync(`${path}.bad`, "utf8")).toBe("{}");
  });
});
