import type { FlowBatch, FlowSink } from "@ngflow/flows";
import { PROTOCOLS } from "@ngflow/wire";
import { bytes, ipfix, ipfixOptions, set, template, type TestField, v9, v9Options } from "@ngflow/wire/testing";
import { describe, expect, it } from "vitest";
import { collectorSettings } from "./config.ts";
import { FlowDecoder } from "./flow-decoder.ts";
import { MESSAGE_WORK, ROW_WORK } from "./work.ts";

const FULL = 65_400;
const NOW = 1_700_000_000_000;
const BYTES = 1;
const PROTOCOL = 4;

/** As many copies of `unit` as fit a datagram. */
function full(unit: Uint8Array): Uint8Array {
  const copies = Math.floor(FULL / unit.length);
  const out = new Uint8Array(copies * unit.length);
  for (let i = 0; i < copies; i++) out.set(unit, i * unit.length);
  return out;
}

const fields = (count: number, field: TestField): TestField[] => Array.from({ length: count }, () => field);

/** Counts rows, and whether their bytes never become fewer. */
class CountingSink implements FlowSink {
  rows = 0;
  isOrdered = true;
  #last = 0;

  write({ rows, columns }: FlowBatch): number {
    for (let i = 0; i < rows; i++) {
      if (columns.Bytes[2 * i]! < this.#last) this.isOrdered = false;
      this.#last = columns.Bytes[2 * i]!;
    }
    this.rows += rows;
    return rows;
  }
}

function newDecoder(): {
  decoder: FlowDecoder;
  sink: CountingSink;
  receive: (datagram: Uint8Array, address?: string) => void;
} {
  const sink = new CountingSink();
  const made = new FlowDecoder(collectorSettings({}), sink, PROTOCOLS);
  return {
    decoder: made,
    sink,
    receive: (datagram, address = "192.0.2.1") => made.decode(datagram, 0, datagram.length, address, 5000, NOW),
  };
}

describe("what one datagram may cost", () => {
  it("templates that cannot be read, of an exporter that has said thousands of facts", () => {
    const facts = (kind: number, id: number): Uint8Array[] => {
      const records = Array.from({ length: 1024 }, (_, i) => bytes([i, 4], [100, 4]));
      return [
        set(
          1,
          v9Options(
            id,
            [],
            [
              [kind, 4],
              [34, 4],
            ],
          ),
        ),
        set(id, ...records),
      ];
    };
    const unreadable = full(bytes([0, 2], [8, 2], [400, 2], [0xffff, 2]));
    const costs = [false, true].map((hasFacts) => {
      const { decoder, receive } = newDecoder();
      receive(v9({}, set(0, template(256, [[BYTES, 4]]))));
      if (hasFacts) for (const [i, kind] of [48, 10, 14, 141].entries()) receive(v9({}, ...facts(kind, 300 + i)));
      const times = Array.from({ length: 7 }, () => {
        const began = performance.now();
        receive(v9({}, unreadable));
        return performance.now() - began;
      });
      expect(decoder.malformedByCode.get("template-truncated")).toBe(7 * Math.floor(FULL / 8));
      return Math.min(...times);
    });
    // Facts of other templates are not looked at.
    expect(costs[1]).toBeLessThan(4 * costs[0]! + 5);
  });

  it.each<[string, Uint8Array[], (totals: FlowDecoder["totals"]) => number]>([
    [
      "rows of one byte",
      [v9({}, set(0, template(256, [[BYTES, 1]]))), v9({}, set(256, full(Uint8Array.of(7))))],
      ({ recordsDecoded }) => recordsDecoded * ROW_WORK,
    ],
    [
      "thousands of empty fields, records of one byte",
      [
        v9({}, set(0, template(256, [...fields(16_000, [8, 0]), [BYTES, 1]]))),
        v9({}, set(256, full(Uint8Array.of(7)))),
      ],
      ({ recordsDecoded }) => recordsDecoded * ROW_WORK,
    ],
    [
      "records of many fields of no length each",
      [ipfix({}, set(2, template(256, fields(512, [82, 65535])))), ipfix({}, set(256, full(Uint8Array.of(0))))],
      ({ recordsWithoutKey }) => recordsWithoutKey * 512,
    ],
    [
      "records of both directions",
      [
        ipfix(
          {},
          set(
            2,
            template(256, [
              [BYTES, 1],
              [BYTES, 1, 29305],
            ]),
          ),
        ),
        ipfix({}, set(256, full(Uint8Array.of(7, 7)))),
      ],
      ({ recordsDecoded }) => recordsDecoded * 2 * ROW_WORK,
    ],
    [
      "options with records of one byte",
      [
        ipfix({}, set(3, ipfixOptions(256, [[143, 0]], [...fields(16_000, [8, 0]), [34, 65535]]))),
        ipfix({}, set(256, full(Uint8Array.of(0)))),
      ],
      ({ optionRecords }) => optionRecords * 10,
    ],
    [
      "thousands of sets",
      [v9({}, set(1, v9Options(256, [[1, 1]], [[34, 0]]))), v9({}, full(bytes([256, 2], [5, 2], [1, 1])))],
      ({ optionRecords }) => optionRecords * 16,
    ],
    [
      "a new plan for every set",
      [
        v9(
          {},
          ...Array.from({ length: 3000 }, (_, i) =>
            bytes(set(0, template(256, [[BYTES, 1 + (i % 2)]])), bytes([256, 2], [6, 2], [1, 2])),
          ),
        ),
      ],
      ({ recordsDecoded }) => recordsDecoded * 1000,
    ],
  ])("%s", (_name, datagrams, work) => {
    const { decoder, receive } = newDecoder();
    for (const datagram of datagrams) {
      expect(datagram.length).toBeLessThanOrEqual(65_507);
      receive(datagram);
    }
    expect(decoder.totals.internalErrors).toBe(0);
    expect(work(decoder.totals)).toBeGreaterThan(0);
    expect(work(decoder.totals)).toBeLessThanOrEqual(MESSAGE_WORK);
    expect(decoder.totals.setsOverBudget + decoder.totals.recordsWithoutKey).toBeGreaterThan(0);
    // What comes after goes on as before.
    receive(v9({}, set(0, template(256, [[BYTES, 4]])), set(256, bytes([99, 4]))), "192.0.2.2");
    expect(decoder.totals.recordsDecoded).toBeGreaterThan(0);
  });

  it("a full datagram of small records is read whole", () => {
    const { decoder, receive } = newDecoder();
    const small: TestField[] = [
      [8, 4],
      [12, 4],
      [BYTES, 4],
      [2, 4],
    ];
    receive(v9({}, set(0, template(256, small))));
    receive(v9({ sequence: 1 }, set(256, full(new Uint8Array(16)))));
    expect(decoder.totals).toMatchObject({ recordsDecoded: Math.floor(FULL / 16), setsOverBudget: 0 });
  });
});

describe("records without an address or a counter", () => {
  it("make no row, are counted, and leave no gap in the sequence", () => {
    const { decoder, sink, receive } = newDecoder();
    receive(
      ipfix(
        { sequence: 0 },
        set(
          2,
          template(256, [[PROTOCOL, 1]]),
          template(257, [
            [PROTOCOL, 1],
            [82, 65535],
          ]),
        ),
      ),
    );
    receive(ipfix({ sequence: 0 }, set(256, full(Uint8Array.of(6)).subarray(0, 1000))));
    receive(ipfix({ sequence: 1000 }, set(257, bytes([6, 1], [2, 1], [0x6161, 2], [6, 1], [2, 1], [0x6161, 2]))));
    receive(ipfix({ sequence: 1002 }, set(256, bytes([6, 4]))));
    decoder.flush();
    expect(sink.rows).toBe(0);
    expect(decoder.totals).toMatchObject({ recordsWithoutKey: 1006, recordsDecoded: 0 });
    const [session] = decoder.sessions.values();
    expect(session!.sequence).toMatchObject({ gaps: 0, lostRecords: 0 });
  });
});

describe("data that waited for its template", () => {
  const FIELDS: TestField[] = [
    [BYTES, 4],
    [2, 4],
  ];
  const SETS = 3000;
  const RECORDS = 170;

  it("is decoded in slices, in its order, and counted as waiting until it is done", () => {
    const { decoder, sink, receive } = newDecoder();
    for (let i = 0; i < SETS; i++) {
      receive(v9({ sequence: i }, set(256, ...Array.from({ length: RECORDS }, () => bytes([i, 4], [1, 4])))));
    }
    expect(decoder.held.setsHeld).toBe(SETS);
    receive(v9({ sequence: SETS }, set(0, template(256, FIELDS))));
    let slices = 0;
    let before = 0;
    while (decoder.isReady) {
      expect(decoder.totals.recordsDecoded - before).toBeLessThanOrEqual(MESSAGE_WORK / ROW_WORK);
      expect(decoder.totals.recordsDecoded).toBeGreaterThan(before);
      expect(decoder.held.setsHeld).toBe(SETS - decoder.totals.setsRecovered);
      before = decoder.totals.recordsDecoded;
      decoder.step();
      slices++;
    }
    decoder.flush();
    expect(slices).toBeGreaterThan((SETS * RECORDS * ROW_WORK) / MESSAGE_WORK);
    expect(sink).toMatchObject({ rows: SETS * RECORDS, isOrdered: true });
    expect(decoder.held).toMatchObject({ setsHeld: 0, setBytesHeld: 0 });
    receive(v9({ sequence: SETS + 1 }, set(256, bytes([1, 4], [1, 4]))));
    const [session] = decoder.sessions.values();
    expect(session).toMatchObject({ heldBytes: 0, sequence: { gaps: 0, lostRecords: 0 } });
  });

  it("of a session that is dropped meanwhile is dropped and counted", () => {
    const { decoder, receive } = newDecoder();
    for (let i = 0; i < SETS; i++) receive(v9({ sequence: i }, set(256, new Uint8Array(8 * RECORDS))));
    receive(v9({ sequence: SETS }, set(0, template(256, FIELDS))));
    const recovered = decoder.totals.setsRecovered;
    expect(decoder.sessions.evict()).toBe(true);
    decoder.step();
    expect(decoder.isReady).toBe(false);
    expect(decoder.held).toMatchObject({ setsHeld: 0, setBytesHeld: 0, setsHeldDropped: SETS - recovered });
  });
});
