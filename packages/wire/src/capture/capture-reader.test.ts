import { fromHex, toHex } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PacketColumns } from "../packet/columns.ts";
import { CaptureReader } from "./capture-reader.ts";
import {
  block,
  concat,
  enhancedPacket,
  type FilePacket,
  interfaceBlock,
  pcapFile,
  section,
  simplePacket,
} from "./testing/capture-file.ts";

interface Outcome {
  readonly packets: { timeUs: number; hex: string; wire: number; link: number }[];
  readonly error: string | undefined;
  readonly skipped: number;
}

/** Reads a whole file in pieces of `chunk` bytes. */
function read(file: Uint8Array, chunk = file.length, capacity = 8): Outcome {
  const reader = new CaptureReader("test.pcap");
  const batch: PacketColumns = {
    buffer: reader.buffer,
    count: 0,
    capacity,
    offsets: new Uint32Array(capacity),
    lengths: new Uint32Array(capacity),
    wireLengths: new Uint32Array(capacity),
    timesUs: new Float64Array(capacity),
  };
  const packets: Outcome["packets"] = [];
  const take = (): void => {
    while (reader.next(batch) > 0) {
      for (let i = 0; i < batch.count; i++) {
        const from = batch.offsets[i]!;
        packets.push({
          timeUs: batch.timesUs[i]!,
          hex: toHex(batch.buffer, from, from + batch.lengths[i]!),
          wire: batch.wireLengths[i]!,
          link: reader.dataLinkType,
        });
      }
    }
  };
  for (let at = 0; at < file.length && reader.error === null;) {
    const n = Math.min(chunk, file.length - at, reader.room);
    reader.buffer.set(file.subarray(at, at + n), reader.writeAt);
    reader.filled(n);
    at += n;
    take();
  }
  reader.end();
  return { packets, error: reader.error?.message, skipped: reader.skipped.reduce((sum, n) => sum + n, 0) };
}

const T = 1_700_000_000_123_456;
const FRAME = fromHex("0200000000010200000000020800450000140001000040110000c0a80101c0a80102");
const IP = FRAME.subarray(14);
const PACKETS: FilePacket[] = [
  { timeUs: T, bytes: FRAME },
  { timeUs: T + 1, bytes: FRAME.subarray(0, 20), wireLength: 1514 },
  { timeUs: T + 2_000_000, bytes: new Uint8Array(0), wireLength: 60 },
];
const READ = PACKETS.map((p) => ({
  timeUs: p.timeUs,
  hex: toHex(p.bytes),
  wire: p.wireLength ?? p.bytes.length,
  link: 1,
}));

describe("CaptureReader", () => {
  it.each([
    [true, false],
    [true, true],
    [false, false],
    [false, true],
  ])("pcap, little-endian %s, nanoseconds %s, in pieces of any size", (little, nano) => {
    const file = pcapFile(little, nano, 1, PACKETS);
    for (const chunk of [1, 7, 24, 1000]) {
      expect(read(file, chunk)).toEqual({ packets: READ, error: undefined, skipped: 0 });
    }
  });

  it.each([true, false])("pcapng, little-endian %s: resolutions, offsets, unknown blocks, sections", (little) => {
    const file = concat(
      section(little),
      interfaceBlock(little, 1),
      interfaceBlock(little, 1, 9),
      block(little, 0x0bad, new Uint8Array(5)),
      interfaceBlock(little, 1, 0x80 | 10, 1_600_000_000),
      enhancedPacket(little, 0, BigInt(T), PACKETS[0]!),
      enhancedPacket(little, 1, BigInt(T + 1) * 1000n + 999n, PACKETS[1]!),
      enhancedPacket(little, 2, 100_000_000n * 1024n + 512n, PACKETS[2]!),
      section(!little),
      interfaceBlock(!little, 101),
      enhancedPacket(!little, 0, BigInt(T), { timeUs: T, bytes: IP }),
      simplePacket(!little, { timeUs: T, bytes: IP }),
    );
    const raw = { timeUs: T, hex: toHex(IP), wire: IP.length, link: 12 };
    const expected = [READ[0]!, READ[1]!, { ...READ[2]!, timeUs: 1_700_000_000_500_000 }, raw, raw];
    for (const chunk of [1, 13, 4096])
      expect(read(file, chunk)).toEqual({ packets: expected, error: undefined, skipped: 0 });
  });

  it.each([
    ["null, little-endian", 0, "02000000", true],
    ["null, big-endian", 0, "00000002", true],
    ["null, IPv6 of FreeBSD", 0, "1c000000", true],
    ["null, other family", 0, "07000000", false],
    ["loopback", 108, "00000018", true],
  ])("%s comes out as raw IP", (_name, link, header, isIp) => {
    const file = pcapFile(true, false, link, [{ timeUs: T, bytes: concat(fromHex(header), IP), wireLength: 1000 }]);
    const outcome = read(file);
    const packet = { timeUs: T, hex: toHex(IP), wire: 1000 - header.length / 2, link: 12 };
    expect(outcome).toEqual({ packets: isIp ? [packet] : [], error: undefined, skipped: isIp ? 0 : 1 });
  });

  it.each([
    ["v1", 113, "00000001000602000000000100000800", "0000000000000200000000010800"],
    ["v1 with a VLAN tag", 113, "0000000100060200000000010000810000650800", "000000000000020000000001810000650800"],
    ["v1, ARP", 113, "00000001000602000000000100000806", "0000000000000200000000010806"],
    ["v1 of an interface without addresses", 113, "0000fffe000002000000000100000800", "0000000000000000000000000800"],
    ["v2", 276, "0800000000000002000100060200000000010000", "0000000000000200000000010800"],
    ["v2, other", 276, "0003000000000002000100060200000000010000", "0000000000000200000000010003"],
    ["v2 of InfiniBand", 276, "0800000000000002002000140200000000010000", "0000000000000000000000000800"],
  ])("Linux cooked %s comes out as Ethernet", (_name, link, header, ethernet) => {
    const file = pcapFile(true, false, link, [{ timeUs: T, bytes: concat(fromHex(header), IP), wireLength: 1000 }]);
    const wire = 1000 - (header.length - ethernet.length) / 2;
    const packet = { timeUs: T, hex: ethernet + toHex(IP), wire, link: 1 };
    for (const chunk of [1, 7, 1000]) {
      expect(read(file, chunk)).toEqual({ packets: [packet], error: undefined, skipped: 0 });
    }
  });

  it("reads on behind a batch full of frames that hold no IP", () => {
    const other = fromHex("07000000");
    const ip = concat(fromHex("02000000"), IP);
    const frames = [...Array.from({ length: 50 }, () => other), ip].map((bytes) => ({ timeUs: T, bytes }));
    const outcome = read(pcapFile(true, false, 0, frames), 40);
    expect([outcome.packets.length, outcome.skipped, outcome.error]).toEqual([1, 50, undefined]);
  });

  it("uses what comes before a cut, and says where the cut record begins", () => {
    const whole = pcapFile(true, false, 1, PACKETS);
    for (let length = 1; length < whole.length; length++) {
      const { packets, error } = read(whole.subarray(0, length));
      const ends = [24, 74, 110, 126];
      const complete = ends.filter((end) => end <= length).length - 1;
      if (length < 24) expect(error).toMatch(/^test\.pcap: .*(inside the file header|unknown magic).*offset 0/);
      else {
        expect(packets).toEqual(READ.slice(0, complete));
        if (ends.includes(length)) expect(error).toBeUndefined();
        else expect(error).toContain(`offset ${ends[complete]}`);
      }
    }
  });

  it.each([
    ["an empty file", new Uint8Array(0), "is empty at offset 0"],
    ["text", new TextEncoder().encode("not a capture file at all"), "unknown magic number at offset 0"],
    ["an unknown link type", pcapFile(true, false, 147, PACKETS), "link type 147"],
    [
      "an impossible length",
      concat(pcapFile(true, false, 1, PACKETS), new Uint8Array(16).fill(0xff)),
      "impossible length (4294967295 bytes) at offset 126",
    ],
    ["two lengths that differ", concat(section(true), block(true, 5, new Uint8Array(8)).fill(1, -4)), "at offset 28"],
    [
      "packets of an unknown link type only",
      concat(section(true), interfaceBlock(true, 201, 6), enhancedPacket(true, 0, BigInt(T), PACKETS[0]!)),
      "link type 201",
    ],
    ["a section of impossible length", concat(section(true).fill(0xff, 4, 8), section(true)), "impossible length"],
  ])("refuses %s", (_name, file, message) => {
    expect(read(file).error).toContain(message);
  });

  it.each([1, 7, 4096, 1 << 20])("goes on after what it cannot read in a pcapng file, %i bytes at a time", (chunk) => {
    const packet = (interfaceId: number): Uint8Array => enhancedPacket(true, interfaceId, BigInt(T), PACKETS[0]!);
    const longer = packet(0);
    longer.fill(0xff, 20, 24);
    const file = concat(
      section(true),
      interfaceBlock(true, 1, 6),
      interfaceBlock(true, 201, 6),
      packet(0),
      packet(1),
      packet(0),
      packet(9),
      longer,
      block(true, 0x0bad, new Uint8Array(chunk === 1 ? 300_000 : 3_000_000)),
      block(true, 6, new Uint8Array(400_000)),
      packet(0),
    );
    const { packets, skipped, error } = read(file, chunk);
    // Skipped: Bluetooth, an interface that is not described, a packet longer than its block, a packet of 400,000
    // bytes.
    expect([packets.length, skipped, error]).toEqual([3, 4, undefined]);
    const cut = read(file.subarray(0, file.length - packet(0).length - 100), chunk);
    expect(cut.error).toContain("is cut inside");
  });

  it("never throws and never hands out bytes beyond the input, whatever is in the file", () => {
    const seeds = [
      pcapFile(true, false, 1, PACKETS),
      pcapFile(false, true, 113, PACKETS),
      concat(
        section(true),
        interfaceBlock(true, 1, 6),
        enhancedPacket(true, 0, BigInt(T), PACKETS[0]!),
        simplePacket(true, PACKETS[1]!),
      ),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 5 }),
        fc.integer({ min: 1, max: 64 }),
        (seed, edits, chunk) => {
          const file = seed.slice();
          for (const [at, value] of edits) file[at % file.length] = value;
          const outcome = read(file, chunk);
          const bytes = outcome.packets.reduce((sum, p) => sum + p.hex.length / 2, 0);
          expect(bytes).toBeLessThanOrEqual(file.length);
          expect(outcome).toEqual(read(file));
        },
      ),
      { numRuns: 300 },
    );
  });
});
