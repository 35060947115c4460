import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FlowTotal } from "../support/capture.ts";
import type { Collected } from "../support/collected.ts";
import { must, NGFLOW } from "../support/command.ts";
import { skipWithout } from "../support/needs.ts";
import { collectWithNfacctd } from "../support/nfacctd.ts";
import { collectWithNfcapd } from "../support/nfdump.ts";
import { dissectWithTshark } from "../support/tshark.ts";
import { freeUdpPort } from "../support/udp-port.ts";

const COUNT = 3000;
/** A frame has 14 bytes before its IP packet and a check sequence of 4; sfcapd and sfacctd count them. */
const FRAME_BYTES = 18;

/** What `ngflow generate --json` prints. */
interface Sent extends FlowTotal {
  readonly records: number;
  readonly datagrams: number;
  readonly replyBytes: number;
}

function sum(flows: ReadonlyMap<string, FlowTotal>): FlowTotal {
  const total = { bytes: 0, packets: 0 };
  for (const { bytes, packets } of flows.values()) {
    total.bytes += bytes;
    total.packets += packets;
  }
  return total;
}

function generate(to: string, ...words: readonly string[]): Sent {
  const said = must([...NGFLOW, "generate", "--to", to, "--count", String(COUNT), "--json", ...words]);
  return JSON.parse(said) as Sent;
}

describe("what `ngflow generate` sends, read by others", () => {
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-generate-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Sends live to a collector, slowly enough for its receive buffer; its sums are those that were sent. */
  async function expectLive(
    words: readonly string[],
    collect: (folder: string, port: number, send: () => void) => Promise<Collected>,
    frameBytes = 0,
    rate = 3000,
  ): Promise<Collected> {
    const port = await freeUdpPort();
    let sent = { bytes: 0, packets: 0 };
    const collected = await collect(mkdtempSync(join(folder, "live-")), port, () => {
      sent = generate(`udp://127.0.0.1:${port}`, "--rate", String(rate), ...words);
    });
    expect(sum(collected.flows)).toEqual({ bytes: sent.bytes + frameBytes * sent.packets, packets: sent.packets });
    return collected;
  }

  const NFCAPD = [
    ["--format", "v1"],
    ["--format", "v5"],
    ["--format", "v7"],
    ["--format", "v9"],
    ["--format", "ipfix"],
    ["--like", "softflowd"],
    ["--like", "huawei"],
    ["--like", "vmware"],
  ] as const;

  test.for(NFCAPD)("nfcapd has the same sums, %s %s", async (words, ctx) => {
    skipWithout(ctx, "nfcapd", "nfdump");
    const { records, log } = await expectLive(words, collectWithNfcapd);
    expect(records).toBe(COUNT);
    expect(log).toContain("Sequence Errors: 0, Bad Packets: 0");
  });

  test("sfcapd has the same sums of sFlow", async (ctx) => {
    skipWithout(ctx, "sfcapd", "nfdump");
    const collect = (own: string, port: number, send: () => void): Promise<Collected> =>
      collectWithNfcapd(own, port, send, "sfcapd");
    // Its receive buffer is small, its datagrams are large.
    await expectLive(["--format", "sflow", "--sampling", "1"], collect, FRAME_BYTES, 1000);
  });

  test.for(["v5", "v9", "ipfix"])("nfacctd has the same sums, %s", async (format, ctx) => {
    skipWithout(ctx, "nfacctd");
    const { log } = await expectLive(["--format", format], collectWithNfacctd);
    expect(log).not.toMatch(/WARN|ERROR/);
  });

  test("sfacctd has the same sums of sFlow", async (ctx) => {
    skipWithout(ctx, "sfacctd");
    const collect = (own: string, port: number, send: () => void): Promise<Collected> =>
      collectWithNfacctd(own, port, send, false, "sfacctd");
    await expectLive(["--format", "sflow", "--sampling", "1"], collect, FRAME_BYTES);
  });

  test.for(["v1", "v5", "v7", "v9", "ipfix"])("tshark dissects the same sums, %s", (format, ctx) => {
    skipWithout(ctx, "tshark");
    const file = join(folder, `${format}.pcap`);
    const { bytes, packets, records } = generate(file, "--format", format);
    const dissected = dissectWithTshark(file);
    expect(sum(dissected.flows)).toEqual({ bytes, packets });
    expect(dissected.records).toBe(records);
    expect(dissected.log.trim()).toBe("");
  });

  test("tshark dissects every sample of sFlow", (ctx) => {
    skipWithout(ctx, "tshark");
    const file = join(folder, "sflow.pcap");
    const { records, packets, bytes } = generate(file, "--format", "sflow");
    const words = ["-r", file, "-d", "udp.port==6343,sflow"];
    const fields = ["-T", "fields", "-e", "sflow_245.header.frame_length", "-E", "occurrence=a"];
    const rows = must(["tshark", ...words, ...fields], { timeoutMs: 120_000 })
      .trim()
      .split("\n");
    const lengths = rows.flatMap((row) => row.split(",").map(Number));
    expect(lengths).toHaveLength(records);
    expect(lengths.reduce((all, length) => all + length, 0)).toBe(bytes + FRAME_BYTES * packets);
    expect(must(["tshark", ...words, "-q", "-z", "expert,warn"], { timeoutMs: 120_000 }).trim()).toBe("");
  });
});
