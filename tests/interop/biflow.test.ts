import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FlowTotal, readCapture } from "../support/capture.ts";
import { bothDirections, type Collected, reverseKey } from "../support/collected.ts";
import { must, NGFLOW } from "../support/command.ts";
import { mixCapture } from "../support/mixed-capture.ts";
import { skipWithout } from "../support/needs.ts";
import { collectWithNfacctd } from "../support/nfacctd.ts";
import { collectWithNfcapd, type CollectedWithNfcapd } from "../support/nfdump.ts";
import { makeCapture } from "../support/packets.ts";
import { withReplies } from "../support/replied-capture.ts";
import { dissectWithTshark } from "../support/tshark.ts";
import { freeUdpPort } from "../support/udp-port.ts";

const SEED = 20_260_104;
const FLOWS = 400;

describe("IPFIX with both directions in a record (RFC 5103), of conversations with VLAN tags, fragments and IPv6", () => {
  let folder = "";
  let capture = "";
  /** Each direction as a separate flow. */
  let expected = new Map<string, FlowTotal>();
  let conversations = 0;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-biflow-"));
    capture = join(folder, "replied.pcap");
    const { fragmented, tagged } = mixCapture(withReplies(makeCapture(SEED, FLOWS)), false);
    writeFileSync(capture, tagged);
    expected = readCapture(fragmented).flows;
    conversations = [...expected.keys()].filter((key) => key < reverseKey(key) && expected.has(reverseKey(key))).length;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const exportTo = (target: string, ...more: readonly string[]): string =>
    must([...NGFLOW, "export", "-r", capture, "--format", "ipfix", "--to", target, ...more]);

  function folderOf(name: string): string {
    const own = join(folder, name);
    mkdirSync(own);
    return own;
  }

  async function nfcapd(name: string, ...more: readonly string[]): Promise<CollectedWithNfcapd> {
    const port = await freeUdpPort();
    return collectWithNfcapd(folderOf(name), port, () => void exportTo(`udp://127.0.0.1:${port}`, ...more));
  }

  async function nfacctd(name: string, named: boolean): Promise<Collected> {
    const port = await freeUdpPort();
    const send = (): void => void exportTo(`udp://127.0.0.1:${port}`, "--fields", "biflow");
    return collectWithNfacctd(folderOf(name), port, send, named);
  }

  /** Both directions are right, and many were in one record. */
  function expectBoth(collected: Collected): void {
    expect(bothDirections(collected)).toEqual(expected);
    expect(collected.reverse.size).toBeGreaterThan(conversations / 2);
  }

  test("the capture has many conversations", () => {
    expect(conversations).toBeGreaterThan(200);
    expect([...expected.keys()].filter((key) => !expected.has(reverseKey(key))).length).toBeGreaterThan(50);
  });

  test("nfcapd 1.7.1 keeps packets and bytes of both directions", async (ctx) => {
    skipWithout(ctx, "nfcapd", "nfdump");
    const collected = await nfcapd("nfcapd-both", "--fields", "biflow");
    expectBoth(collected);
    expect(collected.log).toContain("Sequence Errors: 0, Bad Packets: 0");
    expect(collected.log).not.toMatch(/warn|error(?!s: 0)|unknown|corrupt|skip|missing/i);
  });

  // It takes reverse times and TCP flags (elements 152, 153 and 6 of enterprise 29305) for the forward ones, and the
  // last field of a kind for the flow's: that is why the forward fields come last.
  test("nfcapd 1.7.1 has times and TCP flags of the forward direction", async (ctx) => {
    skipWithout(ctx, "nfcapd", "nfdump");
    const [both, single] = [await nfcapd("nfcapd-times", "--fields", "biflow"), await nfcapd("nfcapd-single")];
    const countOf = (rows: CollectedWithNfcapd["rows"], of: string): number =>
      rows.filter(({ key }) => key === of).length;
    // A flow that is several records in one of them begins and ends elsewhere.
    const once = both.rows.filter(({ key }) => countOf(both.rows, key) === 1 && countOf(single.rows, key) === 1);
    expect(once.length).toBeGreaterThan(150);
    for (const row of once) expect(row).toEqual(single.rows.find(({ key }) => key === row.key));
    const reversed = once.filter(({ key }) => both.reverse.has(reverseKey(key)));
    expect(reversed.length).toBeGreaterThan(50);
  });

  test("nfacctd 1.7.7 ignores the reverse fields, without a warning", async (ctx) => {
    skipWithout(ctx, "nfacctd", "tshark");
    const collected = await nfacctd("nfacctd-forward", false);
    const file = join(folder, "forward.pcap");
    exportTo(file, "--fields", "biflow");
    expect(collected.reverse.size).toBe(0);
    // ICMP is not paired. nfacctd takes its type and code from the destination port, which IPFIX leaves to TCP and UDP.
    expect(withoutIcmp(collected.flows)).toEqual(withoutIcmp(dissectWithTshark(file).flows));
    expect(collected.log).not.toMatch(/WARN|ERROR/);
  });

  test("nfacctd 1.7.7 reads both directions once aggregate_primitives names 29305:2 and 29305:1", async (ctx) => {
    skipWithout(ctx, "nfacctd");
    const collected = await nfacctd("nfacctd-both", true);
    expect(withoutIcmp(bothDirections(collected))).toEqual(withoutIcmp(expected));
    expect(collected.reverse.size).toBeGreaterThan(conversations / 2);
    expect(collected.log).not.toMatch(/WARN|ERROR/);
  });

  test("tshark 4.0 reads both directions, and reports no expert info", (ctx) => {
    skipWithout(ctx, "tshark");
    const file = join(folder, "both.pcap");
    exportTo(file, "--fields", "biflow");
    const collected = dissectWithTshark(file);
    expectBoth(collected);
    expect(collected.log.trim()).toBe("");
  });
});

/** Flows without those of ICMP. */
function withoutIcmp(flows: ReadonlyMap<string, FlowTotal>): Map<string, FlowTotal> {
  return new Map([...flows].filter(([key]) => !/ (1|58)$/.test(key)));
}
