import { fromHex, PacketBatch, toHex } from "@ngflow/base";
import { createGraph, type Hook } from "@ngflow/graph";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ManualClock } from "../testing/bench-graph.ts";
import { PacketSorter } from "./packet-sorter.ts";

/** Hooks of a node whose peers note what arrives, by the number of the hook. */
function outlets(count: number): { hooks: Hook[]; arrived: string[][]; batches: PacketBatch[] } {
  const graph = createGraph({ clock: new ManualClock(), types: [] });
  const arrived: string[][] = Array.from({ length: count }, () => []);
  const batches: PacketBatch[] = [];
  const near = graph.addNode("socket", "near", () => ({}));
  const far = graph.addNode("socket", "far", () => ({
    receive: (hook, batch) => {
      batches.push(batch);
      for (let i = 0; i < batch.count; i++) arrived[Number(hook.name)]!.push(toHex(batch.packet(i)));
      return Number(hook.name);
    },
  }));
  for (let n = 0; n < count; n++) graph.connect(near, ".", "far:", String(n), String(n));
  expect(far.hooks.size).toBe(count);
  return { hooks: [...near.hooks.values()], arrived, batches };
}

function batchOf(packets: readonly string[]): PacketBatch {
  const batch = new PacketBatch(packets.length, fromHex(packets.join("")));
  let at = 0;
  for (const { length } of packets) {
    batch.push(at, length / 2, length / 2, 0);
    at += length / 2;
  }
  return batch;
}

it("sends each hook its packets in their order, changed or not, and changes no byte of the batch", () => {
  const sorter = new PacketSorter();
  const packet = fc.record({
    hex: fc.uint8Array({ minLength: 4, maxLength: 40 }).map(toHex),
    hook: fc.nat({ max: 3 }),
    cut: fc.constantFrom(undefined, 0, 4),
    gap: fc.constantFrom(0, 4),
  });
  fc.assert(
    fc.property(fc.array(packet, { minLength: 1, maxLength: 60 }), (packets) => {
      const { hooks, arrived, batches } = outlets(4);
      const batch = batchOf(packets.map(({ hex }) => hex));
      const before = toHex(batch.buffer);
      const sort = sorter.take(batch);
      const expected: string[][] = [[], [], [], []];
      packets.forEach(({ hex, hook, cut, gap }, i) => {
        if (cut === undefined) sort.pass(hooks[hook]!, i);
        else {
          const at = sort.change(hooks[hook]!, i, 0, cut, gap);
          sort.last.buffer.fill(0xee, at, at + gap);
        }
        expected[hook]!.push(cut === undefined ? hex : "ee".repeat(gap) + hex.slice(cut * 2));
      });
      sorter.send(sort);
      expect(arrived).toEqual(expected);
      expect(toHex(batch.buffer)).toBe(before);
      // Nothing is kept.
      expect(batches.every(({ count, buffer }) => count === 0 && buffer.length === 0)).toBe(true);
    }),
  );
});

it("returns the last errno that is not 0, and shares the buffer where no packet is changed", () => {
  const { hooks, batches } = outlets(3);
  const sorter = new PacketSorter();
  const batch = batchOf(["01", "02", "03"]);
  let shared = false;
  hooks[1]!.peer!.node.behaviour.receive = (hook, part) => {
    shared ||= part.buffer === batch.buffer;
    batches.push(part);
    return Number(hook.name);
  };
  const sort = sorter.take(batch);
  sort.pass(hooks[2]!, 0);
  sort.pass(hooks[1]!, 1);
  sort.pass(hooks[0]!, 2);
  expect(sorter.send(sort)).toBe(1);
  expect(shared).toBe(true);
  expect(batches).toHaveLength(3);
});
