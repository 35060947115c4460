import { u16be, u32be } from "@ngflow/base";
import { elementById } from "@ngflow/wire";
import { describe, expect, it } from "vitest";
import { type Captured, ether, ip4, ip6, Metering, tcp, udp } from "../../testing/metering.ts";

const NAMES = ["lo", "größe", "あいうえおか", "\u{1F600}\u{1F600}\u{1F600}\u{1F600}x", "a\ud800b", "é".repeat(9)];
const interfaces = (): { index: number; name: string }[] => NAMES.map((name, i) => ({ index: i + 1, name }));

/** Packets of many flows in both families and directions, some with tags, over a minute. */
function packets(): Captured[] {
  return Array.from({ length: 300 }, (_, i): Captured => {
    const atMs = i * 200;
    const ports = [1000 + (i % 40), i % 3 === 0 ? 443 : 53] as const;
    if (i % 5 === 0) return { bytes: ether("86dd", ip6(17, udp(...ports), i % 2 === 0)), atMs };
    return { bytes: ether("0800", i % 2 ? ip4(6, tcp(...ports, 2)) : ip4(17, udp(...ports))), atMs, vlanTag: i % 7 };
  });
}

/** What the hook sends for them, with every kind of options. */
function sent(hook: "export9" | "export10", fields: string): readonly Uint8Array[] {
  const metering = new Metering([hook], { interfaces });
  metering.engine.setFields(fields);
  metering.engine.setTimeouts(2, 10);
  metering.engine.setTemplate(5, 10);
  metering.engine.setSampling(1, 1, 0);
  for (const packet of packets()) {
    metering.meter([packet]);
    metering.passTo(packet.atMs! + 199);
  }
  return metering.end(hook).datagrams;
}

interface Shape {
  readonly options: boolean;
  readonly length: number;
}

/** Types that may be sent in fewer bytes than they have (RFC 7011 section 6.2). */
const REDUCIBLE = /^(un)?signed(16|32|64)$/;
const BYTES: Readonly<Record<string, number>> = {
  unsigned8: 1,
  unsigned16: 2,
  unsigned32: 4,
  unsigned64: 8,
  ipv4Address: 4,
  ipv6Address: 16,
  macAddress: 6,
  dateTimeMilliseconds: 8,
};

/** Reads datagrams by nothing but the text of the RFC, and checks every rule on the way. */
class Reader {
  readonly templates = new Map<number, Shape>();
  dataRecords = 0;
  optionsRecords = 0;
  readonly version: 9 | 10;
  #records = 0;

  constructor(version: 9 | 10) {
    this.version = version;
  }

  /** Reads the sets from `start`. @returns records of the datagram, and data records among them */
  sets(bytes: Uint8Array, start: number): { all: number; data: number } {
    const before = this.dataRecords;
    this.#records = 0;
    let o = start;
    expect(bytes.length - start).toBeGreaterThanOrEqual(8);
    while (o < bytes.length) {
      const id = u16be(bytes, o);
      const length = u16be(bytes, o + 2);
      expect(length).toBeGreaterThan(4);
      expect(o + length).toBeLessThanOrEqual(bytes.length);
      expect(length % 4).toBe(0);
      this.#set(bytes.subarray(o + 4, o + length), id);
      o += length;
    }
    return { all: this.#records, data: this.dataRecords - before };
  }

  #set(body: Uint8Array, id: number): void {
    const [plain, options] = this.version === 9 ? [0, 1] : [2, 3];
    let o = 0;
    let least = 4;
    if (id === plain) while (body.length - o >= 8) o = this.#template(body, o, false);
    else if (id === options) while (body.length - o >= 10) o = this.#template(body, o, true);
    else {
      expect(id).toBeGreaterThanOrEqual(256);
      // The template was sent before its data.
      const shape = this.templates.get(id)!;
      expect(shape).toBeDefined();
      least = shape.length;
      for (; body.length - o >= shape.length; o += shape.length) {
        this.#records++;
        this.dataRecords++;
        if (shape.options) this.optionsRecords++;
      }
      expect(o).toBeGreaterThan(0);
    }
    expect(body.length - o).toBeLessThan(least);
    expect(body.subarray(o).every((byte) => byte === 0)).toBe(true);
  }

  #template(body: Uint8Array, start: number, options: boolean): number {
    const id = u16be(body, start);
    let count = u16be(body, start + 2);
    let scopes = 0;
    let o = start + 4;
    if (options) {
      scopes = u16be(body, o);
      if (this.version === 9) [count, scopes] = [(count + scopes) / 4, count / 4];
      o += 2;
      expect(scopes).toBeGreaterThanOrEqual(1);
      expect(count).toBeGreaterThan(scopes);
    }
    expect(id).toBeGreaterThanOrEqual(256);
    // No field would be a withdrawal.
    expect(count).toBeGreaterThan(0);
    let length = 0;
    for (let i = 0; i < count; i++) {
      const element = u16be(body, o);
      const bytes = u16be(body, o + 2);
      const pen = this.version === 10 && element >= 0x8000 ? u32be(body, o + 4) : 0;
      o += pen === 0 ? 4 : 8;
      length += bytes;
      if (this.version === 9 && i < scopes) expect([1, 2, 3, 4, 5]).toContain(element);
      else checkLength(pen, element & 0x7fff, bytes);
    }
    const known = this.templates.get(id);
    if (known !== undefined) expect(known).toEqual({ options, length });
    this.templates.set(id, { options, length });
    this.#records++;
    return o;
  }
}

function checkLength(pen: number, id: number, bytes: number): void {
  const element = elementById(pen, id);
  expect(element, `${pen}.${id}`).toBeDefined();
  const whole = BYTES[element!.type];
  if (whole === undefined) expect(["string", "octetArray"]).toContain(element!.type);
  else if (REDUCIBLE.test(element!.type)) expect(bytes).toBeLessThanOrEqual(whole);
  else expect(bytes, element!.name).toBe(whole);
}

describe("every choice of fields", () => {
  const CHOICES = ["", "mac,vlan,mpls,label,tunnel", "mac,vlan,biflow"];

  it("export10: every message keeps the rules of RFC 7011", () => {
    for (const choice of CHOICES) {
      const reader = new Reader(10);
      let sequence = 0;
      let exportTime = 0;
      const datagrams = sent("export10", choice);
      expect(datagrams.length).toBeGreaterThan(20);
      for (const message of datagrams) {
        expect([u16be(message, 0), u16be(message, 2)]).toEqual([10, message.length]);
        expect(u32be(message, 4)).toBeGreaterThanOrEqual(exportTime);
        exportTime = u32be(message, 4);
        expect([u32be(message, 8), u32be(message, 12)]).toEqual([sequence, 7]);
        sequence += reader.sets(message, 16).data;
      }
      expect(reader.templates.size).toBeGreaterThanOrEqual(5);
      expect(reader.optionsRecords).toBeGreaterThan(NAMES.length);
    }
  });

  it("export9: every datagram keeps the rules of RFC 3954", () => {
    for (const choice of CHOICES) {
      const reader = new Reader(9);
      let sequence = 0;
      let upTimeMs = 0;
      for (const datagram of sent("export9", choice)) {
        expect(u16be(datagram, 0)).toBe(9);
        expect(u32be(datagram, 4)).toBeGreaterThanOrEqual(upTimeMs);
        upTimeMs = u32be(datagram, 4);
        expect([u32be(datagram, 12), u32be(datagram, 16)]).toEqual([sequence++, 7]);
        expect(u16be(datagram, 2)).toBe(reader.sets(datagram, 20).all);
      }
      expect(reader.templates.size).toBeGreaterThanOrEqual(5);
      expect(reader.optionsRecords).toBeGreaterThan(NAMES.length);
    }
  });
});

it("names of interfaces are UTF-8, cut between characters", () => {
  for (const hook of ["export9", "export10"] as const) {
    const metering = new Metering([hook], { interfaces });
    metering.meter(packets().slice(0, 3));
    const names = metering.end(hook).options.flatMap(({ fields }) => fields["interfaceName"] ?? []);
    expect(names).toEqual(["lo", "größe", "あいうえお", "\u{1F600}".repeat(4), "a\ufffdb", "é".repeat(8)]);
  }
});
