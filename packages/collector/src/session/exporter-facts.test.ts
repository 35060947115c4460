import { bytes, ipfix, ipfixOptions, set, template, type TestField, v9, v9Options } from "@ngflow/wire/testing";
import { describe, expect, it } from "vitest";
import { memoryCollector, type Row } from "../testing/memory-collector.ts";

const FLOW: TestField[] = [
  [8, 4],
  [1, 4],
];
const flow = (): Uint8Array => bytes([0x0a000001, 4], [1000, 4]);
const rates = (rows: readonly Row[]): (number | string | undefined)[][] =>
  rows.map((row) => [row["SamplingRate"], row["SamplingSource"]]);
const OPTIONS = 3;
const NONE = 0;

/** v9: template 256 names no sampler, 257 names one; options 300 are about a sampler, 301 about the whole. */
const TEMPLATES = set(0, template(256, FLOW), template(257, [...FLOW, [48, 1]]));
const SAMPLER_TABLE = set(
  1,
  v9Options(
    300,
    [[1, 4]],
    [
      [48, 1],
      [50, 4],
    ],
  ),
);
const WHOLE_TABLE = set(1, v9Options(301, [[1, 4]], [[34, 4]]));
const sampler = (id: number, rate: number): Uint8Array => set(300, bytes([0, 4], [id, 1], [rate, 4]));
const whole = (rate: number): Uint8Array => set(301, bytes([0, 4], [rate, 4]));
const plain = set(256, flow());
const naming = (id: number): Uint8Array => set(257, bytes(flow(), [id, 1]));

describe("samplers", () => {
  it("of another source id of the device count, where the flow's own says nothing", async () => {
    const m = memoryCollector();
    await m.receive(v9({ domain: 6 }, SAMPLER_TABLE, sampler(1, 100)));
    const rows = await m.receive(v9({ domain: 256 }, TEMPLATES, naming(1), plain));
    expect(rates(rows)).toEqual([
      [100, OPTIONS],
      [100, OPTIONS],
    ]);
  });

  it("of the flow's own source id come first", async () => {
    const m = memoryCollector();
    await m.receive(v9({ domain: 6 }, SAMPLER_TABLE, sampler(1, 100)));
    const rows = await m.receive(v9({ domain: 7 }, SAMPLER_TABLE, sampler(1, 50), TEMPLATES, naming(1), plain));
    expect(rates(rows)).toEqual([
      [50, OPTIONS],
      [50, OPTIONS],
    ]);
  });

  it("that several source ids tell differently are nobody's", async () => {
    const m = memoryCollector();
    await m.receive(v9({ domain: 6 }, SAMPLER_TABLE, sampler(1, 100)));
    await m.receive(v9({ domain: 7 }, SAMPLER_TABLE, sampler(1, 50)));
    const rows = await m.receive(v9({ domain: 8 }, TEMPLATES, naming(1), plain));
    expect(rates(rows)).toEqual([
      [1, NONE],
      [1, NONE],
    ]);
  });

  it("of another port or address are another device's", async () => {
    const m = memoryCollector();
    await m.receive(v9({ domain: 6 }, SAMPLER_TABLE, sampler(1, 100)), "192.0.2.1", 5000);
    await m.receive(v9({ domain: 7 }, TEMPLATES, naming(1), plain), "192.0.2.1", 5001);
    const rows = await m.receive(v9({ domain: 7 }, TEMPLATES, naming(1), plain), "192.0.2.2", 5000);
    expect(rates(rows)).toEqual(Array.from({ length: 4 }, () => [1, NONE]));
  });

  it("that are unknown or 0 are not scaled by another's rate", async () => {
    const rows = await memoryCollector().receive(
      v9({}, SAMPLER_TABLE, sampler(1, 100), TEMPLATES, naming(9), naming(0)),
    );
    expect(rates(rows)).toEqual([
      [1, NONE],
      [1, NONE],
    ]);
  });

  it("with the id 0 are samplers", async () => {
    const rows = await memoryCollector().receive(
      v9({}, SAMPLER_TABLE, sampler(0, 10), sampler(1, 100), TEMPLATES, naming(0), naming(1), plain),
    );
    expect(rates(rows)).toEqual([
      [10, OPTIONS],
      [100, OPTIONS],
      [1, NONE],
    ]);
  });

  it("that are unknown have the rate of the whole exporter", async () => {
    const rows = await memoryCollector().receive(v9({}, WHOLE_TABLE, whole(200), TEMPLATES, naming(9), plain));
    expect(rates(rows)).toEqual([
      [200, OPTIONS],
      [200, OPTIONS],
    ]);
  });
});

describe("scopes, from narrow to wide", () => {
  it("v9: interface, template, system", async () => {
    const flowOf = (id: number): Uint8Array => template(id, [...FLOW, [10, 2], [14, 2], [61, 1]]);
    const record = (inIf: number, outIf: number, direction: number): Uint8Array =>
      bytes(flow(), [inIf, 2], [outIf, 2], [direction, 1]);
    const rows = await memoryCollector().receive(
      v9(
        {},
        set(0, flowOf(256), flowOf(257)),
        set(
          1,
          v9Options(300, [[2, 4]], [[34, 4]]),
          v9Options(301, [[1, 4]], [[34, 4]]),
          v9Options(302, [[5, 2]], [[34, 4]]),
        ),
        set(300, bytes([7, 4], [70, 4]), bytes([8, 4], [80, 4])),
        set(301, bytes([0, 4], [10, 4])),
        set(302, bytes([257, 2], [20, 4])),
        set(256, record(7, 8, 0), record(7, 8, 1), record(9, 8, 0)),
        set(257, record(9, 9, 0)),
      ),
    );
    expect(rates(rows)).toEqual([
      [70, OPTIONS],
      [80, OPTIONS],
      [10, OPTIONS],
      [20, OPTIONS],
    ]);
  });

  it("ipfix: line card, and a domain that another one names", async () => {
    const m = memoryCollector();
    const header = { domain: 1 };
    await m.receive(
      ipfix(
        header,
        set(3, ipfixOptions(300, [[141, 4]], [[34, 4]]), ipfixOptions(301, [[149, 4]], [[34, 4]])),
        set(300, bytes([3, 4], [30, 4])),
        set(301, bytes([5, 4], [50, 4])),
      ),
    );
    const templates = set(2, template(256, FLOW), template(257, [...FLOW, [141, 4]]));
    await m.receive(ipfix({ domain: 5 }, templates, set(256, flow()), set(257, bytes(flow(), [3, 4]))));
    const rows = await m.receive(ipfix({ domain: 6 }, templates, set(256, flow())));
    expect(rates(rows)).toEqual([
      [50, OPTIONS],
      [30, OPTIONS],
      [1, NONE],
    ]);
  });

  it("selectors by interval and space, by size and population, by probability", async () => {
    const half = bytes([0x3fe00000, 4], [0, 4]);
    const rows = await memoryCollector().receive(
      ipfix(
        {},
        set(
          3,
          ipfixOptions(
            300,
            [[302, 4]],
            [
              [305, 4],
              [306, 4],
            ],
          ),
          ipfixOptions(
            301,
            [[302, 4]],
            [
              [309, 4],
              [310, 4],
            ],
          ),
          ipfixOptions(302, [[302, 4]], [[311, 8]]),
        ),
        set(300, bytes([1, 4], [1, 4], [99, 4])),
        set(301, bytes([2, 4], [4, 4], [64, 4])),
        set(302, bytes([3, 4], half)),
        set(2, template(256, [...FLOW, [302, 4]])),
        set(256, ...[1, 2, 3].map((id) => bytes(flow(), [id, 4]))),
      ),
    );
    expect(rates(rows)).toEqual([
      [100, OPTIONS],
      [16, OPTIONS],
      [2, OPTIONS],
    ]);
  });
});

describe("what was said is void", () => {
  const table = [SAMPLER_TABLE, sampler(1, 100), TEMPLATES];

  it("after a restart that the uptime shows, in all source ids", async () => {
    const m = memoryCollector();
    await m.receive(v9({ domain: 6, sequence: 5, upTimeMs: 9_000_000 }, SAMPLER_TABLE, sampler(1, 100)));
    await m.receive(v9({ domain: 7, sequence: 5, upTimeMs: 9_000_000 }, TEMPLATES, plain));
    await m.receive(v9({ domain: 7, sequence: 6, upTimeMs: 9_001_000 }, plain));
    await m.receive(v9({ domain: 7, sequence: 0, upTimeMs: 30_000 }, plain, naming(1)));
    await m.receive(v9({ domain: 6, sequence: 0, upTimeMs: 31_000 }, sampler(1, 64)));
    await m.receive(v9({ domain: 7, sequence: 1, upTimeMs: 32_000 }, plain));
    expect(rates(m.sink.rows)).toEqual([
      [100, OPTIONS],
      [100, OPTIONS],
      [1, NONE],
      [1, NONE],
      [64, OPTIONS],
    ]);
  });

  it("not after an uptime that passed 2^32", async () => {
    const m = memoryCollector();
    await m.receive(v9({ sequence: 5, upTimeMs: 2 ** 32 - 1000 }, ...table));
    expect(rates(await m.receive(v9({ sequence: 6, upTimeMs: 9_000 }, plain)))).toEqual([[100, OPTIONS]]);
  });

  it("ipfix: after numbers that begin again; back if they do not go on from there", async () => {
    const m = memoryCollector();
    const options = set(3, ipfixOptions(300, [[143, 4]], [[34, 4]]));
    await m.receive(
      ipfix({ sequence: 5_000_000 }, options, set(300, bytes([1, 4], [10, 4])), set(2, template(256, FLOW))),
    );
    await m.receive(ipfix({ sequence: 5_000_001 }, plain));
    await m.receive(ipfix({ sequence: 77 }, plain));
    await m.receive(ipfix({ sequence: 5_000_002 }, plain));
    await m.receive(ipfix({ sequence: 5_000_003 }, plain));
    expect(rates(m.sink.rows)).toEqual([
      [10, OPTIONS],
      [1, NONE],
      [1, NONE],
      [10, OPTIONS],
    ]);
    const restarted = memoryCollector();
    await restarted.receive(
      ipfix({ sequence: 5_000_000 }, options, set(300, bytes([1, 4], [10, 4])), set(2, template(256, FLOW))),
    );
    for (let sequence = 0; sequence < 3; sequence++) await restarted.receive(ipfix({ sequence }, plain));
    await restarted.receive(ipfix({ sequence: 3 }, set(300, bytes([1, 4], [20, 4])), plain));
    expect(rates(restarted.sink.rows)).toEqual([
      [1, NONE],
      [1, NONE],
      [1, NONE],
      [20, OPTIONS],
    ]);
  });

  it("after a definition of its template that cannot be read, and then the old template does not read data", async () => {
    const m = memoryCollector();
    await m.receive(v9({ sequence: 0 }, ...table, naming(1)));
    const unreadable = set(1, bytes([300, 2], [4, 2], [400, 2], [1, 2], [4, 2]));
    const rows = await m.receive(v9({ sequence: 1 }, unreadable, naming(1), sampler(1, 7)));
    expect(rates(rows)).toEqual([
      [100, OPTIONS],
      [1, NONE],
    ]);
    expect(m.collector.counters()).toMatchObject({ setsHeld: 1, "malformed:template-truncated": 1 });
  });

  it("after a record of the same template without a rate; another template's does not touch it", async () => {
    const m = memoryCollector();
    await m.receive(v9({ sequence: 0 }, ...table, WHOLE_TABLE, whole(0), naming(1)));
    const rows = await m.receive(v9({ sequence: 1 }, sampler(1, 0), naming(1)));
    expect(rates(rows)).toEqual([
      [100, OPTIONS],
      [1, NONE],
    ]);
  });
});

it("what is kept is bounded per domain, and what is refused is counted", async () => {
  const m = memoryCollector();
  const wide = set(
    1,
    v9Options(
      300,
      [[1, 4]],
      [
        [48, 2],
        [50, 4],
      ],
    ),
  );
  const record = (id: number): Uint8Array => bytes([0, 4], [id, 2], [100, 4]);
  for (let domain = 0; domain < 3; domain++) {
    await m.receive(v9({ domain }, wide, set(300, ...Array.from({ length: 1100 }, (_, id) => record(id)))));
    // The same fact again takes no room.
    await m.receive(v9({ domain, sequence: 1 }, set(300, record(5))));
  }
  expect(m.collector.counters()).toMatchObject({ factsKnown: 3 * 1024, factsRefused: 3 * (1100 - 1024) });
});

it("a session that is dropped gives the room of its facts back", async () => {
  const m = memoryCollector({ maxSessions: 4 });
  for (let i = 0; i < 20; i++) {
    m.nowMs += 1000;
    await m.receive(v9({}, SAMPLER_TABLE, sampler(1, 100)), `192.0.2.${i}`);
  }
  expect(m.collector.counters()).toMatchObject({ sessions: 4, factsKnown: 4 });
});

it("a device with a new port after silence takes what it said in all its source ids along, unless it restarted", async () => {
  const m = memoryCollector();
  await m.receive(v9({ domain: 6, sequence: 5, upTimeMs: 100_000 }, SAMPLER_TABLE, sampler(1, 100)), "192.0.2.1", 5000);
  await m.receive(v9({ domain: 7, sequence: 5, upTimeMs: 100_000 }, TEMPLATES, naming(1)), "192.0.2.1", 5000);
  m.nowMs += 60_000;
  await m.receive(v9({ domain: 7, sequence: 6, upTimeMs: 160_000 }, naming(1)), "192.0.2.1", 6000);
  m.nowMs += 60_000;
  await m.receive(v9({ domain: 7, sequence: 0, upTimeMs: 10_000 }, naming(1)), "192.0.2.1", 7000);
  expect(rates(m.sink.rows)).toEqual([
    [100, OPTIONS],
    [100, OPTIONS],
    [1, NONE],
  ]);
});

it("the active timeout that an exporter tells is in its status, of all its domains, until it tells none", async () => {
  const m = memoryCollector();
  const timeouts = set(
    1,
    v9Options(
      302,
      [[1, 4]],
      [
        [36, 2],
        [37, 2],
      ],
    ),
  );
  const told = set(302, bytes([0, 4], [60, 2], [15, 2]));
  await m.receive(v9({ domain: 6, sequence: 5, upTimeMs: 100_000 }, timeouts, told));
  await m.receive(v9({ domain: 7, sequence: 5, upTimeMs: 100_000 }, TEMPLATES, plain));
  const seconds = (): unknown[] => m.collector.exporters().map(({ domain, activeTimeout }) => [domain, activeTimeout]);
  expect(seconds()).toEqual([
    [6, 60],
    [7, 60],
  ]);
  // 0 is no timeout.
  await m.receive(v9({ domain: 6, sequence: 6, upTimeMs: 100_000 }, set(302, bytes([0, 4], [0, 2], [15, 2]))));
  expect(seconds()).toEqual([
    [6, undefined],
    [7, undefined],
  ]);
});
