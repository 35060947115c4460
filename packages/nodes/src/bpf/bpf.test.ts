import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { E, PacketBatch } from "@ngflow/base";
import { encodeMessage } from "@ngflow/graph";
import { describe, expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { bpf } from "./bpf.ts";
import { type BpfInstruction, compileFilter } from "@ngflow/os";
import { hostNamesIn } from "./host-names.ts";
import { BpfProgram, isValidProgram } from "./bpf-program.ts";

/** `tcpdump -dd` rows. */
function program(...rows: readonly (readonly [code: number, jt: number, jf: number, k: number])[]): BpfInstruction[] {
  return rows.map(([code, jt, jf, k]) => ({ code, jt, jf, k }));
}

// tcpdump -dd "udp port 53" on raw IPv4, shortened to the destination port.
const DNS = program(
  [0x30, 0, 0, 9],
  [0x15, 0, 6, 17],
  [0x28, 0, 0, 6],
  [0x45, 4, 0, 0x1fff],
  [0xb1, 0, 0, 0],
  [0x48, 0, 0, 2],
  [0x15, 0, 1, 53],
  [0x6, 0, 0, 0x40000],
  [0x6, 0, 0, 0],
);

function datagram(protocol: number, port: number, fragment = 0): Uint8Array {
  const bytes = new Uint8Array(28);
  bytes[0] = 0x45;
  bytes[6] = fragment >>> 8;
  bytes[7] = fragment;
  bytes[9] = protocol;
  bytes[22] = port >>> 8;
  bytes[23] = port;
  return bytes;
}

describe("programs", () => {
  const filter = new BpfProgram(DNS);
  const run = (bytes: Uint8Array) => filter.run(bytes, 0, bytes.length, bytes.length);

  it("judges packets as bpf(4) does", () => {
    expect(isValidProgram(DNS)).toBe(true);
    expect(run(datagram(17, 53))).toBe(0x40000);
    expect([run(datagram(17, 54)), run(datagram(6, 53)), run(datagram(17, 53, 1))]).toEqual([0, 0, 0]);
    expect(run(datagram(17, 53).subarray(0, 23))).toBe(0);
  });

  it.each<[string, number, number, number, number]>([
    ["add wraps", 0x04, 0xffffffff, 2, 1],
    ["subtract wraps", 0x14, 1, 2, 0xffffffff],
    ["multiply keeps 32 bits", 0x24, 0x10001, 0x10001, 0x20001],
    ["divide is unsigned", 0x34, 0xfffffffe, 2, 0x7fffffff],
    ["or", 0x44, 0x80000000, 1, 0x80000001],
    ["and", 0x54, 0xf0f0f0f0, 0xff00ff00, 0xf000f000],
    ["shift left", 0x64, 3, 31, 0x80000000],
    ["shift left by 32", 0x64, 3, 32, 0],
    ["shift right", 0x74, 0x80000000, 31, 1],
    ["modulo", 0x94, 0xffffffff, 16, 15],
    ["exclusive or", 0xa4, 0xffffffff, 1, 0xfffffffe],
    ["negate", 0x84, 1, 0, 0xffffffff],
  ])("%s", (_title, code, a, k, expected) => {
    const rows = program([0, 0, 0, a], [code, 0, 0, k], [0x16, 0, 0, 0]);
    expect(isValidProgram(rows)).toBe(true);
    expect(new BpfProgram(rows).run(new Uint8Array(0), 0, 0, 0)).toBe(expected);
  });

  it("refuses what could run astray", () => {
    const ret = [0x6, 0, 0, 1] as const;
    expect(isValidProgram([])).toBe(false);
    expect(isValidProgram(program([0, 0, 0, 1]))).toBe(false);
    expect(isValidProgram(program([0x15, 0, 1, 0], ret))).toBe(false);
    expect(isValidProgram(program([0x05, 0, 0, 1], ret))).toBe(false);
    expect(isValidProgram(program([0x05, 0, 0, 0xffffffff], ret))).toBe(false);
    expect(isValidProgram(program([0x02, 0, 0, 16], ret))).toBe(false);
    expect(isValidProgram(program([0x34, 0, 0, 0], ret))).toBe(false);
    expect(isValidProgram(program([0xff, 0, 0, 0], ret))).toBe(false);
    expect(isValidProgram(Array.from({ length: 513 }, () => program(ret)[0]!))).toBe(false);
  });

  it("ends with a number of bytes, whatever valid program it is given", () => {
    const instruction = fc.record({
      code: fc.constantFrom(
        0x00,
        0x20,
        0x28,
        0x30,
        0x40,
        0x48,
        0x50,
        0x60,
        0x80,
        0x01,
        0x61,
        0x81,
        0xb1,
        0x02,
        0x03,
        0x04,
        0x0c,
        0x34,
        0x3c,
        0x9c,
        0x6c,
        0x84,
        0x05,
        0x15,
        0x1d,
        0x25,
        0x35,
        0x45,
        0x06,
        0x16,
        0x07,
        0x87,
      ),
      jt: fc.nat({ max: 3 }),
      jf: fc.nat({ max: 3 }),
      k: fc.oneof(fc.nat({ max: 20 }), fc.integer({ min: 0, max: 0xffffffff })),
    });
    fc.assert(
      fc.property(fc.array(instruction, { maxLength: 12 }), fc.uint8Array({ maxLength: 30 }), (body, bytes) => {
        const rows = [...body, { code: 0x16, jt: 0, jf: 0, k: 0 }];
        if (!isValidProgram(rows)) return;
        const keep = new BpfProgram(rows).run(bytes, 0, bytes.length, bytes.length);
        expect(Number.isInteger(keep) && keep >= 0 && keep <= 0xffffffff).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("node", () => {
  const ALL_IN =
    '{ thisHook="a" ifMatch="b" ifNotMatch="c" bpf_prog_len=3 bpf_prog=[ { code=48 } { code=21 jf=1 k=69 } { code=6 k=4 } ] }';
  const ODD = ALL_IN.replace("bpf_prog_len=3", "bpf_prog_len=4").replace(" ] }", " { code=6 } ] }");

  function setUp() {
    const bench = new BenchGraph([bpf]);
    bench.wire("bpf", ["a", "a"], ["b", "b"], ["c", "c"]);
    return bench;
  }

  it("drops everything until it has a program", () => {
    const bench = setUp();
    expect(bench.write("a", "45")).toEqual([]);
    expect(bench.counters("a")).toEqual({ unmatched: 1, matchNotConnected: 0 });
    expect(bench.msg("a", "getprogram", '"a"')).toBe('{ thisHook="a" bpf_prog_len=1 bpf_prog=[ { code=0x6 } ] }');
  });

  it("sends what matches, cut to what the program returns, and the rest", () => {
    const bench = setUp();
    expect(bench.msg("a", "setprogram", ODD)).toBeUndefined();
    expect(bench.write("a", "450102030405")).toEqual(["b 45010203"]);
    expect(bench.write("a", "60010203")).toEqual(["c 60010203"]);
    expect(bench.msg("a", "getstats", '"a"')).toBe(
      "{ recvFrames=2 recvOctets=10 recvMatchFrames=1 recvMatchOctets=6 }",
    );
    expect(bench.msg("a", "getclrstats", '"b"')).toBe("{ xmitFrames=1 xmitOctets=4 }");
    expect(bench.msg("a", "getstats", '"b"')).toBe("{}");
    bench.socket.sendAscii(".", "rmhook", '{ hook="b" }');
    bench.socket.sendAscii(".", "rmhook", '{ hook="c" }');
    expect([bench.write("a", "45"), bench.write("a", "60")]).toEqual([[], []]);
    expect(bench.counters("a")).toEqual({ unmatched: 1, matchNotConnected: 1 });
  });

  it("keeps the order when matching packets and others leave by the same hook", () => {
    const bench = setUp();
    bench.msg("a", "setprogram", ODD.replace('ifNotMatch="c"', 'ifNotMatch="b"'));
    const batch = new PacketBatch(3, Uint8Array.of(0x60, 0x45, 0x61));
    for (let i = 0; i < 3; i++) batch.push(i, 1, 1, 0);
    bench.graph.node(bench.socket.nodeId)!.hooks.get("a")!.send(batch);
    expect(bench.take()).toEqual(["b 60", "b 45", "b 61"]);
  });

  it("refuses unknown hooks, bad programs and wrong sizes", () => {
    const bench = setUp();
    expect(bench.msg("a", "setprogram", ALL_IN)).toBe(E.EINVAL);
    expect(bench.msg("a", "setprogram", ODD.replace('thisHook="a"', 'thisHook="x"'))).toBe(E.ENOENT);
    expect(bench.msg("a", "getprogram", '"x"')).toBe(E.ENOENT);
    const send = (cmd: number, size: number) =>
      bench.socket.send(
        "a",
        encodeMessage({ cookie: bpf.cookie, cmd, flags: 0, token: 0, cmdstr: "", data: new Uint8Array(size) }),
      );
    expect([send(1, 8), send(1, 100), send(1, 101), send(3, 1), send(6, 32)]).toEqual(
      Array(5).fill(E.EINVAL).with(1, E.ENOENT),
    );
  });
});

describe("filters in the syntax of tcpdump", () => {
  const installed = "instructions" in compileFilter("udp", 1);
  const absent = "libpcap is not installed";

  function setUp(): BenchGraph {
    const bench = new BenchGraph([bpf]);
    bench.wire("bpf", ["in", "x"], ["yes", "match"], ["no", "rest"]);
    return bench;
  }

  const set = (bench: BenchGraph, filter: string, more = ""): string | number | undefined =>
    bench.msg("in", "setfilter", `{ thisHook="x" ifMatch="match" ifNotMatch="rest" ${more} filter="${filter}" }`);

  it("are compiled to what tcpdump compiles them to", (ctx) => {
    ctx.skip(!installed, absent);
    const filters = [
      "udp port 53",
      "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
      "host 10.0.0.1 and not ip6",
      "vlan 7 and ip",
      "less 128",
    ];
    for (const filter of filters) {
      const { stdout, error } = spawnSync("tcpdump", ["-y", "EN10MB", "-ddd", filter], { encoding: "utf8" });
      ctx.skip(error !== undefined, "tcpdump is not installed");
      const [, ...rows] = stdout.trim().split("\n");
      const compiled = compileFilter(filter, 1);
      const ours = "instructions" in compiled ? compiled.instructions : [];
      expect(ours.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}`)).toEqual(rows);
      expect(isValidProgram(ours)).toBe(true);
    }
  });

  it("judge packets of the link type that is named, Ethernet unless stated", (ctx) => {
    ctx.skip(!installed, absent);
    const bench = setUp();
    const packet = datagram(17, 53);
    const frame = Uint8Array.from([...new Uint8Array(12), 8, 0, ...packet]);
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
    expect(set(bench, "udp dst port 53")).toBeUndefined();
    expect(bench.write("in", hex(frame))).toEqual([`yes ${hex(frame)}`]);
    expect(bench.write("in", hex(packet))).toEqual([`no ${hex(packet)}`]);
    expect(set(bench, "udp dst port 53", "dlt=12")).toBeUndefined();
    expect(bench.write("in", hex(packet))).toEqual([`yes ${hex(packet)}`]);
    expect(bench.msg("in", "getprogram", '"x"')).toMatch(/bpf_prog_len=\d\d /);
  });

  it("are refused when they are none, and when names would have to be looked up", (ctx) => {
    ctx.skip(!installed, absent);
    const bench = setUp();
    for (const filter of [
      "udp prt 53",
      "host example.com",
      "example.com",
      "net home",
      "src localhost",
      "(",
      "dlt=7 ]",
    ]) {
      expect([filter, set(bench, filter)]).toEqual([filter, E.EINVAL]);
    }
    expect(set(bench, "udp", "dlt=250")).toBe(E.EINVAL);
    expect(bench.msg("in", "setfilter", '{ thisHook="y" filter="udp" }')).toBe(E.ENOENT);
    expect(bench.write("in", "00")).toEqual([]);
    expect(hostNamesIn("ether host aa:bb:cc:dd:ee:ff or ip6 host fe80::1 or port http or proto gre")).toEqual([]);
    expect(hostNamesIn("icmp[icmptype] == icmp-echo and tcp[tcpflags] & tcp-syn != 0 and net 10.0.0.0/8")).toEqual([]);
  });

  it("give the packets a hook of its own in a graph that is made again", (ctx) => {
    ctx.skip(!installed, absent);
    const bench = setUp();
    set(bench, "udp");
    const node = bench.graph.resolve(bench.graph.node(bench.socket.nodeId), "in");
    const settings = node.behaviour.settings!();
    expect(settings.map(({ command }) => command)).toEqual(["setprogram"]);
    const shown = bench.msg("in", "getprogram", '"x"');
    set(bench, "tcp");
    expect(bench.apply("in", settings)).toEqual([0]);
    expect(bench.msg("in", "getprogram", '"x"')).toBe(shown);
  });
});
