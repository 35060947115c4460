import { E, PacketBatch } from "@ngflow/base";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Collected } from "../testing/read-records.ts";
import { FreebsdEngine } from "./engine.ts";

// A second reading of ng_netflow_rcvdata: what the sender of a packet is told when the opposite hook is absent. Each
// step asks for some more bytes, as M_CHECK does; everything else that stops the kernel's node sets no error.

const MHLEN = 168;
const TCP = 6;
const UDP = 17;
const SCTP = 132;
const TRANSPORT: Readonly<Record<number, number>> = { [TCP]: 20, [UDP]: 8, [SCTP]: 12 };

class TooShort extends Error {}

function kernelErrno(m: Uint8Array, dlt: number, hasExport9: boolean): number {
  let needed = 0;
  const more = (bytes: number): void => {
    needed += bytes;
    if (m.length < needed || needed > MHLEN) throw new TooShort();
  };
  // The kernel reads on past the end of some packets, ngflow reads zeros there.
  const at = (o: number): number => m[o] ?? 0;
  try {
    let version = 0;
    if (dlt === 1) {
      more(14);
      let type = (at(12) << 8) | at(13);
      if (type === 0x8100) {
        more(4);
        type = (at(16) << 8) | at(17);
      }
      if (type === 0x0800) version = 4;
      else if (type === 0x86dd) version = 6;
      else return 0;
      more(version === 4 ? 20 : 40);
    } else {
      more(20);
      version = at(0) >> 4 === 6 ? 6 : 4;
      if (version === 6) more(20);
    }
    const ip = needed - (version === 4 ? 20 : 40);
    if (version === 4) {
      const headerBytes = (at(ip) & 15) * 4;
      if (at(ip) >> 4 !== 4 || headerBytes < 20) return 0;
      if ((((at(ip + 6) << 8) | at(ip + 7)) & 0x1fff) !== 0) return 0;
      more(headerBytes - 20);
      const transport = TRANSPORT[at(ip + 9)];
      if (transport !== undefined) more(transport);
      return 0;
    }
    if (!hasExport9 || at(ip) >> 4 !== 6) return 0;
    let next = at(ip + 6);
    let offset = ip + 40;
    for (;;) {
      const transport = TRANSPORT[next];
      if (transport !== undefined) {
        more(transport);
        return 0;
      }
      if (next === 44) {
        more(8);
        return 0;
      }
      if (next !== 0 && next !== 43 && next !== 60 && next !== 51) return 0;
      more(2);
      const length = at(offset + 1);
      const bytes = next === 51 ? (length + 2) * 4 : (length + 1) * 8;
      next = at(offset);
      offset += bytes;
    }
  } catch (error) {
    if (!(error instanceof TooShort)) throw error;
    return E.EINVAL;
  }
}

const filled = (count: number, value: number): number[] => Array.from({ length: count }, () => value);
const byte = fc.integer({ min: 0, max: 255 });
const mostly = <T>(usual: readonly T[], others: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: others });

const ipv4 = fc
  .record({
    first: mostly([0x45, 0x46, 0x4f], byte),
    fragment: mostly([0, 0, 0x4000, 0x2000, 0x00b9], fc.integer({ min: 0, max: 0xffff })),
    protocol: mostly([1, TCP, UDP, SCTP, 47], byte),
  })
  .map(({ first, fragment, protocol }) => {
    const header = [first, 0, 0, 40, 0, 0, fragment >> 8, fragment & 255, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    return [...header, ...filled(60, 7)];
  });
/** Extension headers: types and lengths in units of 8 bytes, and what follows them. */
const ipv6 = fc
  .record({
    first: mostly([0x60], byte),
    extensions: fc.array(fc.tuple(fc.constantFrom(0, 43, 60, 51), fc.constantFrom(0, 0, 0, 1)), { maxLength: 50 }),
    last: mostly([58, TCP, UDP, SCTP, 44, 59], byte),
  })
  .map(({ first, extensions, last }) => {
    const types = [...extensions.map(([type]) => type), last];
    const bodies = extensions.flatMap(([type, length], i) => {
      const bytes = type === 51 ? (length + 2) * 4 : (length + 1) * 8;
      return [types[i + 1]!, length, ...filled(bytes - 2, 0)];
    });
    const header = [first, 0, 0, 0, 0, 40, types[0]!, 64, ...filled(32, 1)];
    return [...header, ...bodies, ...filled(24, 7)];
  });
const packet = fc
  .record({
    isV4: fc.boolean(),
    four: ipv4,
    six: ipv6,
    link: fc.constantFrom<"ethernet" | "vlan" | "raw">("ethernet", "vlan", "raw"),
    otherType: mostly([0], byte),
    /** Where the packet ends; most often in its headers. */
    cut: fc.oneof(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 500 })),
  })
  .map(({ isV4, four, six, link, otherType, cut }) => {
    const type = isV4 ? [0x08, otherType] : [0x86, 0xdd ^ otherType];
    const before = link === "raw" ? [] : [...filled(12, 2), ...(link === "vlan" ? [0x81, 0, 0, 5] : [])];
    const bytes = [...before, ...(link === "raw" ? [] : type), ...(isV4 ? four : six)];
    return { dlt: link === "raw" ? (12 as const) : (1 as const), bytes: Uint8Array.from(bytes.slice(0, cut)) };
  });

const NOW_MS = 1_700_000_000_000;

function engineWith(hasExport9: boolean): FreebsdEngine {
  const engine = new FreebsdEngine(
    { nowMs: () => NOW_MS, monotonicMs: () => 0 },
    { maxFlows: 16, observationDomainId: 0 },
  );
  if (hasExport9) engine.setExport("export9", new Collected());
  return engine;
}

function errnoOf(engine: FreebsdEngine, bytes: Uint8Array, dlt: 1 | 12): number {
  const where = { slot: 0, direction: 0, dataLinkType: dlt, ifIndex: 1, conf: 1, hasOpposite: false } as const;
  return engine.account(PacketBatch.of(bytes, NOW_MS * 1000), where);
}

it("tells the sender of a packet without a way on what the kernel does, in 20,000 packets", () => {
  const seen = new Map<number, number>();
  const engines = [engineWith(false), engineWith(true)] as const;
  fc.assert(
    fc.property(packet, fc.boolean(), ({ dlt, bytes }, hasExport9) => {
      const errno = errnoOf(engines[hasExport9 ? 1 : 0], bytes, dlt);
      expect(errno).toBe(kernelErrno(bytes, dlt, hasExport9));
      seen.set(errno, (seen.get(errno) ?? 0) + 1);
    }),
    { numRuns: 20_000 },
  );
  // Neither answer is rare, so both were compared.
  expect(Math.min(seen.get(0) ?? 0, seen.get(E.EINVAL) ?? 0)).toBeGreaterThan(2000);
}, 60_000);

it("stops at more extension headers than the kernel's header area holds", () => {
  const engine = engineWith(true);
  const of = (extensions: number): Uint8Array => {
    const header = [0x60, 0, 0, 0, 0, 40, 0, 64, ...filled(32, 1)];
    const bodies = Array.from({ length: extensions }, (_, i) => [i + 1 < extensions ? 0 : TCP, ...filled(7, 0)]);
    return Uint8Array.from([...filled(12, 2), 0x86, 0xdd, ...header, ...bodies.flat(), ...filled(20, 0)]);
  };
  // Ethernet, IPv6, 47 times 2 and TCP are 168 bytes (ng_netflow.md §5.1).
  expect([errnoOf(engine, of(47), 1), errnoOf(engine, of(48), 1)]).toEqual([0, E.EINVAL]);
});
