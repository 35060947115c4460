import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FlowTotal, readCapture } from "../support/capture.ts";
import { collectWithNfacctd, collectWithNfcapd, dissectWithTshark, readNfdump } from "../support/collectors.ts";
import { must, NGFLOW } from "../support/command.ts";
import { skipWithout } from "../support/needs.ts";
import { mixCapture } from "../support/mixed-capture.ts";
import { makeCapture } from "../support/packets.ts";
import { freeUdpPort } from "../support/udp-port.ts";

const SEED = 20_260_103;
const FLOWS = 400;

type Flows = Record<string, FlowTotal>;

/** Adds flows up under other keys. */
function regrouped(flows: Flows, keyOf: (key: string) => string): Flows {
  const sums: Flows = {};
  for (const [key, { bytes, packets }] of Object.entries(flows)) {
    const sum = (sums[keyOf(key)] ??= { bytes: 0, packets: 0 });
    sum.bytes += bytes;
    sum.packets += packets;
  }
  return sums;
}

/** What softflowd's v9 cannot tell: type and code of ICMPv6, and the ports of later fragments, which are a flow without them. */
function asSoftflowd(key: string): string {
  return key.includes(":") ? key.replace(/ \d+ 58$/, " 0 58") : key.replace(/ \d+ \d+ 17$/, " 0 0 17");
}

describe("what softflowd and nfpcapd make of the same packets: VLAN tags, fragments, IPv6", () => {
  let folder = "";
  let capture = "";
  let expected: Flows = {};

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-agree-"));
    capture = join(folder, "mixed.pcap");
    const { fragmented, tagged } = mixCapture(makeCapture(SEED, FLOWS), false);
    writeFileSync(capture, tagged);
    expected = Object.fromEntries(readCapture(fragmented).flows);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function collected(name: string, send: (port: number) => string): Promise<{ flows: Flows; log: string }> {
    const port = await freeUdpPort();
    const own = join(folder, name);
    mkdirSync(own);
    const { flows, log } = await collectWithNfcapd(own, port, () => send(port));
    return { flows: Object.fromEntries(flows), log };
  }

  const ours =
    (format: string, ...more: readonly string[]) =>
    (port: number): string =>
      must([...NGFLOW, "export", "-r", capture, "--format", format, "--to", `udp://127.0.0.1:${port}`, ...more]);

  test("ngflow: v9 and IPFIX have every packet in its flow, fragments with their ports", async (ctx) => {
    skipWithout(ctx, "nfcapd", "nfdump");
    for (const format of ["v9", "ipfix"]) {
      const { flows, log } = await collected(`ours-${format}`, ours(format));
      expect(flows).toEqual(expected);
      expect(log).toContain("Sequence Errors: 0, Bad Packets: 0");
    }
  });

  test("softflowd: the same sums per flow, later fragments without ports", async (ctx) => {
    skipWithout(ctx, "nfcapd", "nfdump", "softflowd");
    const { flows } = await collected("softflowd", (port) =>
      must(["softflowd", "-r", capture, "-v", "9", "-n", `127.0.0.1:${port}`, "-d"]),
    );
    expect(regrouped(flows, asSoftflowd)).toEqual(regrouped(expected, asSoftflowd));
    expect(sum(flows)).toEqual(sum(expected));
  });

  test("nfpcapd: the same sums per flow, fragments put together", (ctx) => {
    skipWithout(ctx, "nfpcapd", "nfdump");
    const files = join(folder, "nfpcapd");
    mkdirSync(files);
    must(["nfpcapd", "-r", capture, "-l", files]);
    const flows = Object.fromEntries(readNfdump(files).flows);
    // It puts datagrams together: two fragments are one packet there, with one IP header of 20 bytes less.
    expect(flows).toEqual(Object.fromEntries(readCapture(makeCapture(SEED, FLOWS)).flows));
    const fragments = sum(expected).packets - sum(flows).packets;
    expect(fragments).toBeGreaterThan(100);
    expect(sum(expected).bytes - sum(flows).bytes).toBe(20 * fragments);
  });

  test("IPFIX with both directions in a record: nfcapd and tshark read the same sums, without a complaint", async (ctx) => {
    skipWithout(ctx, "nfcapd", "nfdump", "tshark");
    const file = join(folder, "biflow.pcap");
    must([...NGFLOW, "export", "-r", capture, "--format", "ipfix", "--fields", "biflow", "--to", file]);
    const dissected = dissectWithTshark(file);
    expect(dissected.log.trim()).toBe("");
    expect(dissected.records).toBeGreaterThan(0);
    const { flows, log } = await collected("biflow", ours("ipfix", "--fields", "biflow"));
    expect(log).toContain("Sequence Errors: 0, Bad Packets: 0");
    expect(sum(flows)).toEqual(sum(expected));
  });

  test("IPFIX with both directions in a record: nfacctd reads every forward direction, without a complaint", async (ctx) => {
    skipWithout(ctx, "nfacctd");
    const own = join(folder, "nfacctd");
    mkdirSync(own);
    const port = await freeUdpPort();
    const { flows, log } = await collectWithNfacctd(own, port, () => void ours("ipfix", "--fields", "biflow")(port));
    expect(log).not.toMatch(/WARN|ERROR/);
    // The office's packets are of one direction each, so nothing is in the reverse fields, which nfacctd passes over.
    expect(sum(Object.fromEntries(flows))).toEqual(sum(expected));
  });

  test.for(["v9", "ipfix"])("%s with all optional fields and sampling: tshark has nothing to remark", (format, ctx) => {
    skipWithout(ctx, "tshark");
    const stacked = join(folder, "stacked.pcap");
    const { fragmented, tagged } = mixCapture(makeCapture(SEED, FLOWS), true);
    writeFileSync(stacked, tagged);
    const file = join(folder, `all-${format}.pcap`);
    const table = join(folder, "as.csv");
    writeFileSync(table, "10.0.0.0/8,64500\n2001:db8::/32,4200000000\n");
    const fields = ["--fields", "mac,vlan,mpls,label,tunnel", "--sampling", "1", "--as-table", table];
    must([...NGFLOW, "export", "-r", stacked, "--format", format, ...fields, "--to", file]);
    const { flows, log } = dissectWithTshark(file);
    expect(log.trim()).toBe("");
    expect(Object.fromEntries(flows)).toEqual(Object.fromEntries(readCapture(fragmented).flows));
  });
});

function sum(flows: Flows): FlowTotal {
  return Object.values(flows).reduce(
    (total, { bytes, packets }) => ({ bytes: total.bytes + bytes, packets: total.packets + packets }),
    { bytes: 0, packets: 0 },
  );
}
