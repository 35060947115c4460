import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PacketBatch } from "@ngflow/base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openIpfixFile, openPcapSender } from "../synthetic/senders/file-sender.ts";
import { OriginalSender, type ReplaySender, SocketPerSender } from "./replay-sender.ts";
import { replayFiles } from "./replay.ts";

const NEVER = new Promise(() => {});
const START_US = 1_767_225_600_000_000;
const GAP_US = 40_000;

let folder = "";
let receiver: Socket;
let port = 0;
let arrived: { hex: string; from: string; atMs: number }[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-replay-"));
  arrived = [];
  receiver = createSocket("udp4");
  receiver.on("message", (bytes, { address }) =>
    arrived.push({ hex: bytes.toString("hex"), from: address, atMs: performance.now() }),
  );
  receiver.bind(0, "127.0.0.1");
  await once(receiver, "listening");
  port = receiver.address().port;
});

afterEach(() => {
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A NetFlow v5 datagram without records, or an IPFIX message without sets. */
function datagram(version: 5 | 10, sequence: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(version === 5 ? 24 : 16));
  view.setUint16(0, version);
  if (version === 5) view.setUint32(16, sequence);
  else {
    view.setUint16(2, 16);
    view.setUint32(4, START_US / 1e6);
    view.setUint32(8, sequence);
  }
  return new Uint8Array(view.buffer);
}

async function capture(count: number): Promise<{ path: string; hex: string[] }> {
  const path = join(folder, "export.pcap");
  const file = openPcapSender(path, 2055);
  const hex: string[] = [];
  for (let i = 0; i < count; i++) {
    const bytes = datagram(5, i);
    hex.push(Buffer.from(bytes).toString("hex"));
    file.send(PacketBatch.of(bytes, START_US + i * GAP_US), i % 2);
  }
  await file.close();
  return { path, hex };
}

async function replay(path: string, sender: ReplaySender, pace: Partial<Parameters<typeof replayFiles>[2]>) {
  const sums = await replayFiles([path], sender, { speed: Infinity, rate: undefined, ...pace }, NEVER);
  await sender.close();
  const endMs = performance.now() + 5000;
  while (arrived.length < sums.datagrams && performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return sums;
}

const to = (): string => `udp://127.0.0.1:${port}`;

describe("replay", () => {
  it("sends the bytes of a capture, from an address for every sender", async () => {
    const { path, hex } = await capture(10);
    expect(await replay(path, new SocketPerSender(to()), {})).toMatchObject({ datagrams: 10, bytes: 240 });
    expect(arrived.map(({ hex }) => hex)).toEqual(hex);
    expect(arrived.map(({ from }) => from)).toEqual(hex.map((_, i) => `127.1.0.${1 + (i % 2)}`));
  });

  it("keeps the pace of a capture, or a multiple of it", async () => {
    const { path } = await capture(6);
    for (const speed of [1, 2]) {
      arrived = [];
      await replay(path, new SocketPerSender(to()), { speed });
      const tookMs = arrived.at(-1)!.atMs - arrived[0]!.atMs;
      // A busy machine may be late, and the first datagram later than the others; never early by more than that.
      expect(tookMs).toBeGreaterThan((5 * GAP_US) / 1000 / speed / 2);
    }
  });

  it("sends the messages of an IPFIX file", async () => {
    const path = join(folder, "flows.ipfix");
    const file = openIpfixFile(path);
    for (let i = 0; i < 3; i++) file.send(PacketBatch.of(datagram(10, i)), 0);
    await file.close();
    expect(await replay(path, new SocketPerSender(to()), { rate: 1000 })).toMatchObject({ datagrams: 3, bytes: 48 });
    expect(arrived.map(({ hex }) => hex)).toEqual([0, 1, 2].map((i) => Buffer.from(datagram(10, i)).toString("hex")));
  });

  it.skipIf(process.geteuid?.() !== 0)("keeps the senders' addresses (skipped without root)", async () => {
    const { path, hex } = await capture(4);
    const loopback = { family: "inet", address: Uint8Array.of(127, 0, 0, 1), flowInfo: 0, scopeId: 0 } as const;
    await replay(path, new OriginalSender(to(), { ...loopback, port }), {});
    expect(arrived.map(({ hex, from }) => `${from} ${hex}`)).toEqual(
      hex.map((bytes, i) => `198.18.0.${1 + (i % 2)} ${bytes}`),
    );
  });

  it("ends when it is stopped, though the next datagram is due in hours", async () => {
    const path = join(folder, "slow.pcap");
    const file = openPcapSender(path, 2055);
    for (const i of [0, 1]) file.send(PacketBatch.of(datagram(5, i), START_US + i * 3_600_000_000), 0);
    await file.close();
    const stopped = new Promise((resolve) => setTimeout(resolve, 50));
    const sender = new SocketPerSender(to());
    const { datagrams } = await replayFiles([path], sender, { speed: 1, rate: undefined }, stopped);
    await sender.close();
    expect(datagrams).toBe(1);
  });
});
