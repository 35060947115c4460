import { PacketBatch } from "@ngflow/base";
import { NODE_TYPES } from "@ngflow/nodes";
import type { LiveFlows } from "@ngflow/store";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connectControl } from "../control/client.ts";
import { startTestDaemon, type TestDaemon } from "../control/testing/test-daemon.ts";
import { GraphWatch } from "./graph-watch.ts";
import { LiveFlowsWatch } from "./live-flows.ts";

let daemon: TestDaemon;
let watch: GraphWatch;
beforeEach(async () => {
  daemon = await startTestDaemon({ types: NODE_TYPES });
  watch = new GraphWatch(daemon.path);
});
afterEach(async () => {
  await watch.close();
  await daemon.stop();
});

/** TCP from 10.0.0.1 port 50000 to 192.168.1.2 port 443, 100 bytes. */
const FRAME = Buffer.from(
  "020000000001020000000002080045100064000000004006" +
    `0000${"0a000001c0a80102"}c35001bb0000000100000001501affff00000000`,
  "hex",
);

it("tells a store what the caches hold, until some time after it has left them", async () => {
  const client = await connectControl(daemon.path, { name: "source" });
  await client.sendAscii(".", "mkpeer", '{ type="netflow" ourhook="up" peerhook="iface0" }');
  await client.sendAscii("up", "name", '{ name="netflow" }');
  await client.sendAscii("netflow:", "setifindex", "{ iface=0 index=7 }");
  const hook = daemon.graph.node(client.nodeId)!.hooks.get("up")!;
  const send = (atMs: number): void => {
    const batch = PacketBatch.of(FRAME, atMs * 1000);
    daemon.graph.run(() => hook.send(batch));
  };
  const startMs = Date.now();
  send(startMs + 200);
  send(startMs + 2300);

  let nowMs = startMs + 3000;
  const held: (LiveFlows | null)[] = [];
  const live = new LiveFlowsWatch({
    flows: async () => {
      const cached = await watch.cachedFlows();
      return cached && { exporter: "127.0.0.1", cached };
    },
    store: { holdLive: async (flows) => void held.push(flows) },
    nowMs: () => nowMs,
  });
  expect(await live.look()).toBe(nowMs);
  const { batch, atMs } = held.at(-1)!;
  const { columns } = batch;
  const ms = (column: Uint32Array): number => column[0]! + column[1]! * 2 ** 32;
  expect([batch.rows, atMs]).toEqual([1, nowMs]);
  expect([...columns.SrcAddr.subarray(10, 16)]).toEqual([0xff, 0xff, 10, 0, 0, 1]);
  expect([...columns.DstAddr.subarray(12, 16)]).toEqual([192, 168, 1, 2]);
  expect([columns.SrcPort[0], columns.DstPort[0], columns.Proto[0], columns.Tos[0], columns.TcpFlags[0]]).toEqual([
    50_000, 443, 6, 0x10, 0x1a,
  ]);
  expect([columns.InIf[0], columns.IpVersion[0], columns.Packets[0], columns.Bytes[0]]).toEqual([7, 4, 2, 200]);
  for (const [column, realMs] of [
    [columns.TimeStart, startMs + 200],
    [columns.TimeEnd, startMs + 2300],
  ] as const) {
    expect(ms(column)).toBeGreaterThan(realMs - 1000);
    expect(ms(column)).toBeLessThanOrEqual(realMs);
  }

  // Nothing is asked again at once. What has left a cache is on its way for a while.
  expect(await live.look()).toBe(nowMs);
  expect(held).toHaveLength(1);
  await client.sendAscii("netflow:", "shutdown", "");
  nowMs += 2500;
  expect(await live.look()).toBe(startMs + 3000);
  expect(held.at(-1)!.batch.rows).toBe(1);
  nowMs += 7900;
  expect(await live.look()).toBe(startMs + 3000);
  expect(held.at(-1)!.batch.rows).toBe(0);
  await client.close();
});

it("holds nothing where the caches cannot be told", async () => {
  const held: (LiveFlows | null)[] = [];
  const store = { holdLive: async (flows: LiveFlows | null) => void held.push(flows) };
  const live = new LiveFlowsWatch({ flows: () => Promise.resolve(null), store, nowMs: () => 5000 });
  expect(await live.look()).toBeNull();
  expect(held).toEqual([null]);
});
