import { fromHex, PacketBatch, toHex } from "@ngflow/base";
import { encodeMessage } from "@ngflow/graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { makeChecksums } from "./checksums.ts";
import { crc32c } from "./crc32c.ts";
import { patch } from "./patch.ts";
import { PatchProgram } from "./patch-program.ts";
import { MODE } from "./patch-types.ts";

const SIZES = [1, 2, 4, 8] as const;

/** What C computes with unsigned numbers of so many bits, shifts as on amd64. */
function computed(mode: number, bits: number, number: bigint, value: bigint): bigint {
  const shift = value & (bits === 64 ? 63n : 31n);
  switch (mode) {
    case MODE.set:
      return value;
    case MODE.add:
      return number + value;
    case MODE.subtract:
      return number - value;
    case MODE.multiply:
      return number * value;
    case MODE.divide:
      return number / value;
    case MODE.negate:
      return -number;
    case MODE.and:
      return number & value;
    case MODE.or:
      return number | value;
    case MODE.xor:
      return number ^ value;
    case MODE.shiftLeft:
      return number << shift;
    case MODE.shiftRight:
      return number >> shift;
    default:
      return number;
  }
}

const long = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.nat({ max: 70 }).map(BigInt),
  fc.nat({ max: 70 }).map((n) => (1n << 64n) - 1n - BigInt(n)),
  fc.nat({ max: 63 }).map((n) => 1n << BigInt(n)),
);

describe("operations", () => {
  it.each(SIZES)("of %d bytes are those of C", (size) => {
    fc.assert(
      fc.property(long, long, fc.nat({ max: 12 }), (a, b, mode) => {
        const bits = 8 * size;
        const [number, value] = [BigInt.asUintN(bits, a), BigInt.asUintN(bits, b)];
        if (mode === MODE.divide && value === 0n) return;
        const hex = number.toString(16).padStart(2 * size, "0");
        const bytes = fromHex(`aa${hex}bb`);
        const program = new PatchProgram([{ offset: 0, length: size, mode, value }]);
        expect(program.run(bytes, 1, size, 0)).toBe(true);
        const expected = BigInt.asUintN(bits, computed(mode, bits, number, value));
        expect(toHex(bytes)).toBe(`aa${expected.toString(16).padStart(2 * size, "0")}bb`);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("checksums", () => {
  // RFC 1071's sum over a packet with its right checksum, pseudo-header included, is 0xffff.
  const sum = (hex: string, start = 0): number => {
    let total = start;
    for (let i = 0; i < hex.length; i += 4) total += Number.parseInt(hex.slice(i, i + 4).padEnd(4, "0"), 16);
    while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
    return total;
  };
  const made = (hex: string, flags: number): string => {
    const bytes = fromHex(hex);
    makeChecksums(bytes, 0, bytes.length, flags);
    return toHex(bytes);
  };
  const udp4 = "4500001f000000004011beef0a0000010a00000200010002000bdead616263";
  const tcp4 = "46000030000000004006beef0a0000010a000002010101010001000200000001000000025010ffffdead000061626364";
  const udp6 = `60000000000b1140${"20010db8".padEnd(32, "1")}${"20010db8".padEnd(32, "2")}00010002000bdead616263`;

  it("of IPv4 headers, options included, are made only if they are wanted", () => {
    expect(made(udp4, 0)).toBe(udp4);
    expect(made(udp4, 4)).toBe(udp4);
    expect(sum(made(udp4, 1).slice(0, 40))).toBe(0xffff);
    expect(sum(made(tcp4, 1).slice(0, 48))).toBe(0xffff);
    expect(made(udp4, 1).slice(40)).toBe(udp4.slice(40));
  });

  it("of UDP and TCP are made with the pseudo-header", () => {
    expect(sum(made(udp4, 2).slice(24), 17 + 11)).toBe(0xffff);
    expect(sum(made(tcp4, 4).slice(48), sum("0a0000010a000002") + 6 + 24)).toBe(0xffff);
    expect(sum(made(udp6, 0x200).slice(16), 17 + 11)).toBe(0xffff);
    expect(made(udp6, 0x402)).toBe(udp6);
  });

  it("of IPv6 are made behind extension headers", () => {
    const options =
      `6000000000131140`.replace("1140", "0040") + udp6.slice(16, 80) + "1100010400000000" + udp6.slice(80);
    expect(sum(made(options, 0x200).slice(96), sum(udp6.slice(16, 80)) + 17 + 11)).toBe(0xffff);
    const fragment = options.replace("0040", "2c40");
    expect(made(fragment, 0xe00)).toBe(fragment);
  });

  it("of UDP are never 0, which stands for none", () => {
    // Two bytes of data make the sum of the rest 0xffff.
    const data = 0xffff - sum("0a0000010a00000200010002000a", 17 + 10);
    const datagram = `4500001e000000004011beef0a0000010a00000200010002000adead${data.toString(16).padStart(4, "0")}`;
    expect(made(datagram, 2).slice(52, 56)).toBe("ffff");
  });

  it("of SCTP are CRC32c", () => {
    expect(crc32c(fromHex(Buffer.from("123456789").toString("hex")), 0, 9)).toBe(0xe3069283);
    const sctp = "45000020000000004084beef0a0000010a000002000100020000000000000000";
    const crc = crc32c(fromHex("000100020000000000000000"), 0, 12);
    const bytes = [0, 8, 16, 24].map((shift) => ((crc >>> shift) & 0xff).toString(16).padStart(2, "0")).join("");
    expect(made(sctp, 8).slice(56)).toBe(bytes);
    expect(made(sctp, 6)).toBe(sctp);
  });

  it("are left alone in fragments, in packets cut short, and in what is not IP", () => {
    const fragment = udp4.replace("00000000", "00002000");
    expect(made(fragment, 2)).toBe(fragment);
    expect(made(udp4.slice(0, -2), 2)).toBe(udp4.slice(0, -2));
    for (const other of ["", "45", "00".repeat(60), "4f".padEnd(44, "0"), "6".padEnd(90, "0")]) {
      expect(made(other, 0xfff)).toBe(other);
    }
  });

  it("are left to be made later where they are, over the sum of the pseudo-header", () => {
    const bytes = fromHex(tcp4);
    makeChecksums(bytes, 0, bytes.length, 5, true);
    expect(sum(toHex(bytes).slice(0, 48))).toBe(0xffff);
    expect(Number.parseInt(toHex(bytes).slice(80, 84), 16)).toBe(sum("0a0000010a000002", 6 + 24));
    const other = fromHex(udp6);
    makeChecksums(other, 0, other.length, 0x200, true);
    expect(Number.parseInt(toHex(other).slice(92, 96), 16)).toBe(sum(udp6.slice(16, 80), 17 + 11));
  });

  it("never write outside the packet", () => {
    const body = fc.uint8Array({ maxLength: 80 });
    fc.assert(
      fc.property(body, fc.constantFrom(0x45, 0x46, 0x4f, 0x60), fc.nat({ max: 0xfff }), (bytes, first, flags) => {
        const packet = new Uint8Array(bytes.length + 8).fill(0xaa);
        packet.set(bytes, 4);
        if (bytes.length > 0) packet[4] = first;
        makeChecksums(packet, 4, 4 + bytes.length, flags);
        expect([...packet.subarray(0, 4), ...packet.subarray(4 + bytes.length)]).toEqual(Array(8).fill(0xaa));
      }),
    );
  });
});

it("changes copies: the batch stays as it was, whichever packets are long enough", () => {
  const bench = new BenchGraph([patch]);
  bench.wire("patch", ["a", "in"], ["b", "out"]);
  bench.msg("a", "setconfig", "{ count=2 ops=[ { mode=2 value=1 length=1 } { mode=1 value=9 length=2 offset=1 } ] }");
  const batch = new PacketBatch(3, fromHex("010202020303"));
  batch.push(0, 1, 1, 5);
  batch.push(1, 3, 3, 6);
  batch.push(4, 2, 99, 7);
  expect(bench.graph.resolve(undefined, "ngctl:").hooks.get("a")!.send(batch)).toBe(0);
  expect(bench.take()).toEqual(["b 02", "b 030009", "b 0403"]);
  expect(toHex(batch.buffer)).toBe("010202020303");
  expect(bench.msg("a", "getstats")).toBe("{ Received=3 Patched=3 }");
});

it("ignores bytes behind the operations, and keeps all digits of 64-bit values", () => {
  const bench = new BenchGraph([patch]);
  bench.wire("patch", ["a", "in"]);
  const data = new Uint8Array(24 + 16 + 5);
  data[0] = 1;
  data[28] = 8;
  data[30] = MODE.set;
  data.set([1, 2, 3, 4, 5, 6, 7, 0xfe], 32);
  const message = { cookie: patch.cookie, cmd: 1, flags: 0, token: 0, cmdstr: "", data };
  expect(bench.socket.send("a", encodeMessage(message))).toBe(0);
  expect(bench.write("a", "00".repeat(8))).toEqual(["a fe07060504030201"]);
  expect(bench.msg("a", "getconfig")).toBe(`{ count=1 ops=[ { length=8 mode=1 value=${0xfe07060504030201n} } ] }`);
  const short = { ...message, data: data.subarray(0, 39) };
  expect(bench.socket.send("a", encodeMessage(short))).toBe(22);
});

it("looks for headers in the first 168 bytes", () => {
  const bench = new BenchGraph([patch]);
  bench.wire("patch", ["a", "in"]);
  bench.msg("a", "setdlt", "1");
  bench.msg("a", "setconfig", "{ count=1 relative_offset=1 ops=[ { mode=1 value=0xff length=1 } ] }");
  const frame = (tags: number): string => `${"02".repeat(12)}${"81000001".repeat(tags)}0800`;
  expect(bench.write("a", `${frame(38)}00`)).toEqual([`a ${frame(38)}ff`]);
  expect(bench.write("a", `${frame(39)}00`)).toEqual([`a ${frame(39)}00`]);
});
