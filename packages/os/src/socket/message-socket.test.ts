import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { PacketBatch, parseIp } from "@ngflow/base";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { DatagramSocket } from "./datagram-socket.ts";
import { DgramSocket } from "./dgram-socket.ts";
import { hasLibc } from "../libc.ts";
import { QUEUE_DATAGRAMS } from "./send-queue.ts";
import type { SocketAddress } from "./socket-address.ts";
import { openDatagramSocket } from "./open-datagram-socket.ts";

const linux = hasLibc();
const REASON = linux ? "" : ": not on Linux";

function at(text: string, port: number): SocketAddress {
  const bytes = parseIp(text)!;
  const family = text.includes(":") ? "inet6" : "inet";
  return { family, address: family === "inet" ? bytes.slice(12) : bytes, port, flowInfo: 0, scopeId: 0 };
}

function batchOf(...datagrams: readonly string[]): PacketBatch {
  const bytes = datagrams.map((text) => new TextEncoder().encode(text));
  const batch = new PacketBatch(bytes.length, new Uint8Array(bytes.reduce((n, b) => n + b.length, 0)));
  let offset = 0;
  for (const one of bytes) {
    batch.buffer.set(one, offset);
    batch.push(offset, one.length, one.length, 0);
    offset += one.length;
  }
  return batch;
}

const open: (Socket | DatagramSocket)[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

async function collector(host = "127.0.0.1"): Promise<{ port: number; got: string[] }> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  open.push(socket);
  const got: string[] = [];
  socket.on("message", (bytes) => got.push(bytes.toString()));
  socket.bind(0, host);
  await once(socket, "listening");
  return { port: socket.address().port, got };
}

function make<T extends DatagramSocket>(socket: T): T {
  open.push(socket);
  return socket;
}

describe.each([
  ["MessageSocket", linux, openDatagramSocket],
  ["DgramSocket", true, (family: "inet" | "inet6") => new DgramSocket(family)],
] as const)("%s", (_name, runs, create) => {
  describe.skipIf(!runs)(`on loopback${runs ? "" : REASON}`, () => {
    it("sends what is queued, in order", async () => {
      const { port, got } = await collector();
      const socket = make(create("inet"));
      socket.connect(at("127.0.0.1", port));
      socket.enqueue(batchOf("one", "two"));
      socket.enqueue(batchOf("three"));
      socket.flush();
      await vi.waitFor(() => expect(got).toEqual(["one", "two", "three"]));
      await vi.waitFor(() => expect(socket.stats()).toMatchObject({ datagramsSent: 3, bytesSent: 11, sendErrors: 0 }));
    });

    it("sends over IPv6", async () => {
      const { port, got } = await collector("::1");
      const socket = make(create("inet6"));
      socket.connect(at("::1", port));
      socket.enqueue(batchOf("six"));
      socket.flush();
      await vi.waitFor(() => expect(got).toEqual(["six"]));
    });

    it("sends what is queued before it closes", async () => {
      const { port, got } = await collector();
      const socket = create("inet");
      socket.connect(at("127.0.0.1", port));
      socket.enqueue(batchOf("last"));
      socket.close();
      socket.close();
      await vi.waitFor(() => expect(got).toEqual(["last"]));
    });

    it("counts datagrams without a peer as errors", () => {
      const socket = make(create("inet"));
      socket.enqueue(batchOf("x", "y"));
      socket.flush();
      expect(socket.stats()).toMatchObject({ datagramsSent: 0, sendErrors: 2 });
      expect(() => socket.peerAddress()).toThrow(expect.objectContaining({ code: "ENOTCONN", errno: 57 }));
    });

    it("delivers what arrives, and nothing after close", async () => {
      const socket = create("inet");
      const got: string[] = [];
      socket.receive((batch) => {
        for (let i = 0; i < batch.count; i++) got.push(new TextDecoder().decode(batch.packet(i)));
      });
      socket.bind(at("127.0.0.1", 0));
      await vi.waitFor(() => expect(socket.localAddress()?.port).toBeGreaterThan(0));
      const { port } = socket.localAddress()!;
      const sender = createSocket("udp4");
      open.push(sender);
      sender.send("a", port, "127.0.0.1");
      await vi.waitFor(() => expect(got).toEqual(["a"]));
      expect(socket.stats()).toMatchObject({ datagramsReceived: 1, bytesReceived: 1 });
      sender.send("b", port, "127.0.0.1");
      await new Promise((resolve) => setImmediate(resolve));
      const before = got.length;
      socket.close();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(got.length).toBe(before);
    });
  });
});

describe.skipIf(!linux)(`MessageSocket against the kernel${REASON}`, () => {
  it("counts a refused datagram and still sends the next ones", async () => {
    const free = await collector();
    open.pop()!.close();
    const socket = make(openDatagramSocket("inet"));
    socket.connect(at("127.0.0.1", free.port));
    for (const text of ["a", "b", "c"]) {
      socket.enqueue(batchOf(text));
      socket.flush();
    }
    await vi.waitFor(() => expect(socket.stats().refused).toBe(3));
    expect(socket.stats()).toMatchObject({ datagramsSent: 3, sendErrors: 0 });
    const late = createSocket("udp4");
    open.push(late);
    const got: string[] = [];
    late.on("message", (bytes) => got.push(bytes.toString()));
    late.bind(free.port, "127.0.0.1");
    await once(late, "listening");
    socket.enqueue(batchOf("d"));
    socket.flush();
    await vi.waitFor(() => expect(got).toEqual(["d"]));
  });

  it("accounts for every datagram of a burst larger than its queue", async () => {
    const { port } = await collector();
    const socket = make(openDatagramSocket("inet"));
    socket.connect(at("127.0.0.1", port));
    const burst = 3 * QUEUE_DATAGRAMS;
    for (let i = 0; i < burst; i++) socket.enqueue(batchOf(`datagram ${i}`));
    socket.flush();
    const { datagramsSent, sendErrors, overflowed } = socket.stats();
    expect(datagramsSent + sendErrors + overflowed).toBe(burst);
    expect(datagramsSent).toBeGreaterThan(QUEUE_DATAGRAMS);
  });

  it("counts a datagram longer than UDP allows as an error and goes on", async () => {
    const { port, got } = await collector();
    const socket = make(openDatagramSocket("inet"));
    socket.connect(at("127.0.0.1", port));
    socket.enqueue(PacketBatch.of(new Uint8Array(65_536)));
    socket.enqueue(batchOf("short"));
    socket.flush();
    await vi.waitFor(() => expect(got).toEqual(["short"]));
    expect(socket.stats()).toMatchObject({ datagramsSent: 1, sendErrors: 1 });
  });

  it("reports addresses, options and refusals", () => {
    const socket = make(openDatagramSocket("inet"));
    socket.bind(at("127.0.0.1", 0));
    expect(() => socket.bind(at("127.0.0.1", 0))).toThrow(expect.objectContaining({ errno: 22 }));
    socket.connect(at("127.0.0.1", 9));
    expect(socket.peerAddress()).toEqual(at("127.0.0.1", 9));
    socket.connect(at("127.0.0.1", 10));
    expect(socket.peerAddress().port).toBe(10);
    expect(() => socket.connect(at("::1", 9))).toThrow(expect.objectContaining({ code: "EAFNOSUPPORT", errno: 47 }));
    expect(() => socket.connect(at("127.0.0.1", 0))).toThrow(expect.objectContaining({ errno: 49 }));
    socket.setOption("ttl", 7);
    expect(socket.getOption("ttl")).toBe(7);
    const other = make(openDatagramSocket("inet"));
    const { port } = socket.localAddress()!;
    expect(() => other.bind(at("127.0.0.1", port))).toThrow(expect.objectContaining({ code: "EADDRINUSE", errno: 48 }));
  });
});
