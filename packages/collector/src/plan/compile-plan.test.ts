import { COLUMNS } from "@ngflow/flows";
import { elementByName } from "@ngflow/wire";
import { bytes, ipfix, ipfixOptions, set, template, type TestField, v5, v9 } from "@ngflow/wire/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type MemoryCollector, memoryCollector } from "../testing/memory-collector.ts";

/** Elements that fill columns, with the lengths that exporters send, and others that have steps of their own. */
const NAMES = [
  ...COLUMNS.flatMap((column) => [...column.elements, ...("otherwise" in column ? column.otherwise : [])]),
  ...["icmpTypeCodeIPv4", "icmpTypeCodeIPv6", "ipDiffServCodePoint", "flowDurationMilliseconds", "samplerId"],
  ...["flowDurationMicroseconds", "samplingPacketInterval", "samplingPacketSpace", "lineCardId", "selectorId"],
  ...["systemInitTimeMilliseconds", "flowId", "firewallEvent", "responderOctets"],
];
const LENGTHS: Record<string, number[]> = {
  ipv4Address: [4],
  ipv6Address: [16],
  macAddress: [6],
  dateTimeSeconds: [4],
  dateTimeMilliseconds: [8],
  dateTimeMicroseconds: [8],
  dateTimeNanoseconds: [8],
  octetArray: [3, 4],
};
/** Elements of templates; sFlow has others. */
const ELEMENTS = [...new Set(NAMES)].flatMap((name) => elementByName(name) ?? []);
const field = fc.constantFrom(...ELEMENTS).chain(({ id, type }) => {
  const lengths = LENGTHS[type] ?? (type.startsWith("unsigned") || type === "boolean" ? [1, 2, 3, 4, 5, 6, 7, 8] : [4]);
  // Uptimes and deltas have four bytes, which is what exporters send of most others.
  return fc
    .constantFrom(...lengths, ...(lengths.includes(4) ? [4, 4, 4, 4] : []))
    .map((length): TestField => [id, length]);
});
const fields = fc.uniqueArray(field, { minLength: 1, maxLength: 24, selector: ([id]) => id });
/** Bytes of which many are 0, and times near the header's. */
const content = fc.infiniteStream(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(255)));

const never = (): MemoryCollector => memoryCollector({ compileAfter: Infinity, batchRows: 512 });
/** The first set of a template is read by its steps, the others by its function. */
const soon = (batchRows = 512): MemoryCollector => memoryCollector({ compileAfter: 1, batchRows });

/** Gives both collectors the same datagrams and expects the same rows. Returns how many records functions read. */
async function expectSame(a: MemoryCollector, b: MemoryCollector, datagrams: readonly Uint8Array[]): Promise<number> {
  for (const datagram of datagrams) for (const collector of [a, b]) await collector.receive(datagram);
  expect(b.sink.rows).toEqual(a.sink.rows);
  const [steps, functions] = [a, b].map(({ collector }) => collector.counters());
  expect(steps).toMatchObject({ recordsCompiled: 0, plansCompiled: 0, internalErrors: 0 });
  expect({ ...functions, recordsCompiled: 0, plansCompiled: 0 }).toEqual(steps);
  return functions!.recordsCompiled;
}

it("a function makes the rows that the steps make, of random templates", async () => {
  let compiled = 0;
  let plans = 0;
  await fc.assert(
    fc.asyncProperty(
      fields,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 2, max: 64 }),
      fc.constantFrom(9, 10),
      fc.constantFrom(0, 1000, 4_294_900_000),
      content,
      async (shape, count, batchRows, version, upTimeMs, random) => {
        const record = bytes(...shape.map(([, length]) => new Uint8Array(length)));
        const next = (): Uint8Array => record.map(() => random.next().value as number);
        const message = (...sets: Uint8Array[]): Uint8Array =>
          version === 9
            ? v9({ upTimeMs, seconds: 1_700_000_000 }, ...sets)
            : ipfix({ seconds: 1_700_000_000 }, ...sets);
        const data = (): Uint8Array => message(set(256, bytes(...Array.from({ length: count }, next))));
        const [a, b] = [never(), soon(batchRows)];
        compiled += await expectSame(a, b, [
          message(set(version === 9 ? 0 : 2, template(256, shape))),
          ...Array.from({ length: 3 }, data),
        ]);
        plans += b.collector.counters().plansCompiled;
      },
    ),
    { numRuns: 150 },
  );
  // Not a comparison of the steps with themselves.
  expect(plans).toBeGreaterThan(75);
  expect(compiled).toBeGreaterThan(1000);
}, 60_000);

it("a function reads the records after the first ones", async () => {
  const flow = {
    ...{ source: [10, 0, 0, 1] as const, destination: [10, 0, 0, 2] as const, packets: 3, octets: 300 },
    ...{ first: 998_500, last: 999_000, sourcePort: 1000, destinationPort: 53, protocol: 17 },
  };
  const m = memoryCollector({ compileAfter: 60 });
  for (let i = 0; i < 4; i++)
    await m.receive(
      v5(
        { sequence: 30 * i },
        Array.from({ length: 30 }, () => flow),
      ),
    );
  expect(m.collector.counters()).toMatchObject({ recordsDecoded: 120, recordsCompiled: 60, plansCompiled: 1 });
  expect(m.sink.rows).toHaveLength(120);
  expect(new Set(m.sink.rows.map((row) => JSON.stringify(row))).size).toBe(1);
});

it("records of variable length and of two directions have no function", async () => {
  for (const shape of [
    [
      [1, 4],
      [82, 65535],
    ],
    [
      [8, 4],
      [1, 4],
      [1, 4, 29305],
    ],
  ] as TestField[][]) {
    const m = soon();
    await m.receive(ipfix({}, set(2, template(256, shape))));
    for (let i = 0; i < 3; i++) await m.receive(ipfix({}, set(256, new Uint8Array(5).fill(0))));
    expect(m.collector.counters()).toMatchObject({ plansCompiled: 0, recordsCompiled: 0 });
  }
});

it("rates of interfaces and samplers that come later are those of the steps", async () => {
  const shape: TestField[] = [
    [8, 4],
    [10, 4],
    [14, 4],
    [61, 1],
    [1, 4],
    [302, 4],
  ];
  const plain = shape.slice(0, 5);
  const flow = bytes([0x0a000001, 4], [7, 4], [8, 4], [0, 1], [500, 4]);
  const data = [set(256, bytes(flow, [5, 4])), set(257, flow)];
  const options = [
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
    ),
    set(300, bytes([5, 4], [1, 4], [99, 4])),
    set(3, ipfixOptions(301, [[10, 4]], [[34, 4]])),
    set(301, bytes([7, 4], [64, 4])),
  ];
  const [a, b] = [never(), soon()];
  const compiled = await expectSame(a, b, [
    ipfix({}, set(2, template(256, shape)), set(2, template(257, plain))),
    ipfix({}, ...data),
    ipfix({}, ...data),
    ipfix({}, ...options),
    ipfix({}, ...data),
  ]);
  expect(compiled).toBeGreaterThanOrEqual(3);
  expect(new Set(b.sink.rows.map(({ SamplingRate }) => SamplingRate))).toEqual(new Set([1, 100, 64]));
});
