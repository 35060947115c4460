import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { parseIp } from "@ngflow/base";
import { afterEach, describe, expect, it } from "vitest";
import { SpoofingSocket } from "./spoofing-socket.ts";

const may = process.platform === "linux" && process.geteuid?.() === 0;
const receivers: Socket[] = [];

afterEach(() => {
  for (const receiver of receivers.splice(0)) receiver.close();
});

async function receiverAt(host: string): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  receivers.push(socket);
  socket.bind(0, host);
  await once(socket, "listening");
  return { socket, port: socket.address().port };
}

describe.skipIf(!may)("SpoofingSocket (skipped without root)", () => {
  it.each([
    ["127.0.0.1", "192.0.2.7"],
    ["::1", "2001:db8::7"],
  ])("sends to %s from %s and its port", async (host, source) => {
    const { socket, port } = await receiverAt(host);
    const isIpv6 = host.includes(":");
    const bytesOf = (text: string): Uint8Array => (isIpv6 ? parseIp(text)! : parseIp(text)!.subarray(12));
    const sender = new SpoofingSocket({
      family: isIpv6 ? "inet6" : "inet",
      address: bytesOf(host),
      port,
      flowInfo: 0,
      scopeId: 0,
    });
    try {
      // An odd length, and one that needs a checksum over several words.
      for (const payload of ["odd", "0123456789abcdef"]) {
        const bytes = Buffer.from(`..${payload}..`);
        const arrived = once(socket, "message") as Promise<[Buffer, RemoteInfo]>;
        sender.enqueue(bytes, 2, bytes.length - 2, bytesOf(source), 40_001);
        sender.flush();
        const [message, from] = await arrived;
        expect(message.toString()).toBe(payload);
        expect({ address: from.address, port: from.port }).toEqual({ address: source, port: 40_001 });
      }
      expect(sender.stats()).toMatchObject({ datagramsSent: 2, sendErrors: 0, overflowed: 0 });
    } finally {
      sender.close();
    }
  });

  it("counts a datagram that is longer than a packet", async () => {
    const { port } = await receiverAt("127.0.0.1");
    const loopback = Uint8Array.of(127, 0, 0, 1);
    const target = { family: "inet", address: loopback, port, flowInfo: 0, scopeId: 0 } as const;
    const sender = new SpoofingSocket(target);
    try {
      sender.enqueue(new Uint8Array(65_520), 0, 65_520, loopback, 1);
      sender.flush();
      expect(sender.stats()).toMatchObject({ datagramsSent: 0, sendErrors: 1 });
    } finally {
      sender.close();
    }
  });
});
