import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCapture, type FlowTotal } from "../support/capture.ts";
import { collectWithNfacctd } from "../support/nfacctd.ts";
import { collectWithNfcapd } from "../support/nfdump.ts";
import { dissectWithTshark } from "../support/tshark.ts";
import { must, NGFLOW, run } from "../support/command.ts";
import { skipWithout } from "../support/needs.ts";
import { makeCapture } from "../support/packets.ts";
import { stretched } from "../support/pcap-frames.ts";
import { freeUdpPort } from "../support/udp-port.ts";

const FORMATS = ["v5", "v9", "ipfix"] as const;
const SEED = 20_260_101;
const FLOWS = 500;

/** The last line of `ngflow export --stats json`. */
interface ExportStats {
  readonly packets: number;
  readonly bytes: number;
  readonly records: number;
  readonly datagrams: number;
  readonly sendErrors: number;
}

/** The same flows with no ICMP type and code in the place of the destination port. */
function withoutIcmpTypes(flows: Record<string, FlowTotal>): Record<string, FlowTotal> {
  return Object.fromEntries(
    Object.entries(flows).map(([key, flow]) => [key.replace(/ 0 \d+ (1|58)$/, " 0 0 $1"), flow]),
  );
}

describe("what ngflow exports, read by others", () => {
  let folder = "";
  let capture = "";
  let flows = new Map<string, FlowTotal>();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-interop-"));
    capture = join(folder, "office.pcap");
    const file = makeCapture(SEED, FLOWS);
    writeFileSync(capture, file);
    flows = readCapture(file).flows;
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** The flows a version can carry: v5 has no place for an IPv6 address. */
  function expected(format: (typeof FORMATS)[number]): Record<string, FlowTotal> {
    return Object.fromEntries([...flows].filter(([key]) => format !== "v5" || !key.includes(":")));
  }

  function exportTo(target: string, format: string, from = capture): ExportStats {
    const { status, stdout, stderr } = run(
      [...NGFLOW, "export", "-r", from, "--format", format, "--to", target].concat("--stats", "json"),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const stats = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as ExportStats;
    expect(stats.sendErrors).toBe(0);
    return stats;
  }

  test.for(FORMATS)(
    "nfcapd and nfdump read the same flows and sums from %s, without a warning",
    async (format, ctx) => {
      skipWithout(ctx, "nfcapd", "nfdump");
      const port = await freeUdpPort();
      const own = mkdtempSync(join(folder, "nfcapd-"));
      let stats: ExportStats | undefined;
      const collected = await collectWithNfcapd(own, port, () => {
        stats = exportTo(`udp://127.0.0.1:${port}`, format);
      });
      expect(Object.fromEntries(collected.flows)).toEqual(expected(format));
      expect(collected.records).toBe(stats?.records);
      expect(collected.log).toContain("Sequence Errors: 0, Bad Packets: 0");
      expect(collected.log).not.toMatch(/warn|error(?!s: 0)|unknown|corrupt|skip|missing/i);
    },
  );

  test.for(FORMATS)("nfacctd reads the same flows and sums from %s, without a warning", async (format, ctx) => {
    skipWithout(ctx, "nfacctd");
    const port = await freeUdpPort();
    const own = mkdtempSync(join(folder, "nfacctd-"));
    const collected = await collectWithNfacctd(own, port, () => {
      exportTo(`udp://127.0.0.1:${port}`, format);
    });
    // It takes ICMP's type and code from the destination port, which IPFIX leaves to TCP, UDP and the like.
    const same = format === "ipfix" ? withoutIcmpTypes(expected(format)) : expected(format);
    expect(Object.fromEntries(collected.flows)).toEqual(same);
    expect(collected.log).not.toMatch(/WARN|ERROR/);
  });

  test.for(FORMATS)("tshark dissects the same flows and sums from %s, with no expert info", (format, ctx) => {
    skipWithout(ctx, "tshark");
    const file = join(folder, `${format}.pcap`);
    const stats = exportTo(file, format);
    const collected = dissectWithTshark(file);
    expect(Object.fromEntries(collected.flows)).toEqual(expected(format));
    expect(collected.records).toBe(stats.records);
    expect(collected.log.trim()).toBe("");
  });

  // RFC 7011, section 3.1: the sequence number counts "all IPFIX Data Records", and only template records do not count;
  // a record of options is a data record (RFC 7011, section 3.4.2.2). nfcapd counts records of flows.
  // docs/how-to/send-to-other-collectors.md says so.
  test("nfcapd 1.7.1 counts a gap for each IPFIX options message after the first flows, and loses no flow", async (ctx) => {
    skipWithout(ctx, "nfcapd", "nfdump");
    const hour = join(folder, "hour.pcap");
    writeFileSync(hour, stretched(readFileSync(capture), 30));
    const file = join(folder, "hour-ipfix.pcap");
    exportTo(file, "ipfix", hour);
    const optionsMessages = must([...NGFLOW, "decode", file])
      .split("\n")
      .filter((line) => line.includes('"exportedMessageTotalCount":')).length;
    expect(optionsMessages).toBeGreaterThan(3);
    for (const [format, gaps] of [
      ["ipfix", optionsMessages - 1],
      ["v9", 0],
    ] as const) {
      const port = await freeUdpPort();
      const own = mkdtempSync(join(folder, "nfcapd-hour-"));
      const collected = await collectWithNfcapd(
        own,
        port,
        () => void exportTo(`udp://127.0.0.1:${port}`, format, hour),
      );
      expect(collected.log).toContain(`Sequence Errors: ${gaps}, Bad Packets: 0`);
      expect(Object.fromEntries(collected.flows)).toEqual(expected(format));
    }
  });

  test("the totals of --stats json are those of the capture", () => {
    const { ip } = readCapture(makeCapture(SEED, FLOWS));
    const stats = exportTo(join(folder, "totals.pcap"), "ipfix");
    expect({ bytes: stats.bytes, packets: stats.packets }).toEqual(ip);
  });
});
