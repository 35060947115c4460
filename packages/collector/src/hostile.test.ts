import { bytes, ipfix, ipfixOptions, set, template, v5, v9, v9Options } from "@ngflow/wire/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { memoryCollector } from "./testing/memory-collector.ts";

const V9 = v9(
  {},
  set(
    0,
    template(256, [
      [8, 4],
      [1, 4],
      [22, 4],
      [21, 4],
      [48, 1],
    ]),
  ),
  set(
    1,
    v9Options(
      257,
      [[1, 4]],
      [
        [48, 1],
        [34, 4],
      ],
    ),
  ),
  set(257, bytes([0, 4], [1, 1], [10, 4])),
  set(256, bytes([1, 4], [2, 4], [3, 4], [4, 4], [1, 1])),
);
const IPFIX = ipfix(
  {},
  set(
    2,
    template(300, [
      [27, 16],
      [82, 65535],
      [2, 8],
      [2, 8, 29305],
      [153, 8],
      [161, 4],
    ]),
  ),
  set(
    3,
    ipfixOptions(
      301,
      [[143, 4]],
      [
        [160, 8],
        [311, 8],
        [305, 4],
      ],
    ),
  ),
  set(301, bytes([1, 4], [5, 8], [7, 8], [1, 4])),
  set(300, bytes([1, 16], [2, 1], [0x6161, 2], [5, 8], [6, 8], [1_700_000_000_000, 8], [10, 4])),
);
const V5 = v5({}, [
  {
    source: [1, 2, 3, 4],
    destination: [1, 2, 3, 5],
    packets: 1,
    octets: 2,
    first: 3,
    last: 4,
    sourcePort: 5,
    destinationPort: 6,
    protocol: 1,
  },
]);

it.each([
  ["v5", V5],
  ["v9", V9],
  ["ipfix", IPFIX],
])("changed %s datagrams never cause an internal error, and rows are accounted for", async (_name, whole) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          edits: fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 3, 4, 8, 127, 128, 254, 255)), { maxLength: 6 }),
          cut: fc.nat(),
          port: fc.integer({ min: 1, max: 3 }),
        }),
        { minLength: 1, maxLength: 40 },
      ),
      async (datagrams) => {
        const m = memoryCollector({ batchRows: 16, heldBytes: 500, maxTemplates: 4, maxSessions: 3 });
        for (const { edits, cut, port } of datagrams) {
          const changed = whole.slice();
          for (const [at, value] of edits) changed[2 + (at % (changed.length - 2))] = value;
          m.nowMs += 1000;
          await m.receive(cut % 4 === 0 ? changed.slice(0, cut % changed.length) : changed, "192.0.2.1", port);
        }
        const counters = m.collector.counters();
        expect(m.log.filter((line) => line.level === "error")).toEqual([]);
        expect(counters.internalErrors).toBe(0);
        expect(counters.rowsWritten).toBe(m.sink.rows.length);
        expect(counters.rowsWritten).toBeGreaterThanOrEqual(counters.recordsDecoded);
        expect(counters.setBytesHeld).toBeLessThanOrEqual(500);
        expect(counters.sessions).toBeLessThanOrEqual(3);
        for (const row of m.sink.rows) expect(row["ExporterAddr"]).toBe("192.0.2.1");
      },
    ),
    { numRuns: 300 },
  );
});

it("random datagrams neither", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(1, 5, 7, 9, 10), fc.uint8Array({ maxLength: 400 }), async (version, tail) => {
      const m = memoryCollector();
      await m.receive(bytes([version, 2], tail));
      expect(m.collector.counters().internalErrors).toBe(0);
    }),
    { numRuns: 1000 },
  );
});

it("data that waits too long is thrown away and counted", async () => {
  const m = memoryCollector({ listen: [{ host: "127.0.0.1", port: 0 }], heldMs: 5000 });
  await m.collector.start();
  await m.receive(v9({}, set(256, bytes([1, 4]))));
  expect(m.collector.counters().setsHeld).toBe(1);
  m.nowMs += 6000;
  await expect.poll(() => m.collector.counters().setsHeldExpired, { timeout: 5000 }).toBe(1);
  expect(m.collector.counters()).toMatchObject({ setsHeld: 0, setBytesHeld: 0 });
  await m.collector.stop();
});
