/** Flow messages for tests, built field by field and independently of the encoders that are under test elsewhere. */

/** Bytes of big-endian integers: `[value, width]` pairs, or bytes as they are. */
export function bytes(...parts: readonly (readonly [number | bigint, number] | Uint8Array)[]): Uint8Array {
  const out = new Uint8Array(
    parts.reduce((sum, part) => sum + (part instanceof Uint8Array ? part.length : part[1]), 0),
  );
  let at = 0;
  for (const part of parts) {
    if (part instanceof Uint8Array) out.set(part, at);
    else writeInteger(out, at, part[0], part[1]);
    at += part instanceof Uint8Array ? part.length : part[1];
  }
  return out;
}

function writeInteger(out: Uint8Array, at: number, value: number | bigint, width: number): void {
  if (typeof value === "number" && value >= 0) {
    for (let i = width - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) out[at + i] = rest % 256;
    return;
  }
  for (let i = width - 1, rest = BigInt(value); i >= 0; i--, rest >>= 8n) out[at + i] = Number(rest & 0xffn);
}

/** A field of a template: element id, length, and enterprise number when it is not IANA's. */
export type TestField = readonly [id: number, length: number, pen?: number];

/** A set of any id; the body is padded to a multiple of four. */
export function set(id: number, ...body: readonly Uint8Array[]): Uint8Array {
  const content = bytes(...body);
  const padding = (4 - (content.length % 4)) % 4;
  return bytes([id, 2], [4 + content.length + padding, 2], content, new Uint8Array(padding));
}

function specifier([id, length, pen]: TestField): Uint8Array {
  return pen === undefined ? bytes([id, 2], [length, 2]) : bytes([id | 0x8000, 2], [length, 2], [pen, 4]);
}

/** A template record of v9 and IPFIX. */
export function template(id: number, fields: readonly TestField[]): Uint8Array {
  return bytes([id, 2], [fields.length, 2], ...fields.map(specifier));
}

/** An options template record of v9. */
export function v9Options(id: number, scope: readonly TestField[], fields: readonly TestField[]): Uint8Array {
  const all = [...scope, ...fields].map(specifier);
  return bytes([id, 2], [4 * scope.length, 2], [4 * fields.length, 2], ...all);
}

/** An options template record of IPFIX. */
export function ipfixOptions(id: number, scope: readonly TestField[], fields: readonly TestField[]): Uint8Array {
  const all = [...scope, ...fields];
  return bytes([id, 2], [all.length, 2], [scope.length, 2], ...all.map(specifier));
}

export interface TestHeader {
  readonly sequence?: number;
  readonly domain?: number;
  readonly seconds?: number;
  readonly upTimeMs?: number;
}

/** A v9 datagram. */
export function v9(header: TestHeader, ...sets: readonly Uint8Array[]): Uint8Array {
  const { sequence = 0, domain = 0, seconds = 1_700_000_000, upTimeMs = 1_000_000 } = header;
  return bytes([9, 2], [sets.length, 2], [upTimeMs, 4], [seconds, 4], [sequence, 4], [domain, 4], ...sets);
}

/** An IPFIX message. */
export function ipfix(header: TestHeader, ...sets: readonly Uint8Array[]): Uint8Array {
  const { sequence = 0, domain = 0, seconds = 1_700_000_000 } = header;
  const body = bytes(...sets);
  return bytes([10, 2], [16 + body.length, 2], [seconds, 4], [sequence, 4], [domain, 4], body);
}

export interface TestV5Record {
  readonly source: readonly [number, number, number, number];
  readonly destination: readonly [number, number, number, number];
  readonly packets: number;
  readonly octets: number;
  readonly first: number;
  readonly last: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: number;
}

/** A v5 datagram; `sampling` is the header word. */
export function v5(header: TestHeader & { sampling?: number }, records: readonly TestV5Record[]): Uint8Array {
  const { sequence = 0, domain = 0, seconds = 1_700_000_000, upTimeMs = 1_000_000, sampling = 0 } = header;
  return bytes(
    [5, 2],
    [records.length, 2],
    [upTimeMs, 4],
    [seconds, 4],
    [250_000_000, 4],
    [sequence, 4],
    [domain, 2],
    [sampling, 2],
    ...records.map((r) =>
      bytes(
        Uint8Array.from(r.source),
        Uint8Array.from(r.destination),
        Uint8Array.of(10, 9, 9, 9),
        [3, 2],
        [4, 2],
        [r.packets, 4],
        [r.octets, 4],
        [r.first, 4],
        [r.last, 4],
        [r.sourcePort, 2],
        [r.destinationPort, 2],
        [0, 1],
        [0x1b, 1],
        [r.protocol, 1],
        [0x20, 1],
        [65001, 2],
        [65002, 2],
        [24, 1],
        [16, 1],
        [0, 2],
      ),
    ),
  );
}
