import { E, fromHex, PacketBatch, toHex } from "@ngflow/base";
import { encodeMessage, FLOW_COOKIE, type Hook, LINK_IS_UP, type NodeContext } from "@ngflow/graph";
import { beforeEach, expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { vlan } from "./vlan.ts";

const ADDRESSES = "020000000001020000000002";
const TAGGED = 0x10000;

let bench: BenchGraph;
/** What arrived at the far ends: hook, bytes, tag next to them, segments. */
let seen: (readonly [hook: string, hex: string, tag: number, segments: number])[];
let commands: string[];

function note(hook: Hook, batch: PacketBatch): number {
  for (let i = 0; i < batch.count; i++) {
    expect(batch.wireLengths[i]).toBe(batch.lengths[i]);
    seen.push([hook.name, toHex(batch.packet(i)), batch.vlanTags[i]!, batch.segments[i]!]);
  }
  return 0;
}

beforeEach(() => {
  seen = [];
  commands = [];
  bench = new BenchGraph([vlan]);
  bench.wire("vlan", ["line", "downstream"]);
  bench.msg("line", "name", '{ name="v" }');
  const far = bench.graph.addNode("socket", "far", () => ({
    receive: note,
    message: (message, _from, via) => void commands.push(`${via?.name} ${message.cmd}`),
  }));
  for (const name of ["nomatch", "seven", "nine", "none"]) bench.graph.connect(far, ".", "v:", name, name);
  bench.msg("v:", "addfilter", '{ hook="seven" vid=7 pcp=5 cfi=1 }');
  bench.msg("v:", "addfilter", '{ hook="nine" vid=9 }');
});

/** Frames with the tags next to them, in one batch. */
function batchOf(...frames: readonly (readonly [hex: string, tag?: number])[]): PacketBatch {
  const batch = new PacketBatch(frames.length, fromHex(frames.map(([hex]) => hex).join("")));
  let at = 0;
  for (const [hex, tag = 0] of frames) {
    batch.push(at, hex.length / 2, hex.length / 2, 0);
    batch.vlanTags[batch.count - 1] = tag;
    at += hex.length / 2;
  }
  return batch;
}

/** Sends a batch to a hook of the node, from its peer. Returns the errno. */
function send(hook: string, batch: PacketBatch): number {
  return bench.graph.resolve(undefined, "v:").hooks.get(hook)!.peer!.send(batch);
}

/** Puts a node that notes what arrives in ngctl's place downstream. Returns a way to send messages from it. */
function watchLine(): NodeContext {
  bench.msg(".", "rmhook", '{ hook="line" }');
  let context: NodeContext | undefined;
  const line = bench.graph.addNode("socket", "line", (given) => {
    context = given;
    return { receive: note };
  });
  bench.graph.connect(line, ".", "v:", "line", "downstream");
  return context!;
}

it("sorts a batch by the tags in the frames and next to them, in order, and leaves the batch as it was", () => {
  const batch = batchOf(
    [`${ADDRESSES}0800aa`, TAGGED | 7],
    [`${ADDRESSES}810000070800bb`],
    [`${ADDRESSES}0800cc`, TAGGED | 0xe009],
    [`${ADDRESSES}810000080800dd`],
    [`${ADDRESSES}0800ee`, TAGGED | 8],
    [`${ADDRESSES}0800ff`, TAGGED | 0xf007],
    [`${ADDRESSES}0800`],
  );
  const before = toHex(batch.buffer);
  expect(send("downstream", batch)).toBe(0);
  expect(seen).toEqual([
    ["seven", `${ADDRESSES}0800aa`, 0, 0],
    ["seven", `${ADDRESSES}0800bb`, 0, 0],
    ["seven", `${ADDRESSES}0800ff`, 0, 0],
    ["nine", `${ADDRESSES}0800cc`, 0, 0],
    ["nomatch", `${ADDRESSES}810000080800dd`, 0, 0],
    ["nomatch", `${ADDRESSES}0800ee`, TAGGED | 8, 0],
    ["nomatch", `${ADDRESSES}0800`, 0, 0],
  ]);
  expect(toHex(batch.buffer)).toBe(before);
  expect(batch.vlanTags[0]).toBe(TAGGED | 7);
});

it("takes tags without a filter out of frames when it decapsulates", () => {
  bench.msg("v:", "setdecap", "1");
  send(
    "downstream",
    batchOf([`${ADDRESSES}0800aa`], [`${ADDRESSES}8100e0080800bb`], [`${ADDRESSES}0800cc`, TAGGED | 3]),
  );
  expect(seen).toEqual([
    ["nomatch", `${ADDRESSES}0800aa`, 0, 0],
    ["nomatch", `${ADDRESSES}0800bb`, TAGGED | 0xe008, 0],
    ["nomatch", `${ADDRESSES}0800cc`, TAGGED | 3, 0],
  ]);
});

it("tags frames of VLAN hooks, and keeps a tag that is next to them", () => {
  watchLine();
  expect(send("seven", batchOf([`${ADDRESSES}0800aa`], [`${ADDRESSES}0800bb`, TAGGED | 3], ["00"]))).toBe(E.EINVAL);
  expect(send("none", batchOf([`${ADDRESSES}0800`]))).toBe(E.EOPNOTSUPP);
  expect(seen).toEqual([
    ["line", `${ADDRESSES}8100b0070800aa`, 0, 0],
    ["line", `${ADDRESSES}8100b0070800bb`, TAGGED | 3, 0],
  ]);
});

it("puts tags next to frames where it does not encapsulate, and those of nomatch into them where it does", () => {
  watchLine();
  bench.msg("v:", "setencap", "2");
  send("seven", batchOf([`${ADDRESSES}0800aa`, TAGGED | 3]));
  send("nomatch", batchOf([`${ADDRESSES}0800bb`, TAGGED | 3], [`${ADDRESSES}0800cc`]));
  bench.msg("v:", "setencap", "0");
  send("nomatch", batchOf([`${ADDRESSES}0800dd`, TAGGED | 3]));
  expect(seen).toEqual([
    ["line", `${ADDRESSES}0800aa`, TAGGED | 0xb007, 0],
    ["line", `${ADDRESSES}810000030800bb`, 0, 0],
    ["line", `${ADDRESSES}0800cc`, 0, 0],
    ["line", `${ADDRESSES}0800dd`, TAGGED | 3, 0],
  ]);
});

it("counts the tag among the headers of each segment of a merged frame", () => {
  watchLine();
  const merged = batchOf([`${ADDRESSES}0800aa`], [`${ADDRESSES}0800bb`]);
  merged.hasSegments = true;
  merged.segments[0] = (54 << 16) | 3;
  merged.segments[1] = 1;
  send("seven", merged);
  expect(seen.map(([, , , segments]) => segments)).toEqual([(58 << 16) | 3, 1]);
});

it("passes link states from downstream to the VLANs' hooks, and ignores others", () => {
  const up = { cookie: FLOW_COOKIE, cmd: LINK_IS_UP, flags: 0, token: 0, cmdstr: "", data: new Uint8Array(0) };
  const line = watchLine();
  expect(line.sendAlong(line.node.hooks.get("line")!, up)).toBe(0);
  expect(commands).toEqual(["seven 32", "nine 32"]);
  expect(bench.socket.send("v:", encodeMessage(up))).toBe(0);
  expect(commands).toHaveLength(2);
  expect(bench.socket.send("v:", encodeMessage({ ...up, cookie: 1 }))).toBe(E.EINVAL);
});

it("is entered again while it sends", () => {
  // What leaves through "seven" comes back through "none", which is VLAN 3, and so on downstream.
  bench.msg("v:", "addfilter", '{ hook="none" vid=3 }');
  const { graph } = bench;
  const far = graph.resolve(undefined, "far:");
  const [seven, none] = [far.hooks.get("seven")!, far.hooks.get("none")!];
  far.behaviour.receive = (hook, batch) => (hook === seven ? none.send(batch) : note(hook, batch));
  const frames = batchOf(
    [`${ADDRESSES}810000070800aa`],
    [`${ADDRESSES}810000090800bb`],
    [`${ADDRESSES}810000070800cc`],
  );
  expect(send("downstream", frames)).toBe(0);
  expect(bench.take()).toEqual([`line ${ADDRESSES}810000030800aa`, `line ${ADDRESSES}810000030800cc`]);
  expect(seen).toEqual([["nine", `${ADDRESSES}0800bb`, 0, 0]]);
});
