import { createGraph, type Hook } from "@ngflow/graph";
import { PacketBatch } from "@ngflow/base";
import { bench, describe } from "vitest";
import { NODE_TYPES } from "./index.ts";
import { ManualClock } from "./testing/bench-graph.ts";

const PACKETS = 256;
const FRAME_BYTES = 64;

/** 256 frames from one host to another that a bridge does not know. */
function frames(): PacketBatch {
  const buffer = new Uint8Array(PACKETS * FRAME_BYTES);
  const batch = new PacketBatch(PACKETS, buffer);
  for (let i = 0; i < PACKETS; i++) {
    buffer.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0], i * FRAME_BYTES);
    batch.push(i * FRAME_BYTES, FRAME_BYTES, FRAME_BYTES, i);
  }
  return batch;
}

/** A hook into a node of `type` whose other hooks end in holes. */
function into(
  type: string,
  hook: string,
  others: readonly string[],
  message?: readonly [cmd: number, data: Uint8Array],
): Hook {
  const graph = createGraph({ clock: new ManualClock(), types: NODE_TYPES });
  const source = graph.addNode("socket", "source", () => ({}));
  const node = graph.mkpeer(source, ".", type, "out", hook);
  others.forEach((name) => graph.mkpeer(source, "out", "hole", name, "in"));
  if (message !== undefined) {
    const [cmd, data] = message;
    graph.sendMessage(source, "out", { cookie: node.type.cookie, cmd, flags: 0, token: 0, cmdstr: "", data });
  }
  return source.hooks.get("out")!;
}

/** Of bpf: packets whose first byte is 2 go to `yes`. */
function firstByteIsTwo(): Uint8Array {
  const data = new Uint8Array(100 + 4 * 8);
  const view = new DataView(data.buffer);
  ["in", "yes", "no"].forEach((name, i) =>
    data.set(
      [...name].map((c) => c.charCodeAt(0)),
      i * 32,
    ),
  );
  view.setUint32(96, 4, true);
  const rows = [
    [0x30, 0, 0, 0],
    [0x15, 0, 1, 2],
    [0x06, 0, 0, 65535],
    [0x06, 0, 0, 0],
  ] as const;
  rows.forEach(([code, jt, jf, k], i) => {
    view.setUint16(100 + i * 8, code, true);
    data.set([jt, jf], 102 + i * 8);
    view.setUint32(104 + i * 8, k, true);
  });
  return data;
}

/** `size` bytes that begin with the name of a hook and have others at `at`. */
function named(size: number, hook: string, at: number, ...bytes: number[]): Uint8Array {
  const data = new Uint8Array(size);
  data.set([...hook].map((c) => c.charCodeAt(0)));
  data.set(bytes, at);
  return data;
}

/** Of patch: 1 less in byte 22, the time to live of IPv4. */
function ttlMinusOne(): Uint8Array {
  const data = new Uint8Array(24 + 16);
  data[0] = 1;
  data.set([22, 0, 0, 0, 1, 0, 3, 0, 1], 24);
  return data;
}

describe("batches of 256 packets per second", () => {
  const batch = frames();
  const paths = {
    hole: into("hole", "in", []),
    tee: into("tee", "right", ["left", "right2left"]),
    "hub of three": into("hub", "a", ["b", "c", "d"]),
    bridge: into("bridge", "link0", ["link1", "link2"]),
    one2many: into("one2many", "one", ["many0", "many1"]),
    bpf: into("bpf", "in", ["yes", "no"], [1, firstByteIsTwo()]),
    etf: into("etf", "downstream", ["nomatch"]),
    "vlan, untagged": into("vlan", "downstream", ["nomatch"]),
    "vlan, tagging": into("vlan", "seven", ["downstream"], [1, named(38, "seven", 34, 7)]),
    tag: into("tag", "in", ["out"], [1, named(108, "in", 64, ...Buffer.from("out"))]),
    patch: into("patch", "in", ["out"], [1, ttlMinusOne()]),
  };
  for (const [name, hook] of Object.entries(paths)) {
    bench(
      name,
      () => {
        hook.send(batch);
      },
      { time: 300 },
    );
  }
});
