import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LearnedName, type NameKind, type NameTables, planQuery, TIERS, vendorKey } from "@ngflow/flows";
import { createChdbBackend } from "../chdb/backend.ts";
import { createSpool } from "../spool/spool.ts";
import type { Spool } from "../spool/spool-types.ts";
import type { Store } from "../store.ts";
import { batchOf, type TestRow } from "../testing/rows.ts";
import { createClickHouseStore } from "./store.ts";

const T0 = Date.UTC(2026, 0, 2, 12);
const HOUR = 3_600_000;
const MINUTE = 60_000;

const iso = (ms: number): string => new Date(T0 + ms).toISOString();
const learnt = (
  [kind, exporter, domain, id]: [NameKind, string, number, string],
  ...names: [fromMs: number, name: string, description?: string][]
): LearnedName[] =>
  names.map(([fromMs, name, description = ""], i) => ({
    kind,
    exporter,
    domain,
    id,
    name,
    description,
    from: iso(fromMs),
    to: i + 1 < names.length ? iso(names[i + 1]![0]) : null,
  }));

describe("names of exporters in queries", () => {
  let root: string;
  let store: Store;
  let spool: Spool;
  let learned: readonly LearnedName[] = [];
  let tables: NameTables = {};
  let epoch = 0;

  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), "ngflow-names-"));
    const spoolDirectory = path.join(root, "spool");
    const ledgerFile = path.join(root, "ledger.json");
    spool = createSpool({ directory: spoolDirectory, flushMs: 20 });
    await spool.start();
    store = createClickHouseStore(
      { spoolDirectory, ledgerFile, retentionDays: 0, pollMs: 20 },
      createChdbBackend(path.join(root, "store")),
      { names: () => ({ learned, tables }) },
    );
    await store.start();
  }, 60_000);

  afterAll(async () => {
    await spool.stop();
    await store.stop();
    await rm(root, { recursive: true, force: true });
  });

  /** Stores rows whose times are relative to a range that no other test has, which is returned; names follow it. */
  async function given(rows: readonly TestRow[], names: readonly LearnedName[]) {
    const shift = epoch++ * 1000 * HOUR;
    const moved = (text: string): string => new Date(Date.parse(text) + shift).toISOString();
    learned = names.map((one) => ({ ...one, from: moved(one.from), to: one.to === null ? null : moved(one.to) }));
    const base = T0 + shift;
    const at = (value: unknown): number => base + Number(value ?? 0);
    expect(
      spool.write(
        batchOf(
          rows.map((row) => ({
            ...row,
            TimeStart: at(row.TimeStart),
            TimeEnd: at(row.TimeEnd ?? row.TimeStart),
            TimeReceived: at(row.TimeReceived ?? row.TimeEnd ?? row.TimeStart),
          })),
        ),
      ),
    ).toBe(rows.length);
    await spool.flush();
    await store.drain();
    return { fromMs: base, toMs: base + 24 * HOUR };
  }

  const A = "192.0.2.1";
  const B = "2001:db8::b";

  it("of networks, places, ASes, hosts and vendors are found by what the flow has", async () => {
    const mac = (text: string): bigint => BigInt(`0x${text.replaceAll(":", "")}`);
    const range = await given(
      [
        { SrcAddr: "10.0.0.1", SrcNetId: 7, DstAS: 64_500, DstPlaceId: 9, SrcMac: mac("00:11:22:33:44:55"), Bytes: 1 },
        { SrcAddr: "10.0.0.2", SrcNetId: 8, DstAS: 64_501, SrcMac: mac("00:11:23:33:44:55"), Bytes: 2 },
        { SrcAddr: "2001:db8::1", Bytes: 4 },
      ],
      [],
    );
    tables = {
      network: {
        name: new Map([
          [7, "Office"],
          [8, "Lab"],
        ]),
        site: new Map([
          [7, "tokyo"],
          [8, "tokyo"],
        ]),
      },
      place: { country: new Map([[9, "JP"]]) },
      as: { name: new Map([[64_500, "It's \\ Example"]]) },
      host: {
        name: new Map([
          ["10.0.0.1", "anna"],
          ["2001:db8::1", "ben"],
        ]),
      },
      vendor: {
        name: new Map([
          [vendorKey(24, 0x00_11_22), "Maker"],
          [vendorKey(28, 0x00_11_23_3), "Part maker"],
        ]),
      },
    };
    const ask = async (by: string, filter = "") =>
      (await store.query({ by: [by], metric: "bytes", filter, ...range })).rows.map((row) => [row[by], row["bytes"]]);
    expect(await ask("SrcNetSite")).toEqual([
      ["", 4],
      ["tokyo", 3],
    ]);
    expect(await ask("SrcNetName", "site = tokyo")).toEqual([
      ["Lab", 2],
      ["Office", 1],
    ]);
    expect(await ask("SrcHostName")).toEqual([
      ["ben", 4],
      ["", 2],
      ["anna", 1],
    ]);
    expect(await ask("DstASName", 'asname ~ "it*"')).toEqual([["It's \\ Example", 1]]);
    expect(await ask("SrcMacVendor")).toEqual([
      ["", 4],
      ["Part maker", 2],
      ["Maker", 1],
    ]);
    expect(await ask("SrcMacVendor", 'SrcMacVendor = "Part maker"')).toEqual([["Part maker", 2]]);
    expect(await ask("DstCountry", 'DstCountry = ""')).toEqual([["", 6]]);
    expect(await ask("SrcAddr", 'hostname = "anna"')).toEqual([["10.0.0.1", 1]]);
    expect(await ask("SrcAddr", 'hostname = "nobody"')).toEqual([]);
    expect(await ask("SrcAddr", 'hostname != "nobody" and SrcNetSite = ""')).toEqual([["2001:db8::1", 4]]);
    const { rows } = await store.flows({
      ...range,
      filter: "Bytes < 4",
      sort: { column: "Bytes", largestFirst: true },
    });
    expect(rows).toMatchObject([
      { SrcHostName: "", SrcNetName: "Lab", SrcMacVendor: "Part maker", DstCountry: "", DstASName: "" },
      {
        SrcHostName: "anna",
        SrcNetName: "Office",
        SrcMacVendor: "Maker",
        DstCountry: "JP",
        DstASName: "It's \\ Example",
      },
    ]);
    tables = {};
  });

  const boundaries = (exporter: string, classes: Readonly<Record<string, string>>): LearnedName[] =>
    Object.entries(classes).flatMap(([id, name]) => learnt(["interface-boundary", exporter, 0, id], [0, name]));

  it("of the direction at the border come from interfaces, then from networks", async () => {
    const [inside, outside] = [7, 8];
    const row = (from: string, to: string): TestRow => {
      const side = { e: "1", i: "2" } as Readonly<Record<string, string>>;
      const network = { E: outside, I: inside } as Readonly<Record<string, number>>;
      return {
        ExporterAddr: A,
        InIf: side[from] ?? 9,
        OutIf: side[to] ?? 9,
        SrcNetId: network[from] ?? 0,
        DstNetId: network[to] ?? 0,
        Bytes: 1,
      };
    };
    // e, i: external and internal interface; E, I: network without one; -: nothing is known.
    const expected: Readonly<Record<string, string>> = {
      ei: "in",
      ie: "out",
      ii: "internal",
      ee: "transit",
      "-I": "in",
      "I-": "out",
      II: "internal",
      EI: "in",
      IE: "out",
      EE: "transit",
      eI: "in",
      Ie: "out",
      "--": "",
      "e-": "",
      "-i": "",
    };
    const sides = Object.keys(expected);
    const rows = sides.map((sides, i) => ({ ...row(sides[0]!, sides[1]!), FlowLabel: i }));
    const range = await given(rows, boundaries(A, { 1: "external", 2: "internal" }));
    tables = { network: { name: new Map([[inside, "Office"]]), role: new Map([[outside, "External"]]) } };
    const flows = await store.flows({ ...range, sort: { column: "FlowLabel", largestFirst: false } });
    expect(flows.rows.map(({ BorderDirection }, i) => [sides[i], BorderDirection])).toEqual(Object.entries(expected));
    const query = { by: ["BorderDirection"], metric: "flows", ...range } as const;
    const counted = await store.query(query);
    const number = (direction: string): number => Object.values(expected).filter((each) => each === direction).length;
    expect(Object.fromEntries(counted.rows.map(({ BorderDirection, flows }) => [BorderDirection, flows]))).toEqual(
      Object.fromEntries(["in", "out", "internal", "transit", ""].map((direction) => [direction, number(direction)])),
    );
    expect((await store.query({ ...query, filter: "border = in or border = out" })).rows).toHaveLength(2);
    // Without networks, sums that have exporters and interfaces answer; with them only the flows can.
    const hours = { ...query, fromMs: range.fromMs - (range.fromMs % HOUR), toMs: range.toMs };
    const covers = { sinceMs: 0, oldestMs: 0 };
    const tiers = (sources: object): string[] =>
      planQuery(hours, TIERS, () => covers, { learned, ...sources }).segments.map(({ tier }) => tier.name);
    expect(tiers({})).not.toContain("flows");
    expect(tiers({ tables })).toEqual(["flows"]);
    tables = {};
    expect((await store.flows({ ...range, filter: "border = transit" })).rows).toHaveLength(1);
  });

  it("of applications come from the exporter, then from ports, then from the protocol", async () => {
    const flows: readonly (readonly [row: TestRow, app: string])[] = [
      [{ ExporterAddr: A, ApplicationId: 0x0d000001, Proto: 6, SrcPort: 50000, DstPort: 443 }, "youtube"],
      // Another exporter has not named the id.
      [{ ExporterAddr: B, ApplicationId: 0x0d000001, Proto: 6, SrcPort: 50000, DstPort: 443 }, "https"],
      [{ ExporterAddr: A, Proto: 6, SrcPort: 443, DstPort: 50000 }, "https"],
      // The lower port has no name, the other has.
      [{ ExporterAddr: A, Proto: 17, SrcPort: 51820, DstPort: 4242 }, "wireguard"],
      [{ ExporterAddr: A, Proto: 6, SrcPort: 50000, DstPort: 50001 }, "other tcp"],
      [{ ExporterAddr: A, Proto: 17, SrcPort: 0, DstPort: 53 }, "dns"],
      [{ ExporterAddr: A, Proto: 1, SrcPort: 0, DstPort: 443 }, "icmp"],
      [{ ExporterAddr: A, Proto: 47 }, "gre"],
      [{ ExporterAddr: A, Proto: 253 }, ""],
    ];
    const rows = flows.map(([row], i) => ({ ...row, FlowLabel: i, Bytes: 1 }));
    const range = await given(rows, learnt(["application", A, 0, "13:1"], [0, "youtube"]));
    const counted = await store.query({ by: ["App"], metric: "flows", ...range });
    const expected = new Map<string, number>();
    for (const [, app] of flows) expected.set(app, (expected.get(app) ?? 0) + 1);
    expect(new Map(counted.rows.map(({ App, flows: count }) => [String(App), Number(count)]))).toEqual(expected);
    for (const [app, count] of expected)
      expect((await store.flows({ ...range, filter: `App = "${app}"` })).rows, app).toHaveLength(count);
    expect((await store.flows({ ...range, filter: "app = youtube or app = wireguard" })).rows).toHaveLength(2);
    // Without names of exporters, sums by ports answer.
    expect((await store.flows({ ...range })).columns).not.toContain("App");
  });

  it("keep the records of external interfaces of flows that several exporters saw", async () => {
    const range = await given(
      [
        { ExporterAddr: A, InIf: 1, OutIf: 2, Bytes: 1 },
        { ExporterAddr: A, InIf: 2, OutIf: 1, Bytes: 2 },
        { ExporterAddr: A, InIf: 2, OutIf: 2, Bytes: 4 },
        { ExporterAddr: B, InIf: 1, OutIf: 1, Bytes: 8 },
      ],
      boundaries(A, { 1: "external", 2: "internal" }),
    );
    const edge = { by: [], metric: "bytes", duplicates: "edge", ...range } as const;
    expect((await store.query(edge)).rows).toEqual([{ bytes: 3 }]);
    expect((await store.query({ ...edge, filter: "InIf = 1" })).rows).toEqual([{ bytes: 1 }]);
    expect((await store.flows({ ...range, duplicates: "edge" })).rows).toHaveLength(2);
    learned = [];
    await expect(store.query(edge)).rejects.toThrow("there are none: see --interface-rules");
  });

  it("are dimensions, filters and columns; what has no name is a group of its own", async () => {
    const range = await given(
      [
        {
          ExporterAddr: A,
          Domain: 3,
          InIf: 1,
          OutIf: 2,
          InVrf: 5,
          ApplicationId: 0x030001bb,
          FlowSampler: 0,
          Bytes: 1,
        },
        { ExporterAddr: A, Domain: 3, InIf: 2, OutIf: 9, Bytes: 2 },
        { ExporterAddr: B, InIf: 1, OutIf: 1, Bytes: 4 },
        { ExporterAddr: "192.0.2.7", InIf: 1, Bytes: 8 },
      ],
      [
        ...learnt(["interface", A, 3, "1"], [0, "ge-0/0/1", "uplink"]),
        ...learnt(["interface", A, 3, "2"], [0, "ge-0/0/2"]),
        ...learnt(["interface", B, 0, "1"], [0, "", 'the "core", b']),
        ...learnt(["vrf", A, 3, "5"], [0, "red"]),
        ...learnt(["application", A, 3, "3:443"], [0, "https"]),
        ...learnt(["application", A, 3, "13:99999999999"], [0, "too wide for the column"]),
        ...learnt(["sampler", A, 3, "0"], [0, "zero"]),
        ...learnt(["domain", A, 3, "3"], [0, "core-a"]),
      ],
    );
    const by = async (name: string, filter = ""): Promise<unknown> =>
      (await store.query({ ...range, by: [name], metric: "bytes", filter })).rows.map((row) => [
        row[name],
        row["bytes"],
      ]);
    expect(await by("InIfName")).toEqual([
      ["", 8],
      ['the "core", b', 4],
      ["ge-0/0/2", 2],
      ["ge-0/0/1", 1],
    ]);
    expect(await by("ExporterName")).toEqual([
      ["", 12],
      ["core-a", 3],
    ]);
    expect(await by("ApplicationName")).toEqual([
      ["", 14],
      ["https", 1],
    ]);
    expect(await by("InIfDescription", "InIfName != ''")).toEqual([
      ['the "core", b', 4],
      ["", 2],
      ["uplink", 1],
    ]);
    expect(await by("SamplerName", "ExporterName ~ 'CORE*'")).toEqual([["zero", 3]]);
    const total = async (filter: string): Promise<unknown> =>
      (await store.query({ ...range, by: [], metric: "bytes", filter })).rows;
    expect(await total('InIfName = "ge-0/0/1"')).toEqual([{ bytes: 1 }]);
    expect(await total("InIfName in (ge-0/0/1, ge-0/0/2) and OutIfName ge-0/0/2")).toEqual([{ bytes: 1 }]);
    expect(await total('if name ~ "*core*"')).toEqual([{ bytes: 4 }]);
    expect(await total('InVrfName = red or InIfName = "no such name"')).toEqual([{ bytes: 1 }]);
    expect(await total("not InIfName = nothing")).toEqual([{ bytes: 15 }]);
    expect((await store.query({ ...range, by: [], metric: "distinct:InIfName" })).rows).toEqual([
      { "distinct:InIfName": 4 },
    ]);
    const { columns, rows } = await store.flows({
      ...range,
      filter: "InIf = 1",
      sort: { column: "Bytes", largestFirst: false },
    });
    expect(columns.slice(columns.indexOf("Extra"))).toEqual([
      ...["Extra", "ExporterName", "InIfName", "OutIfName", "InIfDescription", "OutIfDescription"],
      ...["InVrfName", "OutVrfName", "ApplicationName", "SamplerName"],
    ]);
    expect(rows.map(({ ExporterName, InIfName, OutIfName }) => [ExporterName, InIfName, OutIfName])).toEqual([
      ["core-a", "ge-0/0/1", "ge-0/0/2"],
      ["", 'the "core", b', 'the "core", b'],
      ["", "", ""],
    ]);
    expect(
      new TextDecoder("latin1").decode((await store.file("Parquet", { columns: ["InIfName"], rows })).subarray(0, 4)),
    ).toBe("PAR1");
  });

  it("hold from when they were received until others came, the first one before that, too", async () => {
    const range = await given(
      [0, 10, 20, 30, 40].map((minute, i) => ({
        ...{ ExporterAddr: A, Domain: 1, InIf: 7, Bytes: 2 ** i },
        ...{ TimeStart: minute * MINUTE, TimeEnd: minute * MINUTE, TimeReceived: minute * MINUTE },
      })),
      learnt(["interface", A, 1, "7"], [10 * MINUTE, "old"], [25 * MINUTE, "new"], [40 * MINUTE, "old"]),
    );
    const answer = await store.query({ ...range, by: ["InIfName"], metric: "bytes" });
    expect([answer.tier, answer.rows]).toEqual([
      "flows",
      [
        { InIfName: "old", bytes: 1 + 2 + 4 + 16 },
        { InIfName: "new", bytes: 8 },
      ],
    ]);
    const series = await store.query({ ...range, by: ["InIfName"], metric: "bytes", stepMs: 30 * MINUTE });
    expect(series.rows.map(({ InIfName, bytes }) => [InIfName, bytes])).toEqual([
      ["old", 7],
      ["old", 16],
      ["new", 8],
    ]);
  });

  it("are those of the domain, then of domain 0, where domains differ", async () => {
    const range = await given(
      [1, 2, 3].flatMap((Domain) => [
        { ExporterAddr: A, Domain, InIf: 1, Bytes: 10 ** Domain },
        { ExporterAddr: A, Domain, InIf: 2, Bytes: 2 * 10 ** Domain },
      ]),
      [
        ...learnt(["interface", A, 0, "1"], [0, "whole"]),
        ...learnt(["interface", A, 1, "1"], [0, "card"]),
        ...learnt(["interface", A, 2, "2"], [0, "same"]),
      ],
    );
    const { rows } = await store.query({ ...range, by: ["InIfName"], metric: "bytes" });
    expect(rows).toEqual([
      { InIfName: "same", bytes: 2220 },
      { InIfName: "whole", bytes: 1100 },
      { InIfName: "card", bytes: 10 },
    ]);
  });

  it("need no flows where they did not change: roll-ups answer", async () => {
    const names = { learned: learnt(["interface", A, 0, "1"], [0, "a"], [10 * HOUR, "b"]) };
    const tierOf = (fromMs: number, toMs: number): string[] =>
      planQuery(
        { by: ["InIfName"], metric: "bytes", fromMs: T0 + fromMs, toMs: T0 + toMs },
        TIERS,
        undefined,
        names,
      ).segments.map(({ tier }) => tier.name);
    expect(tierOf(12 * HOUR, 14 * HOUR)).toEqual(["1h"]);
    expect(tierOf(5 * HOUR, 8 * HOUR)).toEqual(["1h"]);
    expect(tierOf(8 * HOUR, 11 * HOUR)).toEqual(["flows"]);
  });

  it("the previous range has the same groups", async () => {
    const range = await given(
      [
        { ExporterAddr: A, InIf: 1, Bytes: 1, TimeStart: 0 },
        { ExporterAddr: A, InIf: 1, Bytes: 2, TimeStart: 30 * HOUR },
      ],
      learnt(["interface", A, 0, "1"], [0, "b"], [20 * HOUR, "z"], [25 * HOUR, "b"]),
    );
    const later = { fromMs: range.fromMs + 24 * HOUR, toMs: range.toMs + 24 * HOUR };
    const { rows } = await store.query({ ...later, by: ["InIfName"], metric: "bytes", previousMs: 24 * HOUR });
    expect(rows).toEqual([{ InIfName: "b", bytes: 2, previous: 1 }]);
  });

  it("are found as their definition says, whatever they are", async () => {
    const text = fc.constantFrom("a", "b", "B", "it's", "", "ünï\\");
    const change = fc.tuple(fc.integer({ min: 0, max: 60 }), text);
    const series = fc
      .uniqueArray(change, { minLength: 1, maxLength: 4, selector: ([minute]) => minute })
      .map((changes) => changes.sort(([a], [b]) => a - b));
    const named = fc.record({
      exporter: fc.constantFrom(A, B),
      domain: fc.constantFrom(0, 1, 4_294_967_295),
      id: fc.constantFrom(0, 1, 4_294_967_295),
      series,
    });
    const flow = fc.record({
      ExporterAddr: fc.constantFrom(A, B, "192.0.2.3"),
      Domain: fc.constantFrom(0, 1, 2, 4_294_967_295),
      InIf: fc.constantFrom(0, 1, 2, 4_294_967_295),
      minute: fc.integer({ min: 0, max: 59 }),
    });
    const all = fc.uniqueArray(named, {
      maxLength: 10,
      selector: ({ exporter, domain, id }) => `${exporter} ${domain} ${id}`,
    });
    await fc.assert(
      fc.asyncProperty(all, fc.array(flow, { minLength: 1, maxLength: 12 }), async (entries, flows) => {
        const range = await given(
          flows.map(({ minute, ...row }, i) => ({ ...row, TimeStart: minute * MINUTE, FlowLabel: i, Bytes: 1 })),
          entries.flatMap(({ exporter, domain, id, series }) =>
            learnt(
              ["interface", exporter, domain, String(id)],
              ...series.map(([minute, name]): [number, string] => [minute * MINUTE, name]),
            ),
          ),
        );
        const expected = flows.map(({ ExporterAddr, Domain, InIf, minute }) => {
          const same = entries.filter(({ exporter, id }) => exporter === ExporterAddr && id === InIf);
          const at = ({ series }: (typeof entries)[number]): string =>
            (series.findLast(([from]) => from <= minute) ?? series[0]!)[1];
          const texts = new Set(same.flatMap((one) => one.series.map(([, name]) => name)));
          if (texts.size === 1) return [...texts][0]!;
          const own = same.find(({ domain }) => domain === Domain);
          const whole = same.find(({ domain }) => domain === 0);
          const text = own === undefined ? "" : at(own);
          return text === "" && whole !== undefined ? at(whole) : text;
        });
        const { rows } = await store.flows({ ...range, sort: { column: "FlowLabel", largestFirst: false } });
        expect(rows.map(({ InIfName = "" }) => InIfName)).toEqual(expected);
        const groups = await store.query({ ...range, by: ["InIfName"], metric: "flows" });
        const counts = Object.fromEntries(groups.rows.map(({ InIfName, flows }) => [InIfName, flows]));
        for (const name of new Set(expected))
          expect(counts[name]).toBe(expected.filter((other) => other === name).length);
      }),
      { numRuns: 40 },
    );
  }, 180_000);
});
