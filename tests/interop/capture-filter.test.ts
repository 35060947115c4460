import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { must, NGFLOW, run } from "../support/command.ts";
import { mixCapture } from "../support/mixed-capture.ts";
import { skipWithout } from "../support/needs.ts";
import { makeCapture } from "../support/packets.ts";
import { framesOf } from "../support/pcap-frames.ts";

const EXPRESSIONS = [
  "ip",
  "ip6",
  "arp",
  "tcp",
  "udp port 53",
  "tcp dst port 443 and ip",
  "not port 443",
  "host 10.1.2.3 or net 10.2.0.0/16",
  "icmp or icmp6",
  "len > 200",
  "greater 1000",
  "ip[6:2] & 0x3fff != 0",
  "tcp[tcpflags] & tcp-fin != 0",
  "vlan",
  "vlan and udp",
  "ip proto 132",
  "udp[200:4] = 0",
];

/** Link types whose packets have no Ethernet header, with what precedes the IP header instead. */
const LINKS = {
  "raw IP": [101, () => ""],
  "Linux cooked v1": [113, (type: string) => `00000001000602000000000100${"00"}${type}`],
  "Linux cooked v2": [276, (type: string) => `${type}0000000000020001000602000000000100${"00"}`],
  "null, little-endian": [0, (type: string) => (type === "0800" ? "02000000" : "1e000000")],
  "null, big-endian": [0, (type: string) => (type === "0800" ? "00000002" : "0000001c")],
  loopback: [108, (type: string) => (type === "0800" ? "00000002" : "00000018")],
} as const;

/** The IP packets of an Ethernet capture behind other headers. */
function relinked(capture: Uint8Array, link: number, header: (type: string) => string, bigEndian: boolean): Buffer {
  const u32 = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) {
      if (bigEndian) bytes.writeUInt32BE(value, 4 * i);
      else bytes.writeUInt32LE(value, 4 * i);
    }
    return bytes;
  };
  const version = bigEndian ? 0x0002_0004 : 0x0004_0002;
  const parts = [u32(0xa1b2c3d4, version, 0, 0, 65_535, link)];
  for (const { bytes } of framesOf(capture)) {
    const type = Buffer.from(bytes.subarray(12, 14)).toString("hex");
    if (type !== "0800" && type !== "86dd") continue;
    const packet = Buffer.concat([Buffer.from(header(type), "hex"), bytes.subarray(14)]);
    parts.push(u32(1_767_225_600, 0, packet.length, packet.length), packet);
  }
  return Buffer.concat(parts);
}

describe("ngflow export -r FILE --filter meters what tcpdump -r FILE prints", () => {
  let folder = "";
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "ngflow-filter-"))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Frames of a file, of which `matching` passed the filter. */
  function counted(file: string, filter: string): { frames: number; matching: number } {
    const words = [...NGFLOW, "export", "-r", file, "--filter", filter, "--stats", "json"];
    const { packets, skipped } = JSON.parse(must(words)) as { packets: number; skipped: Record<string, number> };
    const { filtered, ...others } = skipped;
    expect(filtered).toBeTypeOf("number");
    const matching = Object.values(others).reduce((sum, n) => sum + n, packets);
    return { frames: matching + filtered!, matching };
  }

  /** What tcpdump counts; undefined where it refuses the expression for the file's link type. */
  function tcpdump(file: string, ...words: string[]): number | undefined {
    const { status, stdout } = run(["tcpdump", "-r", file, "--count", ...words]);
    return status === 0 ? Number(/^(\d+) packet/m.exec(stdout)?.[1]) : undefined;
  }

  function expectAgreement(file: string): void {
    const frames = tcpdump(file)!;
    let matched = 0;
    for (const expression of EXPRESSIONS) {
      const expected = tcpdump(file, expression);
      if (expected === undefined) {
        const refused = run([...NGFLOW, "export", "-r", file, "--filter", expression]);
        expect([expression, refused.status]).toEqual([expression, 64]);
        expect(refused.stderr).toMatch(/^ngflow: --filter ".*": .*\n$/);
        continue;
      }
      expect([expression, counted(file, expression)]).toEqual([expression, { frames, matching: expected }]);
      if (expected > 0 && expected < frames) matched++;
    }
    expect(matched).toBeGreaterThan(5);
  }

  test("Ethernet, with VLAN tags, fragments and cut frames", (ctx) => {
    skipWithout(ctx, "tcpdump");
    const file = join(folder, "tags.pcap");
    writeFileSync(file, mixCapture(makeCapture(3, 120), true).tagged);
    expectAgreement(file);
    const cut = join(folder, "cut.pcap");
    must(["tcpdump", "-r", file, "-s", "60", "-w", cut]);
    expectAgreement(cut);
  });

  test.for(Object.entries(LINKS))("%s", ([name, [link, header]], ctx) => {
    skipWithout(ctx, "tcpdump");
    const file = join(folder, "linked.pcap");
    writeFileSync(file, relinked(makeCapture(4, 60), link, header, name.includes("big-endian")));
    expectAgreement(file);
  });

  test("a compiled program is taken as it is; errors are one line", (ctx) => {
    skipWithout(ctx, "tcpdump");
    const file = join(folder, "plain.pcap");
    writeFileSync(file, makeCapture(5, 60));
    const program = must(["tcpdump", "-r", file, "-ddd", "udp"]);
    expect(counted(file, program).matching).toBe(tcpdump(file, "udp"));
    for (const [filter, why] of [
      ["tcp prot 80", "syntax error"],
      ["1,40 0 0 12", "not a sound program"],
    ] as const) {
      const refused = run([...NGFLOW, "export", "-r", file, "--filter", filter]);
      expect([refused.status, refused.stderr]).toEqual([64, expect.stringMatching(/^ngflow: --filter .*\n$/)]);
      expect(refused.stderr).toContain(why);
    }
  });

  test("with threads, every frame is filtered once", (ctx) => {
    skipWithout(ctx, "tcpdump");
    const file = join(folder, "shared.pcap");
    writeFileSync(file, makeCapture(6, 60));
    const words = [...NGFLOW, "export", "-r", file, "--filter", "udp", "--stats", "json"];
    const { workers, seconds: _, datagrams: __, ...shared } = JSON.parse(must([...words, "--workers", "2"]));
    const { seconds: ___, datagrams: ____, ...one } = JSON.parse(must(words));
    expect(shared).toEqual(one);
    expect(workers).toHaveLength(2);
  });
});
