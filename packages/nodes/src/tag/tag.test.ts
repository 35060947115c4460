import { PacketBatch } from "@ngflow/base";
import { encodeMessage } from "@ngflow/graph";
import { expect, it } from "vitest";
import { bpf } from "../bpf/bpf.ts";
import { bridge } from "../bridge/bridge.ts";
import { echo } from "../echo/echo.ts";
import { etf } from "../etf/etf.ts";
import { hub } from "../hub/hub.ts";
import { one2many } from "../one2many/one2many.ts";
import { patch } from "../patch/patch.ts";
import { pipe } from "../pipe/pipe.ts";
import { source } from "../source/source.ts";
import { split } from "../split/split.ts";
import { tee } from "../tee/tee.ts";
import { BenchGraph } from "../testing/bench-graph.ts";
import { vlan } from "../vlan/vlan.ts";
import { tag } from "./tag.ts";

const WAYS = [
  ["hub", "a", "b", []],
  ["tee", "left", "right", []],
  ["tee", "left", "left2right", []],
  ["split", "in", "mixed", []],
  ["bridge", "link0", "link1", []],
  ["one2many", "one", "many0", []],
  ["bpf", "a", "b", [["setprogram", '{ thisHook="a" ifMatch="b" bpf_prog_len=1 bpf_prog=[ { code=6 k=99 } ] }']]],
  ["pipe", "upper", "lower", []],
  ["pipe", "upper", "lower", [["setcfg", "{ delay=1000 }"]]],
  ["pipe", "upper", "lower", [["setcfg", "{ delay=1000 downstream={ duplicate=50 } }"]]],
  ["source", "input", "output", [["setpps", "1000"]]],
  ["etf", "nomatch", "downstream", []],
  ["vlan", "nomatch", "downstream", []],
  ["vlan", "v", "downstream", [["addfilter", '{ hook="v" vid=5 }']]],
  ["patch", "in", "out", [["setconfig", "{ count=1 ops=[ { mode=2 value=1 length=1 offset=13 } ] }"]]],
  ["tag", "a", "b", [["sethookin", '{ thisHook="a" ifNotMatch="b" }']]],
] as const;
const TYPES = [hub, tee, split, bridge, one2many, bpf, pipe, source, etf, vlan, patch, tag, echo];

/** Frames of one host to all others. */
function frames(count: number): PacketBatch {
  const batch = new PacketBatch(count, new Uint8Array(16 * count).fill(2));
  for (let i = 0; i < count; i++) batch.buffer.fill(0xff, 16 * i, 16 * i + 6);
  for (let i = 0; i < count; i++) batch.push(16 * i, 16, 16, 0);
  return batch;
}

it.each(WAYS)("tags travel through %s from %s to %s (%j)", (type, from, to, messages) => {
  const bench = new BenchGraph(TYPES);
  const { graph } = bench;
  // Behind the node: what has the tag arrives at "yes", without it.
  bench.wire("tag", ["yes", "match"], ["no", "rest"]);
  bench.msg("yes", "name", '{ name="sorts" }');
  graph.mkpeer(undefined, "sorts:", type, "in", to);
  graph.setName(undefined, "sorts:in", "middle");
  // Before it: "plain" and "marked" lead to a node that marks the packets of one hook.
  graph.mkpeer(undefined, "middle:", "tag", from, "out");
  graph.setName(undefined, `middle:${from}`, "marks");
  graph.mkpeer(undefined, "marks:", "tag", "untagged", "out");
  graph.setName(undefined, "marks:untagged", "through");
  graph.connect(undefined, "through:", "ngctl:", "in", "plain");
  graph.connect(undefined, "marks:", "through:", "tagged", "twice");
  graph.connect(undefined, "through:", "ngctl:", "again", "marked");
  const told: (readonly [string, string, string])[] = [
    ["sorts:", "sethookin", '{ thisHook="in" ifMatch="match" ifNotMatch="rest" strip=1 tag_cookie=1 tag_id=7 }'],
    ["through:", "sethookin", '{ thisHook="in" ifNotMatch="out" }'],
    ["through:", "sethookin", '{ thisHook="again" ifNotMatch="twice" }'],
    ["through:", "sethookout", '{ thisHook="twice" tag_cookie=1 tag_id=7 }'],
    ["marks:", "sethookin", '{ thisHook="untagged" ifNotMatch="out" }'],
    ["marks:", "sethookin", '{ thisHook="tagged" ifNotMatch="out" }'],
  ];
  for (const [path, command, args] of told)
    expect([path, command, bench.msg(path, command, args)]).toEqual([path, command, undefined]);
  for (const [command, args] of messages) expect(bench.msg("middle:", command, args)).toBeUndefined();
  const hooks = graph.resolve(undefined, "ngctl:").hooks;
  for (let round = 0; round < 2; round++) {
    hooks.get("plain")!.send(frames(3));
    hooks.get("marked")!.send(frames(3));
  }
  if (type === "source") expect(bench.msg("middle:", "start", "12")).toBeUndefined();
  for (let i = 0; i < 50; i++) graph.tick((bench.clock.ms += 1));
  const arrived = bench.take().map((line) => line.split(" ")[0]!);
  const [yes, no] = ["yes", "no"].map((hook) => arrived.filter((each) => each === hook).length);
  if (messages.some(([, args]) => args.includes("duplicate"))) {
    expect([yes! >= 6, no! >= 6]).toEqual([true, true]);
  } else expect([yes, no]).toEqual([6, 6]);
});

it("accumulates no more than 64 tags on a packet that goes round, and counts the others", () => {
  const bench = new BenchGraph([tag, echo]);
  bench.wire("tag", ["a", "x"]);
  const { graph } = bench;
  graph.mkpeer(undefined, "ngctl:a", "echo", "y", "e");
  bench.msg("a", "sethookin", '{ thisHook="x" ifNotMatch="y" }');
  bench.msg("a", "sethookin", '{ thisHook="y" ifNotMatch="y" }');
  bench.msg("a", "sethookout", '{ thisHook="y" tag_cookie=1 tag_id=7 }');
  bench.write("a", "01");
  expect(bench.counters("a")["tagsRefused"]).toBeGreaterThan(20);
  expect(bench.counters("a")["tagsRefused"]).toBeLessThan(256);
});

it("puts nothing on the batch that it borrowed", () => {
  const bench = new BenchGraph([tag]);
  bench.wire("tag", ["a", "x"]);
  bench.msg("a", "sethookin", '{ thisHook="x" ifNotMatch="x" }');
  bench.msg("a", "sethookout", '{ thisHook="x" tag_id=7 }');
  const batch = frames(2);
  bench.graph.resolve(undefined, "ngctl:").hooks.get("a")!.send(batch);
  expect(bench.take()).toHaveLength(2);
  expect([batch.hasTagLists, batch.tagLists]).toEqual([false, []]);
});

it("refuses arguments that are longer or shorter than their data", () => {
  const bench = new BenchGraph([tag]);
  bench.wire("tag", ["a", "x"]);
  const send = (data: Uint8Array): number =>
    bench.socket.send("a", encodeMessage({ cookie: tag.cookie, cmd: 3, flags: 0, token: 0, cmdstr: "", data }));
  const data = new Uint8Array(43);
  data[0] = "x".charCodeAt(0);
  data[36] = 9;
  data[38] = 3;
  expect([42, 43, 44].map((length) => send(new Uint8Array([...data, 0]).subarray(0, length)))).toEqual([22, 0, 22]);
  expect(bench.msg("a", "gethookout", '"x"')).toBe('{ thisHook="x" tag_id=9 tag_len=3 }');
});
