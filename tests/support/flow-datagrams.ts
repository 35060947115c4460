import { createRandom } from "./packets.ts";

/** Fields of the template: type and bytes (RFC 3954 §8), for each family. */
const FIELDS = {
  4: [
    [8, 4],
    [12, 4],
    [15, 4],
    [9, 1],
    [13, 1],
  ],
  6: [
    [27, 16],
    [28, 16],
    [62, 16],
    [29, 1],
    [30, 1],
  ],
} as const;
const COMMON = [
  [7, 2],
  [11, 2],
  [4, 1],
  [6, 1],
  [5, 1],
  [61, 1],
  [10, 4],
  [14, 4],
  [16, 4],
  [17, 4],
  [56, 6],
  [80, 6],
  [58, 2],
  [70, 3],
  [32, 2],
  [1, 8],
  [2, 8],
  [22, 4],
  [21, 4],
] as const;

/** First packet of the first flow, Unix milliseconds. */
export const DATAGRAMS_START_MS = Date.UTC(2026, 0, 2, 10);
/** All flows are in so many milliseconds. */
export const DATAGRAMS_SPAN_MS = 3_600_000;
const RECORDS = 20;

/**
 * NetFlow v9 datagrams of one exporter: flows of both families with every field that filters and aggregations of nfdump
 * use, from few values each, so that all of them group. The same seed gives the same bytes.
 */
export function flowDatagrams(seed: number, flows: number): Uint8Array[] {
  const random = createRandom(seed);
  const datagrams = [templates()];
  for (let first = 0; first < flows; first += RECORDS) {
    const family = (first / RECORDS) % 3 === 2 ? 6 : 4;
    const records = Array.from({ length: Math.min(RECORDS, flows - first) }, () => record(family, random));
    datagrams.push(message(datagrams.length, 252 + family, records.flat(), records.length));
  }
  return datagrams;
}

function templates(): Uint8Array {
  const body = ([4, 6] as const).flatMap((family) => {
    const fields = [...FIELDS[family], ...COMMON];
    return [
      ...be(252 + family, 2),
      ...be(fields.length, 2),
      ...fields.flatMap(([type, size]) => [...be(type, 2), ...be(size, 2)]),
    ];
  });
  return message(0, 0, body, 2);
}

/** A message with one set; its system has been up for as long as the flows take. */
function message(sequence: number, set: number, body: readonly number[], records: number): Uint8Array {
  const padding = (4 - (body.length % 4)) % 4;
  const endS = (DATAGRAMS_START_MS + DATAGRAMS_SPAN_MS) / 1000;
  const header = [
    ...be(9, 2),
    ...be(records, 2),
    ...be(DATAGRAMS_SPAN_MS, 4),
    ...be(endS, 4),
    ...be(sequence, 4),
    ...be(7, 4),
  ];
  return Uint8Array.from([
    ...header,
    ...be(set, 2),
    ...be(4 + body.length + padding, 2),
    ...body,
    ...Array.from({ length: padding }, () => 0),
  ]);
}

function record(family: 4 | 6, random: (below: number) => number): number[] {
  const pick = <T>(...values: readonly T[]): T => values[random(values.length)]!;
  const proto = pick(6, 6, 17, family === 4 ? 1 : 58, 47);
  const hasPorts = proto === 6 || proto === 17;
  const isIcmp = proto === 1 || proto === 58;
  const icmp = isIcmp ? pick(0x0800, 0x0301, 0x0000) : 0;
  const client = 1024 + random(30);
  const [src, dst] = random(2) === 0 ? [client, pick(80, 443, 53)] : [pick(80, 443, 53), client];
  const address = (): number[] =>
    family === 4
      ? [pick(10, 192), random(2), random(4), 1 + random(6)]
      : [0x20, 0x01, 0x0d, 0xb8, 0, random(2), 0, random(2), 0, 0, 0, 0, 0, 0, 0, 1 + random(6)];
  const firstMs = random(DATAGRAMS_SPAN_MS - 200_000);
  const lastMs = firstMs + pick(0, 1, 999, 1000, 59_999, 60_001, random(190_000));
  const packets = 1 + pick(0, random(20), random(100_000));
  return [
    ...address(),
    ...address(),
    ...address(),
    pick(16, 24, 32),
    pick(8, 24),
    ...be(hasPorts ? src : 0, 2),
    // nfdump keeps type and code of ICMP in the destination port.
    ...be(hasPorts ? dst : icmp, 2),
    proto,
    proto === 6 ? random(64) : 0,
    pick(0, 46, 184),
    random(2),
    ...be(1 + random(4), 4),
    ...be(1 + random(4), 4),
    ...be(pick(64_500, 64_501, 4_200_000_000), 4),
    ...be(pick(64_500, 64_502), 4),
    ...[2, 0, 0, 0, 0, 1 + random(3)],
    ...[2, 0, 0, 0, 1, 1 + random(3)],
    ...be(pick(0, 10, 20), 2),
    // Label, experimental bits and bottom of stack.
    ...be(pick(0, (100 << 4) | 1, (200 << 4) | 1), 3),
    ...be(icmp, 2),
    ...be(packets * (40 + random(1400)), 8),
    ...be(packets, 8),
    ...be(firstMs, 4),
    ...be(lastMs, 4),
  ];
}

function be(value: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** (size - 1 - i)) % 256);
}
