import { E, fromHex, PacketBatch } from "@ngflow/base";
import { encodeMessage } from "@ngflow/graph";
import { expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { bridge } from "./bridge.ts";
import { HostTable, MAX_HOSTS } from "./host-table.ts";

const ALL = "ffffffffffff";
const A = "0200000000aa";
const B = "0200000000bb";

function frame(to: string, from: string): string {
  return `${to}${from}0800`;
}

function setUp() {
  const bench = new BenchGraph([bridge]);
  expect(bench.wire("bridge", ["a", "link0"], ["b", "link1"], ["c", "link2"])).toBe(0);
  return bench;
}

function pass(bench: BenchGraph, seconds: number): void {
  for (let i = 0; i < seconds; i++) bench.graph.tick((bench.clock.ms += 1000));
}

it("floods until it knows where a host is, then sends there only", () => {
  const bench = setUp();
  expect(bench.write("a", frame(B, A))).toEqual([`b ${frame(B, A)}`, `c ${frame(B, A)}`]);
  expect(bench.write("b", frame(A, B))).toEqual([`a ${frame(A, B)}`]);
  expect(bench.write("a", frame(B, A))).toEqual([`b ${frame(B, A)}`]);
  expect(bench.write("b", frame(B, B))).toEqual([]);
  expect(bench.counters("a")).toMatchObject({ hosts: 2, sameLink: 1, recvUnknown: 1 });
});

it("keeps the order of frames in a batch that go different ways", () => {
  const bench = setUp();
  bench.write("b", frame(ALL, B));
  const frames = [frame(B, A), frame(ALL, A), frame(B, A), frame("03".repeat(6), A)];
  const buffer = fromHex(frames.join(""));
  const batch = new PacketBatch(8, buffer);
  frames.forEach((_frame, i) => batch.push(i * 14, 14, 14, 0));
  const hook = bench.graph.node(bench.socket.nodeId)!.hooks.get("a")!;
  expect(hook.send(batch)).toBe(0);
  expect(bench.take().filter((packet) => packet.startsWith("b "))).toEqual(frames.map((hex) => `b ${hex}`));
});

it("forgets hosts that are silent, and those of a removed link", () => {
  const bench = setUp();
  bench.write("a", frame(ALL, A));
  bench.write("b", frame(ALL, B));
  expect(bench.msg("a", "setconfig", "{ loopTimeout=5 maxStaleness=10 minStableAge=1 }")).toBeUndefined();
  pass(bench, 8);
  bench.write("b", frame(ALL, B));
  pass(bench, 3);
  expect(bench.msg("a", "gettable")).toBe(
    `{ numHosts=1 hosts=[ { addr=02:00:00:00:00:bb hook="link1" age=11 staleness=3 } ] }`,
  );
  bench.socket.sendAscii(".", "rmhook", '{ hook="b" }');
  expect(bench.msg("a", "gettable")).toBe("{}");
});

it("follows a host that moves, but mutes a link when it moves too soon", () => {
  const bench = setUp();
  bench.write("a", frame(ALL, A));
  pass(bench, 1);
  expect(bench.write("b", frame(ALL, A))).toContain(`a ${frame(ALL, A)}`);
  expect(bench.write("c", frame(ALL, A))).toEqual([E.ELOOP]);
  expect(bench.write("c", frame(ALL, B))).toEqual([E.ELOOP]);
  expect(bench.counters("a")).toMatchObject({ loopDetects: 1, loopDrops: 2 });
  pass(bench, 59);
  expect(bench.write("c", frame(ALL, B))).toEqual([E.ELOOP]);
  pass(bench, 1);
  expect(bench.write("c", frame(ALL, B))).toHaveLength(2);
});

it("refuses frames and hooks that make no sense", () => {
  const bench = setUp();
  expect(bench.write("a", "0102030405")).toEqual([E.EINVAL]);
  expect(bench.write("a", frame(B, "0300000000aa"))).toEqual([E.EINVAL]);
  for (const name of ["link", "link01", "linkx", "link4294967296", "uplink0", "uplink01", "uplink"]) {
    expect(bench.wire("bridge", ["x", name]), name).toBe(E.EINVAL);
  }
  const send = (cmd: number, size: number) =>
    bench.socket.send(
      "a",
      encodeMessage({ cookie: bridge.cookie, cmd, flags: 0, token: 0, cmdstr: "", data: new Uint8Array(size) }),
    );
  expect([send(1, 4), send(4, 0), send(9, 0), send(10, 0)]).toEqual([E.EINVAL, E.EINVAL, E.EINVAL, E.EINVAL]);
});

it("bounds its table", () => {
  const table = new HostTable();
  const hook = null as never;
  for (let i = 0; i < MAX_HOSTS; i++) expect(table.add(2, i, hook)).toBe(true);
  expect(table.add(3, 0, hook)).toBe(false);
  for (const i of [0, 1, 4711, MAX_HOSTS - 1]) expect(table.get(2, i)?.tail).toBe(i);
  expect(table.get(3, 0)).toBeNull();
  table.remove((host) => host.tail >= 3);
  expect([...table].map((host) => host.tail).sort()).toEqual([0, 1, 2]);
  expect(table.get(2, 2)?.tail).toBe(2);
});
