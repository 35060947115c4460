import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { canReceiveBatches } from "@ngflow/os/udp";
import { DgramReceiver } from "./dgram-receiver.ts";
import { openReceiver } from "./open-receiver.ts";
import type { Receiver, ReceiverConfig } from "./receiver.ts";
import type { DatagramSink } from "./ring-reader.ts";

const config: ReceiverConfig = {
  receivers: 1,
  listen: [{ host: "127.0.0.1", port: 0 }],
  receiveBufferBytes: 1 << 20,
  ringBytes: 1 << 20,
};
const fail = (error: Error): never => {
  throw error;
};
const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function client(): Socket {
  const socket = createSocket("udp4");
  open.push(socket);
  return socket;
}

function send(socket: Socket, bytes: Uint8Array, receiver: Receiver): Promise<void> {
  return new Promise((resolve) => socket.send(bytes, receiver.sockets[0]!.port, "127.0.0.1", () => resolve()));
}

function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

const KINDS: readonly [string, (sink: DatagramSink, listen?: ReceiverConfig["listen"]) => Promise<Receiver>][] = [
  ["node:dgram", (sink, listen = config.listen) => DgramReceiver.open({ ...config, listen }, sink, fail)],
  ["a thread", (sink, listen = config.listen) => openReceiver({ ...config, listen }, sink, fail)],
];
/** The interface of 127.0.0.1. */
const LOOPBACK = Object.entries(networkInterfaces()).find(([, all]) =>
  all!.some(({ address }) => address === "127.0.0.1"),
)![0];

describe.each(KINDS.slice(0, canReceiveBatches() ? 2 : 1))("a receiver with %s", (_, openWith) => {
  it("passes on every datagram with its source, counts it, and closes when all is passed on", async () => {
    const got: [number, string, number][] = [];
    const receiver = await openWith((bytes, start, end, address, port) => got.push([end - start, address, port]));
    const socket = client();
    for (let i = 0; i < 100; i++) await send(socket, new Uint8Array(i), receiver);
    await receiver.drain();
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => [i, "127.0.0.1", socket.address().port]));
    for (let i = 0; i < 50; i++) await send(socket, new Uint8Array(1), receiver);
    await Promise.all([receiver.close(), receiver.close()]);
    expect(got).toHaveLength(150);
    expect(receiver.counters()).toMatchObject({
      datagramsReceived: 150,
      bytesReceived: 4950 + 50,
      kernelDrops: 0,
      ringDropsShare: 0,
      ringBytes: 0,
      receiveErrors: 0,
    });
  });

  it("joins a multicast group, and gets only what is sent to it", async () => {
    const got: number[] = [];
    const group = "239.192.77.1";
    const receiver = await openWith(
      (bytes, start) => got.push(bytes[start]!),
      [{ host: `${group}%${LOOPBACK}`, port: 0 }],
    );
    open.push(receiver);
    const { port } = receiver.sockets[0]!;
    const socket = client();
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    socket.setMulticastInterface("127.0.0.1");
    const to = (host: string, byte: number): Promise<void> =>
      new Promise((resolve) => socket.send(Uint8Array.of(byte), port, host, () => resolve()));
    await to("127.0.0.1", 1);
    await to("239.192.77.2", 2);
    await to(group, 3);
    await receiver.drain();
    expect(got).toEqual([3]);
  });

  it("names the group and the interface that cannot be joined", async () => {
    const refused = (host: string): Promise<Receiver> => openWith(() => {}, [{ host, port: 0 }]);
    await expect(refused("239.192.77.1%none")).rejects.toMatchObject({
      code: "listen-group",
      message: expect.stringMatching(/^cannot join the multicast group 239\.192\.77\.1 on none: no such interface/),
    });
    await expect(refused("ff02::77:1%none")).rejects.toMatchObject({
      code: "listen-group",
      message: expect.stringMatching(
        /^cannot join the multicast group ff02::77:1 on none: .*'\[ff02::77:1%eth0\]:2055'$/,
      ),
    });
  });

  it("resolves names, and names the address that cannot be bound", async () => {
    const named = await openReceiver({ ...config, listen: [{ host: "localhost", port: 0 }] }, () => {}, fail);
    open.push(named);
    expect(named.sockets[0]!.port).toBeGreaterThan(0);
    const taken = { host: "127.0.0.1", port: named.sockets[0]!.port };
    if (named.sockets[0]!.host !== "127.0.0.1") return;
    await expect(openReceiver({ ...config, listen: [taken] }, () => {}, fail)).rejects.toMatchObject({
      code: "listen-in-use",
    });
  });
});

describe.skipIf(!canReceiveBatches())("a receive thread", () => {
  it("goes on while the thread that decodes stands still, and stamps when a datagram came", async () => {
    const lateMs: number[] = [];
    const receiver = await openReceiver(config, (_b, _s, _e, _a, _p, ms) => lateMs.push(Date.now() - ms), fail);
    open.push(receiver);
    const socket = client();
    await send(socket, new Uint8Array(10), receiver);
    await receiver.drain();
    const before = receiver.beat()!;
    for (let i = 0; i < 20; i++) await send(socket, new Uint8Array(10), receiver);
    block(1200);
    // Nothing was passed on, yet everything was read and the thread lived.
    expect(receiver.counters().datagramsReceived).toBe(21);
    expect(receiver.counters().ringBytes).toBeGreaterThan(0);
    expect(receiver.beat()! - before).toBeGreaterThanOrEqual(4);
    await receiver.drain();
    expect(lateMs).toHaveLength(21);
    expect(lateMs.at(-1)).toBeGreaterThan(1000);
  });

  it("leaves to the kernel what does not fit, and loses nothing that the kernel kept", async () => {
    let count = 0;
    const receiver = await openReceiver(
      { ...config, ringBytes: 1 << 18, receiveBufferBytes: 1 << 22 },
      () => {
        if (count++ === 0) block(700);
      },
      fail,
    );
    // This thread stands still from the first datagram on, so another thread sends.
    const code = `const socket = require("node:dgram").createSocket("udp4");
      let left = 400;
      for (let i = 0; i < 400; i++)
        socket.send(new Uint8Array(1400), ${receiver.sockets[0]!.port}, "127.0.0.1", () => --left === 0 && socket.close());`;
    await once(new Worker(code, { eval: true, execArgv: [] }), "exit");
    await receiver.close();
    const { datagramsReceived, kernelDrops, ringBytesMost } = receiver.counters();
    expect(datagramsReceived + kernelDrops).toBe(400);
    expect(count).toBe(datagramsReceived);
    expect(ringBytesMost).toBeGreaterThan(200_000);
  });

  it("does not wake the thread that decodes while nothing arrives", async () => {
    const receiver = await openReceiver(config, () => {}, fail);
    open.push(receiver);
    await sleep(300);
    // Whenever it was woken, it waits again.
    const waits = vi.spyOn(Atomics, "waitAsync");
    try {
      await sleep(1000);
      expect(waits).not.toHaveBeenCalled();
      await send(client(), new Uint8Array(1), receiver);
      await vi.waitFor(() => expect(waits).toHaveBeenCalled());
    } finally {
      waits.mockRestore();
    }
  });
});
