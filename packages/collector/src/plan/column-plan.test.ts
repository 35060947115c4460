import { readRecord, fieldSpecifier, newTemplate } from "@ngflow/wire";
import { bytes, ipfix, set, template, type TestField } from "@ngflow/wire/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { memoryCollector } from "../testing/memory-collector.ts";

/** Columns that one field fills alone, with the greatest value they hold. */
const INTEGERS: Record<string, { column: string; id: number; max: number; lengths: number[] }> = {
  sourceTransportPort: { column: "SrcPort", id: 7, max: 0xffff, lengths: [1, 2, 4] },
  destinationTransportPort: { column: "DstPort", id: 11, max: 0xffff, lengths: [1, 2] },
  tcpControlBits: { column: "TcpFlags", id: 6, max: 0xffff, lengths: [1, 2] },
  ipClassOfService: { column: "Tos", id: 5, max: 0xff, lengths: [1, 2] },
  flowLabelIPv6: { column: "FlowLabel", id: 31, max: 0xffffffff, lengths: [3, 4] },
  ingressInterface: { column: "InIf", id: 10, max: 0xffffffff, lengths: [1, 2, 4, 8] },
  egressInterface: { column: "OutIf", id: 14, max: 0xffffffff, lengths: [2, 3, 4] },
  flowDirection: { column: "Direction", id: 61, max: 0xff, lengths: [1] },
  bgpSourceAsNumber: { column: "SrcAS", id: 16, max: 0xffffffff, lengths: [2, 4] },
  vlanId: { column: "Vlan", id: 58, max: 0xffff, lengths: [2] },
  flowEndReason: { column: "EndReason", id: 136, max: 0xff, lengths: [1] },
  octetDeltaCount: { column: "Bytes", id: 1, max: Infinity, lengths: [1, 2, 3, 4, 5, 6, 7, 8] },
  packetDeltaCount: { column: "Packets", id: 2, max: Infinity, lengths: [4, 6, 8] },
};

const OTHERS: Record<string, { column: string; id: number; length: number }> = {
  sourceIPv4Address: { column: "SrcAddr", id: 8, length: 4 },
  destinationIPv6Address: { column: "DstAddr", id: 28, length: 16 },
  ipNextHopIPv4Address: { column: "NextHop", id: 15, length: 4 },
  sourceMacAddress: { column: "SrcMac", id: 56, length: 6 },
  destinationMacAddress: { column: "DstMac", id: 80, length: 6 },
};

const PACKETS = INTEGERS["packetDeltaCount"]!.id;

const integer = fc
  .constantFrom(...Object.values(INTEGERS))
  .chain(({ id, lengths }) => fc.constantFrom(...lengths).map((length): TestField => [id, length]));
const other = fc.constantFrom(...Object.values(OTHERS)).map(({ id, length }): TestField => [id, length]);
const unknown = fc
  .tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 0, max: 9 }))
  .map(([id, length]): TestField => [id, length, 35632]);
const fields = fc.uniqueArray(fc.oneof(integer, other, unknown), {
  minLength: 1,
  maxLength: 16,
  selector: ([id, , pen]) => `${pen ?? 0}.${id}`,
});

/** What the interpreter of `ngflow decode` says a row must hold. */
function oracle(
  b: Uint8Array,
  start: number,
  template: ReturnType<typeof newTemplate>,
): { expected: Record<string, number | string>; next: number } {
  const record = readRecord(b, start, b.length, template)!;
  const expected: Record<string, number | string> = {};
  for (const [name, value] of Object.entries(record.fields)) {
    const number = INTEGERS[name];
    if (number !== undefined) expected[number.column] = Math.min(Number(value), number.max);
    else if (OTHERS[name] !== undefined) expected[OTHERS[name].column] = String(value);
  }
  return { expected, next: record.next };
}

it.each(["fixed", "variable"])("the column plan agrees with the interpreter, %s length", async (kind) => {
  await fc.assert(
    fc.asyncProperty(
      fields,
      fc.nat(15),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 2, max: 64 }),
      fc.infiniteStream(fc.nat(255)),
      async (chosen, at, count, batchRows, random) => {
        const shape = [...chosen];
        if (kind === "variable") shape.splice(at % (shape.length + 1), 0, [82, 65535]);
        // Records without an address or a counter make no row.
        if (!shape.some(([id, , pen]) => id === PACKETS && pen === undefined)) shape.push([PACKETS, 4]);
        const next = (): number => random.next().value as number;
        const records = Array.from({ length: count }, () =>
          bytes(
            ...shape.map(([, length]) => {
              const size = length === 65535 ? next() % 12 : length;
              const content = Uint8Array.from({ length: size }, next);
              return length === 65535 ? bytes([size, 1], content) : content;
            }),
          ),
        );
        const m = memoryCollector({ batchRows });
        const rows = await m.receive(
          ipfix({}, set(2, template(256, shape)), bytes([256, 2], [4 + bytes(...records).length, 2], ...records)),
        );
        const layout = newTemplate(
          256,
          shape.map(([id, length, pen]) => fieldSpecifier(pen ?? 0, id, length)),
        );
        const body = bytes(...records);
        expect(m.collector.counters()).toMatchObject({ recordsDecoded: count, malformed: 0, internalErrors: 0 });
        let o = 0;
        for (const row of rows) {
          const { expected, next: after } = oracle(body, o, layout);
          for (const [column, value] of Object.entries(expected)) {
            if (typeof value === "number" && value > Number.MAX_SAFE_INTEGER)
              expect(row[column]).toBeCloseTo(value, -4);
            else expect(row[column], column).toBe(value);
          }
          o = after;
        }
        expect(rows).toHaveLength(count);
      },
    ),
    { numRuns: 150 },
  );
});
