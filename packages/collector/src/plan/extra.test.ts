import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnByName, COLUMNS } from "@ngflow/flows";
import { elementById, fieldSpecifier, newTemplate, readRecord } from "@ngflow/wire";
import { bytes, ipfix, set, template, type TestField, v9 } from "@ngflow/wire/testing";
import { memoryCollector } from "../testing/memory-collector.ts";

const KEY: TestField[] = [
  [8, 4],
  [12, 4],
];
const REVERSE = 29305;
const key = bytes([0x0a000001, 4], [0x0a000002, 4]);

describe("fields without a column", () => {
  it("are kept by name, or by number where they have none; padding is not", async () => {
    const fields: TestField[] = [...KEY, [1, 4], [210, 3], [36, 2], [12345, 2], [7, 3, 99_999], [12345, 2]];
    const record = bytes(key, [500, 4], [7, 3], [640, 2], [0x0a0b, 2], [0x010203, 3], [0, 2]);
    const rows = await memoryCollector().receive(
      ipfix({}, set(2, template(256, fields)), set(256, record, record, record)),
    );
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      expect(row).toMatchObject({ Bytes: 500, SrcAddr: "10.0.0.1" });
      expect(row.Extra).toEqual({
        [elementById(0, 36)!.name]: "640",
        "0.12345": "0x0a0b",
        "99999.7": "0x010203",
        "0.12345.2": "0x0000",
      });
    }
  });

  it("of variable length are the text that they are", async () => {
    const fields: TestField[] = [...KEY, [1, 4], [82, 65_535], [94, 65_535]];
    const record = bytes(key, [500, 4], [3, 1], new TextEncoder().encode("ge0"), [0, 1]);
    const other = bytes(key, [500, 4], [0, 1], [2, 1], new TextEncoder().encode("é"));
    const rows = await memoryCollector().receive(ipfix({}, set(2, template(256, fields)), set(256, record, other)));
    expect(rows.map(({ Extra }) => Extra)).toEqual([
      { interfaceName: "ge0", applicationDescription: "" },
      { interfaceName: "", applicationDescription: "é" },
    ]);
  });

  it("are in both rows of a biflow", async () => {
    const fields: TestField[] = [...KEY, [1, 4], [1, 4, REVERSE], [36, 1]];
    const rows = await memoryCollector().receive(
      ipfix(
        {},
        set(2, template(256, fields)),
        set(256, bytes(key, [500, 4], [60, 4], [9, 1]), bytes(key, [5, 4], [0, 4], [8, 1])),
      ),
    );
    const { name } = elementById(0, 36)!;
    expect(rows.map(({ Bytes, Extra }) => [Bytes, Extra])).toEqual([
      [500, { [name]: "9" }],
      [60, { [name]: "9" }],
      [5, { [name]: "8" }],
    ]);
  });

  it("beyond the bytes of a record are counted, and none is kept where they are off", async () => {
    const fields: TestField[] = [...KEY, [1, 4], [12345, 6], [12346, 6], [12347, 1]];
    const data = set(256, bytes(key, [500, 4], [1, 6], [2, 6], [3, 1]));
    const message = ipfix({}, set(2, template(256, fields)), data);
    const bounded = memoryCollector({ extraRowBytes: 8 });
    expect((await bounded.receive(message))[0]!.Extra).toEqual({ "0.12345": "0x000000000001", "0.12347": "0x03" });
    expect(bounded.collector.counters()).toMatchObject({ extraValuesNotKept: 1, rowsWritten: 1 });
    const off = memoryCollector({ extraRowBytes: 0 });
    expect((await off.receive(message))[0]).toMatchObject({ Bytes: 500, Extra: {} });
    expect(off.collector.counters()).toMatchObject({ extraValuesNotKept: 0, rowsWritten: 1 });
  });

  it("of large records fill batch after batch, and none is lost", async () => {
    const memory = memoryCollector({ batchRows: 16 });
    const fields: TestField[] = [...KEY, [1, 4], [12345, 500]];
    const records = Array.from({ length: 120 }, (_, i) => bytes(key, [i, 4], [BigInt(i), 500]));
    await memory.receive(ipfix({}, set(2, template(256, fields))));
    for (let round = 0; round < 10; round++) await memory.receive(ipfix({}, set(256, ...records)));
    const rows = memory.sink.rows;
    expect(rows).toHaveLength(1200);
    for (const [i, row] of rows.entries())
      expect(Number(row.Extra["0.12345"]!.slice(-4).replace(/^/, "0x"))).toBe(i % 120);
    expect(memory.collector.counters()).toMatchObject({ extraValuesNotKept: 0 });
  });

  /** Elements that fill columns, also together with others. */
  const covered = new Set(
    COLUMNS.flatMap(({ name }) => {
      const { elements, otherwise = [], reverseElements = [] } = columnByName(name);
      const forward = [...elements, ...otherwise];
      const reverse = forward.map((element) => `reverse${element[0]!.toUpperCase()}${element.slice(1)}`);
      return [...forward, ...reverse, ...reverseElements];
    }),
  );
  for (const name of [
    "icmpTypeCodeIPv4",
    "icmpTypeCodeIPv6",
    "ipDiffServCodePoint",
    "flowDurationMilliseconds",
    "flowDurationMicroseconds",
    "postOctetTotalCount",
    "postPacketTotalCount",
    "samplingPacketSpace",
    "paddingOctets",
  ])
    covered.add(name);

  it("are what the interpreter reads and no column takes, whatever the template", async () => {
    const fieldOf = fc.tuple(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(0, 0, 9, 6871, 99_999),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fieldOf, { minLength: 1, maxLength: 30, selector: ([id, , pen]) => `${pen}.${id}` }),
        fc.infiniteStream(fc.nat(255)),
        fc.boolean(),
        async (chosen, noise, modern) => {
          const fields = [[8, 4, 0] as const, ...chosen.filter(([id, , pen]) => pen !== 0 || id !== 8)].filter(
            ([, , pen]) => modern || pen === 0,
          );
          const specifiers = fields.map(([id, length, pen]) => fieldSpecifier(pen, id, length));
          const layout = newTemplate(256, specifiers);
          const record = Uint8Array.from({ length: layout.minLength }, () => noise.next().value);
          const asSent = fields.map(([id, length, pen]): TestField => (pen === 0 ? [id, length] : [id, length, pen]));
          const sets = [set(modern ? 2 : 0, template(256, asSent)), set(256, record)];
          const rows = await memoryCollector({ batchRows: 16 }).receive(modern ? ipfix({}, ...sets) : v9({}, ...sets));
          const read = readRecord(record, 0, record.length, layout)!.fields;
          for (const { Extra } of rows.slice(0, 1)) {
            for (const [name, value] of Object.entries(read)) {
              const text = typeof value === "object" ? JSON.stringify(value) : String(value);
              if (Extra[name] === undefined) expect(covered).toContain(name);
              else expect([name, Extra[name]]).toEqual([name, text]);
            }
            expect(Object.keys(read)).toEqual(expect.arrayContaining(Object.keys(Extra)));
          }
          expect(rows.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
