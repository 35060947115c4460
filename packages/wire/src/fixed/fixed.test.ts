import fc from "fast-check";
import { expect, it } from "vitest";
import { RecordingSink } from "../testing/index.ts";
import { writeFixedHeader } from "./encode.ts";
import { type FixedLayout, V1, V5, V7 } from "./layout.ts";

const CASES = [V1, V5, V7].flatMap((layout) =>
  layout.records.map((record) => [`v${layout.version}, records of ${record.minLength} bytes`, layout, record] as const),
);

/** A datagram of random records, and the names and integers of their fields. */
function datagram(layout: FixedLayout, record: FixedLayout["records"][0], bodies: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(layout.headerLength + bodies.length * record.minLength);
  writeFixedHeader(new DataView(bytes.buffer), 0, layout, bodies.length, 77, 1_700_000_000, 5, 0xfffffffe, 9, 0x4064);
  bodies.forEach((body, i) => bytes.set(body, layout.headerLength + i * record.minLength));
  return bytes;
}

it.each(CASES)("%s: what is encoded is decoded", (_, layout, record) => {
  const body = fc.uint8Array({ minLength: record.minLength, maxLength: record.minLength });
  fc.assert(
    fc.property(fc.array(body, { minLength: 1, maxLength: 24 }), (bodies) => {
      const sink = new RecordingSink().decode(datagram(layout, record, bodies));
      expect(sink.errors).toEqual([]);
      expect(sink.headers).toHaveLength(1);
      expect(sink.headers[0]).toMatchObject({
        protocol: { number: layout.version },
        count: bodies.length,
        sysUpTimeMs: 77,
        exportSeconds: 1_700_000_000,
        exportNanoseconds: 5,
        sequence: layout.sequence ? 0xfffffffe : 0,
        domain: layout.engine ? 9 : 0,
        samplingMode: layout.engine ? 1 : 0,
        samplingInterval: layout.engine ? 100 : 0,
      });
      expect(sink.readings).toHaveLength(bodies.length);
      bodies.forEach((bytes, i) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        expect(sink.fields[i]).toMatchObject({
          sourceIPv4Address: bytes.subarray(0, 4).join("."),
          octetDeltaCount: view.getUint32(20),
          destinationTransportPort: view.getUint16(34),
          protocolIdentifier: bytes[38],
        });
      });
    }),
    { numRuns: 50 },
  );
});

it.each(CASES)("%s: a cut at every byte is refused by name", (_, layout, record) => {
  const whole = datagram(layout, record, [new Uint8Array(record.minLength)]);
  for (let cut = 0; cut < whole.length; cut++) {
    const sink = new RecordingSink().decode(whole.slice(0, cut));
    // A v1 record of 52 bytes without its last bytes is one of 48.
    const short = layout.version === 1 && cut - layout.headerLength >= 48;
    expect(sink.readings.length, `cut at ${cut}`).toBe(short ? 1 : 0);
    if (!short || cut > layout.headerLength + 48) expect(sink.errors.length, `cut at ${cut}`).toBe(1);
  }
});
