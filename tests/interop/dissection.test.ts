import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FlowTotal, readCapture } from "../support/capture.ts";
import { bothDirections } from "../support/collected.ts";
import { Background, must, NGFLOW, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { mixCapture } from "../support/mixed-capture.ts";
import { absentPrivilege, absentTools, skipWithout } from "../support/needs.ts";
import { makeCapture } from "../support/packets.ts";
import { withReplies } from "../support/replied-capture.ts";
import { dissectText, dissectWithTshark } from "../support/tshark.ts";
import { wrapCapture } from "../support/wrapped-capture.ts";

const SEED = 20_260_105;
const FLOWS = 300;
const ALL_FIELDS = "mac,vlan,mpls,label,tunnel";

const FORMATS = [
  ["v5", ["--format", "v5"]],
  ["v9", ["--format", "v9", "--fields", ALL_FIELDS]],
  ["IPFIX", ["--format", "ipfix", "--fields", ALL_FIELDS]],
  ["IPFIX biflow", ["--format", "ipfix", "--fields", `${ALL_FIELDS},biflow`]],
] as const;

describe("tshark reports no expert info, of any severity, about what ngflow exports", () => {
  let folder = "";
  const captures: Record<string, { readonly file: string; readonly flows: Map<string, FlowTotal> }> = {};

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-dissection-"));
    const office = withReplies(makeCapture(SEED, FLOWS));
    const { fragmented, tagged } = mixCapture(office, true);
    const kept = { tags: [tagged, fragmented], tunnels: [wrapCapture(office), office] } as const;
    for (const [name, [bytes, plain]] of Object.entries(kept)) {
      const file = join(folder, `${name}.pcap`);
      writeFileSync(file, bytes);
      captures[name] = { file, flows: readCapture(plain).flows };
    }
    writeFileSync(join(folder, "as.csv"), "10.0.0.0/8,64500\n2001:db8::/32,4200000000\n");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function exported(name: string, capture: string, ...more: readonly string[]): string {
    const file = join(folder, `${name}.pcap`);
    const table = ["--as-table", join(folder, "as.csv")];
    must([...NGFLOW, "export", "-r", captures[capture]!.file, "--to", file, ...table, ...more]);
    return file;
  }

  for (const [format, words] of FORMATS) {
    test.for(["tags", "tunnels"])(`${format}, all fields, AS numbers and sampling, of packets with %s`, (of, ctx) => {
      skipWithout(ctx, "tshark");
      const collected = dissectWithTshark(exported(`${format}-${of}`, of, ...words, "--sampling", "1"));
      expect(collected.log.trim()).toBe("");
      if (format === "v5" && of === "tunnels") return; // v5 has no field for what is inside: it counts outer headers.
      const flows = [...captures[of]!.flows].filter(([key]) => format !== "v5" || !key.includes(":"));
      expect(bothDirections(collected)).toEqual(new Map(flows));
    });
  }

  test.for(FORMATS)("%s with random sampling, which has its own options template", ([, words], ctx) => {
    skipWithout(ctx, "tshark");
    const file = exported(`random-${words.length}-${words.at(-1)}`, "tags", ...words, "--sampling", "random:10");
    const { log, records } = dissectWithTshark(file);
    expect(log.trim()).toBe("");
    expect(records).toBeGreaterThan(100);
  });

  test("it reports a set that is truncated", (ctx) => {
    skipWithout(ctx, "tshark");
    const bytes = readFileSync(exported("whole", "tags", "--format", "ipfix"));
    // The first datagram's first set: after headers of file, record, Ethernet, IPv4, UDP and IPFIX.
    bytes.writeUInt16BE(2, 24 + 16 + 14 + 20 + 8 + 16 + 2);
    const file = join(folder, "broken.pcap");
    writeFileSync(file, bytes);
    expect(dissectWithTshark(file).log).toContain("Warns");
  });

  test.for(["v9", "ipfix"])("%s with the names of interfaces, from 1 to 15 characters", async (format, ctx) => {
    const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl", "tshark");
    ctx.skip(missing !== undefined, missing);
    const hosts = new TwoHosts();
    try {
      const names = ["last", ...Array.from({ length: 15 }, (_, i) => "ngname-of-iface".slice(0, i + 1))];
      const link = ["ip", "-n", hosts.left.namespace, "link", "add"];
      for (let i = 0; i < names.length; i += 2)
        must([...link, names[i]!, "type", "veth", "peer", "name", names[i + 1]!]);
      const file = join(folder, `names-${format}.pcap`);
      const words = ["export", "-i", hosts.device, "--to", file, "--format", format];
      const exporter = new Background(hosts.left.exec([...NGFLOW, ...words]));
      try {
        await exporter.until("the capture", () => existsSync(`${file}.part`));
        await sleep(1500);
        must(hosts.left.exec(["ping", "-q", "-c", "3", "-i", "0.05", hosts.right.ipv4]));
      } finally {
        expect(await exporter.stop("SIGINT")).toMatchObject({ status: 0, stderr: "" });
      }
      expect(dissectWithTshark(file).log.trim()).toBe("");
      const shown = [...dissectText(file).matchAll(/^ *IfName: (.*?) *$/gm)].map(([, name]) => name);
      expect(shown).toEqual(expect.arrayContaining([...names, hosts.device, "lo"]));
    } finally {
      hosts.remove();
    }
  });
});
