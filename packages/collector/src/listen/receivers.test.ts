import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { canReceiveBatches } from "@ngflow/os/udp";
import { bindEarly, openReceiver } from "./open-receiver.ts";
import type { Receiver, ReceiverConfig } from "./receiver.ts";

const config: ReceiverConfig = {
  listen: [{ host: "127.0.0.1", port: 0 }],
  receiveBufferBytes: 1 << 20,
  receivers: 3,
  ringBytes: 1 << 20,
};
const SENDERS = 60;
const EACH = 20;
const fail = (error: Error): never => {
  throw error;
};
const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function senders(count: number): Socket[] {
  return Array.from({ length: count }, () => {
    const socket = createSocket("udp4");
    open.push(socket);
    return socket;
  });
}

const sendTo = (socket: Socket, port: number, bytes: Uint8Array, host = "127.0.0.1"): Promise<void> =>
  new Promise((resolve) => socket.send(bytes, port, host, () => resolve()));

/** Passes on what was sent. A drain has a limit of time, in which a thread has not even begun on a busy machine. */
async function drained(receiver: Receiver, datagrams: number): Promise<void> {
  await expect.poll(() => receiver.counters().datagramsReceived).toBe(datagrams);
  await receiver.drain();
}

describe.skipIf(!canReceiveBatches())("several receivers", () => {
  it("get every datagram once, each sender's in order, and all get some", async () => {
    const got = new Map<number, number[]>();
    const receiver = await openReceiver(
      { ...config, listen: [...config.listen, { host: "::1", port: 0 }] },
      (bytes, start, _end, _address, port) => got.set(port, [...(got.get(port) ?? []), bytes[start]!]),
      fail,
    );
    open.push(receiver);
    const { port } = receiver.sockets[0]!;
    const sockets = senders(SENDERS);
    for (let i = 0; i < EACH; i++) for (const socket of sockets) await sendTo(socket, port, Uint8Array.of(i));
    await drained(receiver, SENDERS * EACH);
    const inOrder = Array.from({ length: EACH }, (_, i) => i);
    expect([...got.values()]).toEqual(Array.from({ length: SENDERS }, () => inOrder));
    const each = receiver.eachCounters().map(({ datagramsReceived }) => datagramsReceived);
    expect(each).toHaveLength(3);
    // A sender's datagrams are all of one receiver.
    for (const count of each) expect([count > 0, count % EACH]).toEqual([true, 0]);
    expect(receiver.counters()).toMatchObject({ datagramsReceived: SENDERS * EACH, kernelDrops: 0, ringBytes: 0 });
  });

  it("count what the kernel drops in the sockets of each, and pass on what they had read when they are closed", async () => {
    let count = 0;
    const receiver = await openReceiver(
      { ...config, receivers: 2, ringBytes: 1 << 19, receiveBufferBytes: 1 << 12 },
      () => {
        if (count++ === 0) for (const end = performance.now() + 700; performance.now() < end;);
      },
      fail,
    );
    const code = `const dgram = require("node:dgram");
      for (let s = 0; s < 30; s++) {
        const socket = dgram.createSocket("udp4");
        let left = 100;
        for (let i = 0; i < 100; i++)
          socket.send(new Uint8Array(1400), ${receiver.sockets[0]!.port}, "127.0.0.1", () => --left === 0 && socket.close());
      }`;
    await once(new Worker(code, { eval: true, execArgv: [] }), "exit");
    await Promise.all([receiver.close(), receiver.close()]);
    const { datagramsReceived, ringDropsShare, kernelDrops } = receiver.counters();
    expect(datagramsReceived + kernelDrops).toBe(3000);
    expect(count).toBe(datagramsReceived - ringDropsShare);
    const each = receiver.eachCounters();
    expect(each.reduce((sum, counters) => sum + counters.kernelDrops, 0)).toBe(kernelDrops);
    for (const counters of each) expect(counters.kernelDrops).toBeGreaterThan(0);
  });

  it("are alive when all of them are", async () => {
    const receiver = await openReceiver(config, () => {}, fail);
    open.push(receiver);
    const first = receiver.beat()!;
    let beat = first;
    for (let i = 0; i < 100 && beat === first; i++) {
      await sleep(50);
      beat = receiver.beat()!;
    }
    expect(beat).toBeGreaterThan(first);
    await receiver.close();
    receiver.beat();
    const last = receiver.beat();
    expect(receiver.beat()).toBe(last);
  });

  it("leave a multicast group to one of them, as each would get all of it", async () => {
    const loopback = Object.entries(networkInterfaces()).find(([, all]) =>
      all!.some(({ address }) => address === "127.0.0.1"),
    )![0];
    const got: number[] = [];
    const listen = [{ host: `239.192.77.3%${loopback}`, port: 0 }, ...config.listen];
    const receiver = await openReceiver({ ...config, listen }, (bytes, start) => got.push(bytes[start]!), fail);
    open.push(receiver);
    const [socket] = senders(1);
    await new Promise<void>((resolve) => socket!.bind(0, "127.0.0.1", resolve));
    socket!.setMulticastInterface("127.0.0.1");
    await sendTo(socket!, receiver.sockets[0]!.port, Uint8Array.of(1), "239.192.77.3");
    await sendTo(socket!, receiver.sockets[1]!.port, Uint8Array.of(2));
    await drained(receiver, 2);
    expect(got.toSorted((a, b) => a - b)).toEqual([1, 2]);
  });

  it("refuse a port that another program has, also one that shares it", async () => {
    const taken = await openReceiver(config, () => {}, fail);
    open.push(taken);
    const listen = [{ host: "127.0.0.1", port: taken.sockets[0]!.port }];
    for (const receivers of [1, 2]) {
      await expect(openReceiver({ ...config, listen, receivers }, () => {}, fail)).rejects.toMatchObject({
        code: "listen-in-use",
      });
    }
  });

  it("take over the sockets that were bound for them before", async () => {
    const early = await bindEarly([{ host: "239.192.77.4", port: 0 }, ...config.listen], 3).catch(() =>
      bindEarly(config.listen, 3),
    );
    const own = early.at(-1)!;
    expect(own.fds).toHaveLength(3);
    if (early.length > 1) expect(early[0]!.fds).toHaveLength(1);
    let count = 0;
    const receiver = await openReceiver({ ...config, listen: early }, () => count++, fail);
    open.push(receiver);
    expect(receiver.sockets.at(-1)!.port).toBe(own.port);
    for (const socket of senders(SENDERS)) await sendTo(socket, own.port, Uint8Array.of(1));
    await drained(receiver, SENDERS);
    expect(count).toBe(SENDERS);
    for (const { datagramsReceived } of receiver.eachCounters()) expect(datagramsReceived).toBeGreaterThan(0);
  });
});
