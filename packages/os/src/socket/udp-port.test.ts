import { createSocket, type Socket } from "node:dgram";
import { formatIp } from "@ngflow/base";
import { afterEach, describe, expect, it } from "vitest";
import { canReceiveBatches, DatagramReceiver, RECEIVE_DATAGRAMS, RECEIVER_BYTES } from "./datagram-receiver.ts";
import { SocketWait, WakeUp } from "./socket-wait.ts";
import { UdpPort } from "./udp-port.ts";

const MORE_THAN_A_CALL = 150;
const open: { close(): void }[] = [];

afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

function bound(host: string, receiveBufferBytes = 1 << 20): UdpPort {
  const port = new UdpPort(host, 0, receiveBufferBytes);
  open.push(port);
  return port;
}

async function sender(type: "udp4" | "udp6", address: string): Promise<Socket> {
  const socket = createSocket(type);
  open.push(socket);
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  return socket;
}

function send(socket: Socket, bytes: Uint8Array, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) =>
    socket.send(bytes, port, host, (error) => (error ? reject(error) : resolve())),
  );
}

/** A receiver, and what it has read: source address, source port, payload, arrival. */
function reading(): { receiver: DatagramReceiver; read(fd: number): [string, number, Uint8Array, number][] } {
  const memory = new SharedArrayBuffer(8 + RECEIVER_BYTES);
  const receiver = new DatagramReceiver(memory, 8);
  const address = new Uint32Array(4);
  const read = (fd: number): [string, number, Uint8Array, number][] =>
    Array.from({ length: Math.max(0, receiver.receive(fd)) }, (_, i) => {
      receiver.copyAddress(i, address, 0);
      const start = receiver.start(i);
      const payload = new Uint8Array(memory).slice(start, start + receiver.length(i));
      return [formatIp(new Uint8Array(address.buffer)), receiver.port(i), payload, receiver.arrivedMs(i)];
    });
  return { receiver, read };
}

describe.skipIf(!canReceiveBatches())("a port that receives in batches", () => {
  it("gives payload, source and time of arrival, over IPv4 and IPv6", async () => {
    const port = bound("::");
    const four = await sender("udp4", "127.0.0.7");
    const six = await sender("udp6", "::1");
    const beforeMs = Date.now();
    await send(four, Uint8Array.of(1, 2, 3), port.bound.port, "127.0.0.1");
    await send(six, Uint8Array.of(), port.bound.port, "::1");
    await send(four, new Uint8Array(65_507).fill(9), port.bound.port, "127.0.0.1");
    const afterMs = Date.now();
    const { read } = reading();
    const got = read(port.fd);
    expect(got.map(([address, from]) => [address, from])).toEqual([
      ["127.0.0.7", four.address().port],
      ["::1", six.address().port],
      ["127.0.0.7", four.address().port],
    ]);
    expect(got.map(([, , payload]) => payload.length)).toEqual([3, 0, 65_507]);
    expect(got[0]![2]).toEqual(Uint8Array.of(1, 2, 3));
    expect(got[2]![2].every((byte) => byte === 9)).toBe(true);
    for (const [, , , ms] of got) expect(ms).toBeGreaterThanOrEqual(Math.floor(beforeMs) - 1);
    for (const [, , , ms] of got) expect(ms).toBeLessThanOrEqual(afterMs + 1);
  });

  it("reads more than one call takes, in order, and knows when nothing is left", async () => {
    const port = bound("127.0.0.1");
    const socket = await sender("udp4", "127.0.0.1");
    for (let i = 0; i < MORE_THAN_A_CALL; i++) await send(socket, Uint8Array.of(i), port.bound.port, "127.0.0.1");
    const { receiver, read } = reading();
    const calls = [read(port.fd), read(port.fd), read(port.fd)];
    expect(calls.map(({ length }) => length)).toEqual([
      RECEIVE_DATAGRAMS,
      RECEIVE_DATAGRAMS,
      MORE_THAN_A_CALL - 2 * RECEIVE_DATAGRAMS,
    ]);
    expect(calls.flat().map(([, , payload]) => payload[0])).toEqual([...Array(MORE_THAN_A_CALL).keys()]);
    expect(receiver.receive(port.fd)).toBe(0);
  });

  it("counts every datagram that the kernel dropped, also the last ones", async () => {
    const port = bound("127.0.0.1", 4096);
    const socket = await sender("udp4", "127.0.0.1");
    for (let i = 0; i < MORE_THAN_A_CALL; i++) await send(socket, new Uint8Array(1000), port.bound.port, "127.0.0.1");
    const { read } = reading();
    const got = read(port.fd).length;
    expect(got).toBeGreaterThan(0);
    expect(port.drops()).toBe(MORE_THAN_A_CALL - got);
    expect(port.drops()).toBe(MORE_THAN_A_CALL - got);
    port.close();
    expect(port.drops()).toBe(MORE_THAN_A_CALL - got);
  });

  it("is taken over by its descriptor, with what waits in it", async () => {
    const first = bound("127.0.0.1");
    const socket = await sender("udp4", "127.0.0.1");
    await send(socket, Uint8Array.of(7), first.bound.port, "127.0.0.1");
    const second = new UdpPort("127.0.0.1", 0, 4096, { fd: first.fd });
    expect([second.bound, second.receiveBufferBytes]).toEqual([first.bound, first.receiveBufferBytes]);
    const got = reading().read(second.fd);
    expect(got.map((each) => each.slice(0, 3))).toEqual([["127.0.0.1", socket.address().port, Uint8Array.of(7)]]);
  });

  it("is refused by the kernel's name for the reason", () => {
    const { port } = bound("127.0.0.1").bound;
    expect(() => new UdpPort("127.0.0.1", port, 4096)).toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
    for (const host of ["192.0.2.1", "fe80::1%none", "nowhere"])
      expect(() => new UdpPort(host, 0, 4096)).toThrow(expect.objectContaining({ code: "EADDRNOTAVAIL" }));
  });

  it("the wait ends when a datagram comes, when it is woken, and after its time", async () => {
    const port = bound("127.0.0.1");
    const socket = await sender("udp4", "127.0.0.1");
    const wakeUp = new WakeUp();
    open.push(wakeUp);
    const wait = new SocketWait([port.fd], wakeUp);
    const took = (timeoutMs: number): number => {
      const start = performance.now();
      wait.wait(timeoutMs);
      return performance.now() - start;
    };
    expect(took(30)).toBeGreaterThan(25);
    new WakeUp(wakeUp.fd).wake();
    expect(took(10_000)).toBeLessThan(5000);
    expect(took(30)).toBeGreaterThan(25);
    await send(socket, Uint8Array.of(1), port.bound.port, "127.0.0.1");
    expect(took(10_000)).toBeLessThan(5000);
  });
});
