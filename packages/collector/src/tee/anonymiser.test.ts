import { randomBytes } from "node:crypto";
import {
  bytes,
  ipfix,
  ipfixOptions,
  RecordingSink,
  set,
  template,
  type TestField,
  type TestV5Record,
  v5,
  v9,
  v9Options,
} from "@ngflow/wire/testing";
import { describe, expect, it } from "vitest";
import { memoryCollector } from "../testing/memory-collector.ts";
import { Anonymiser } from "./anonymiser.ts";
import { CryptoPan } from "./crypto-pan.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, i) => 7 * i);
const PEN = 99_996;
const VARIABLE = 65_535;
const NOW = (): number => 0;

/** The copy of a datagram that follows other bytes; undefined if it is withheld. */
function copied(
  anonymiser: Anonymiser,
  datagram: Uint8Array,
  address = "192.0.2.1",
  port = 5000,
): Uint8Array | undefined {
  const placed = bytes([1, 1], datagram, [2, 1]);
  const before = placed.slice();
  const length = anonymiser.copy(placed, 1, placed.length - 1, address, port);
  expect(placed).toEqual(before);
  return length === 0 ? undefined : anonymiser.bytes.slice(0, length);
}

const newAnonymiser = (): Anonymiser => new Anonymiser(KEY, NOW);

/** An address as the key makes it. */
function ofKey(...address: number[]): string {
  const b = Uint8Array.from(address);
  new CryptoPan(KEY).ipv4(b, 0);
  return b.join(".");
}

const FIELDS: TestField[] = [
  [8, 4],
  [27, 16],
  [56, 6],
  [95, 4],
  [1, 8],
  [7, 2],
  [82, 8],
  [7, 4, PEN],
];
const flows = template(256, FIELDS);
/** Without the element of an enterprise, which v9 cannot name. */
const plainFlows = template(256, FIELDS.slice(0, -1));
const flow = bytes(
  Uint8Array.of(10, 1, 2, 3),
  Uint8Array.of(0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
  Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff),
  [0x0300_01bb, 4],
  [1500, 8],
  [443, 2],
  new TextEncoder().encode("customer"),
  [0xdead_beef, 4],
);
const plainFlow = flow.subarray(0, -4);

describe("anonymised copies", () => {
  it.each([
    ["v9", v9({}, set(0, plainFlows), set(256, plainFlow, plainFlow)), {}],
    ["ipfix", ipfix({}, set(2, flows), set(256, flow, flow)), { [`${PEN}.7`]: "0x00000000" }],
  ])("%s: keep numbers and times, anonymise addresses, zero the rest", (_, datagram, more) => {
    const copy = copied(newAnonymiser(), datagram)!;
    const read = new RecordingSink().decode(copy);
    expect(read.errors).toEqual([]);
    expect(read.readings).toHaveLength(2);
    const { fields } = read.readings[0]!;
    expect(fields).toMatchObject({
      sourceIPv4Address: ofKey(10, 1, 2, 3),
      sourceMacAddress: "00:00:00:00:00:00",
      octetDeltaCount: 1500,
      sourceTransportPort: 443,
      interfaceName: "",
      ...more,
    });
    expect(fields["sourceIPv6Address"]).not.toMatch(/^2001:db8:/);
    expect(copy).toHaveLength(datagram.length);
    for (const secret of [flow.subarray(0, 4), flow.subarray(4, 20), flow.subarray(20, 26), flow.subarray(40, 52)]) {
      expect(Buffer.from(copy).includes(Buffer.from(secret))).toBe(false);
    }
  });

  it("v5 and v7: the addresses of fixed places", () => {
    const record: TestV5Record = {
      source: [10, 1, 2, 3],
      destination: [10, 1, 2, 4],
      packets: 2,
      octets: 300,
      first: 1,
      last: 2,
      sourcePort: 1,
      destinationPort: 2,
      protocol: 6,
    };
    const five = copied(newAnonymiser(), v5({}, [record, record]))!;
    const { readings, errors } = new RecordingSink().decode(five);
    expect(errors).toEqual([]);
    expect(readings.map(({ fields }) => fields)).toMatchObject(
      Array.from({ length: 2 }, () => ({
        sourceIPv4Address: ofKey(10, 1, 2, 3),
        destinationIPv4Address: ofKey(10, 1, 2, 4),
        ipNextHopIPv4Address: ofKey(10, 9, 9, 9),
        octetDeltaCount: 300,
        bgpSourceAsNumber: 65_001,
      })),
    );
    const header = v5({}, []).subarray(4);
    const router = bytes(v5({}, [record]).subarray(24), Uint8Array.of(10, 1, 2, 9));
    const seven = copied(newAnonymiser(), bytes([7, 2], [1, 2], header, router))!;
    expect(new RecordingSink().decode(seven).readings[0]!.fields).toMatchObject({
      sourceIPv4Address: ofKey(10, 1, 2, 3),
      ipv4RouterSc: ofKey(10, 1, 2, 9),
    });
  });

  it("of options: zero texts and the exporter's address as scope", () => {
    const options = v9Options(
      257,
      [
        [1, 4],
        [2, 2],
      ],
      [
        [34, 4],
        [84, 6],
      ],
    );
    const record = bytes(Uint8Array.of(10, 1, 2, 3), [5, 2], [100, 4], new TextEncoder().encode("secret"));
    const { readings } = new RecordingSink().decode(
      copied(newAnonymiser(), v9({}, set(1, options), set(257, record)))!,
    );
    expect(readings[0]).toMatchObject({
      scope: { system: 0, interface: 5 },
      fields: { samplingInterval: 100, samplerName: "" },
    });
  });

  it("have no set without a template or with lists, and a header that says so", () => {
    const anonymiser = newAnonymiser();
    const known = template(300, [
      [8, 4],
      [1, 4],
    ]);
    const lists = template(301, [
      [291, VARIABLE],
      [1, 4],
    ]);
    const record = set(300, Uint8Array.of(10, 1, 2, 3), bytes([9, 4]));
    const secret = set(999, Uint8Array.of(10, 1, 2, 3, 10, 1, 2, 3));
    const list = set(301, bytes([9, 1], [3, 1], [8, 2], [4, 2]), Uint8Array.of(10, 1, 2, 3), bytes([9, 4]));
    const copy = copied(anonymiser, ipfix({}, secret, set(2, known, lists), secret, record, list, record))!;
    const read = new RecordingSink().decode(copy);
    expect([read.errors, read.unknown]).toEqual([[], []]);
    expect(read.readings.map(({ fields }) => fields)).toEqual(
      Array.from({ length: 2 }, () => ({ sourceIPv4Address: ofKey(10, 1, 2, 3), octetDeltaCount: 9 })),
    );
    expect(anonymiser.withheld()).toEqual({ datagrams: 0, sets: 3 });
    const nine = copied(anonymiser, v9({}, secret, set(0, known), record), "192.0.2.3")!;
    expect(new RecordingSink().decode(nine).headers[0]!.count).toBe(2);
    expect(copied(anonymiser, ipfix({}, secret), "192.0.2.9")).toBeUndefined();
    expect(anonymiser.withheld()).toEqual({ datagrams: 1, sets: 5 });
  });

  it("are not made of what cannot be read: malformed datagrams, sFlow, other protocols", () => {
    const anonymiser = newAnonymiser();
    const whole = ipfix({}, set(2, flows), set(256, flow));
    const sflow = bytes([5, 4], [1, 4], [0x0a010203, 4], [0, 4], [1, 4], [1, 4], [0, 4]);
    const bad = [whole.subarray(0, -3), whole.subarray(0, 10), sflow, Uint8Array.of(1), new Uint8Array(60)];
    for (const datagram of bad) expect(copied(anonymiser, datagram)).toBeUndefined();
    expect(anonymiser.withheld()).toEqual({ datagrams: bad.length, sets: 0 });
  });

  it("have nothing of what is behind the last record or set", () => {
    const body = bytes(flow, Uint8Array.of(1, 2, 3));
    const padded = ipfix({}, set(2, flows), bytes([256, 2], [4 + body.length, 2], body));
    const behind = bytes(padded, Uint8Array.of(10, 1, 2));
    const copy = copied(newAnonymiser(), behind)!;
    expect([...copy.subarray(-6)]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("are made by the templates of the same sender and domain, and of no other", () => {
    const anonymiser = newAnonymiser();
    const data = ipfix({ domain: 4 }, set(256, flow));
    copied(anonymiser, ipfix({ domain: 4 }, set(2, flows)));
    expect(copied(anonymiser, data, "192.0.2.2")).toBeUndefined();
    expect(copied(anonymiser, data, "192.0.2.1", 5001)).toBeUndefined();
    expect(copied(anonymiser, ipfix({ domain: 5 }, set(256, flow)))).toBeUndefined();
    expect(copied(anonymiser, data)).toBeDefined();
  });

  it("are not made by a template that was defined again and could not be read", () => {
    const anonymiser = newAnonymiser();
    const data = ipfix({}, set(256, flow));
    copied(anonymiser, ipfix({}, set(2, flows)));
    const broken = set(2, bytes([256, 2], [9, 2], [8, 2], [4, 2]));
    expect(copied(anonymiser, ipfix({}, broken))).toBeUndefined();
    expect(copied(anonymiser, data)).toBeUndefined();
    copied(anonymiser, ipfix({}, set(2, flows)));
    expect(copied(anonymiser, data)).toBeDefined();
  });

  it("of an exporter that sends are made while thousands of others begin", () => {
    const anonymiser = newAnonymiser();
    const data = ipfix({}, set(256, flow));
    copied(anonymiser, ipfix({}, set(2, flows)));
    for (let i = 0; i < 11; i++) copied(anonymiser, data);
    const begin = ipfix({}, set(2, flows));
    for (let i = 0; i < 10_000; i++) anonymiser.copy(begin, 0, begin.length, `10.0.${i >> 8}.${i & 255}`, 1);
    expect(copied(anonymiser, data)).toBeDefined();
  });

  it("stop for the rest of a second when too many addresses are new", () => {
    let nowMs = 0;
    const anonymiser = new Anonymiser(KEY, () => nowMs);
    const one = template(300, [[8, 4]]);
    copied(anonymiser, ipfix({}, set(2, one)));
    const many = (from: number): Uint8Array =>
      ipfix({}, set(300, ...Array.from({ length: 10_000 }, (_, i) => bytes([from + i, 4]))));
    let from = 1 << 24;
    let copies = 0;
    for (; copied(anonymiser, many(from)) !== undefined && copies < 100; from += 10_000) copies++;
    expect(copies).toBe(4);
    nowMs += 1000;
    expect(copied(anonymiser, many(from))).toBeDefined();
  });

  it("of a fixed format end with their last record", () => {
    // A v9 datagram whose version became 1: two records, and bytes behind them.
    const datagram = v9({}, set(0, plainFlows), set(256, plainFlow, plainFlow));
    datagram[1] = 1;
    const copy = copied(newAnonymiser(), datagram)!;
    expect(copy.length).toBeLessThan(datagram.length);
    expect(new RecordingSink().decode(copy).errors).toEqual([]);
  });

  it("of changed datagrams never throw, and have no errors in them", () => {
    const anonymiser = newAnonymiser();
    const options = ipfixOptions(
      257,
      [[346, 4]],
      [
        [341, VARIABLE],
        [8, 4],
      ],
    );
    const record = bytes([PEN, 4], [3, 1], new TextEncoder().encode("abc"), Uint8Array.of(10, 1, 2, 3));
    const sources = [
      v9({}, set(0, plainFlows), set(256, plainFlow, plainFlow)),
      ipfix({}, set(2, flows), set(3, options), set(256, flow), set(257, record)),
    ];
    for (let i = 0; i < 4000; i++) {
      const datagram = sources[i % 2]!.slice(0, i % 7 === 0 ? i % sources[i % 2]!.length : undefined);
      const noise = randomBytes(8);
      for (let k = 0; k < i % 4; k++) datagram[noise.readUInt16LE(2 * k) % datagram.length] = noise[k]!;
      const copy = copied(anonymiser, datagram);
      if (copy === undefined) continue;
      const { errors } = new RecordingSink().decode(copy);
      expect(errors.filter(({ code }) => code !== "record-truncated")).toEqual([]);
    }
  });

  it("make the same rows but for their addresses", async () => {
    const datagram = ipfix({}, set(2, flows), set(256, flow, flow));
    const [original] = await memoryCollector().receive(datagram);
    const rows = await memoryCollector().receive(copied(newAnonymiser(), datagram)!);
    expect(rows).toHaveLength(2);
    const { Bytes, SrcPort, TimeStart } = original!;
    expect(rows[0]).toMatchObject({ Bytes, SrcPort, TimeStart });
    expect(rows[0]!["SrcAddr"]).not.toBe(original!["SrcAddr"]);
  });
});
