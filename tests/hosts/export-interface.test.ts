import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Background, must, NGFLOW, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl");
const PINGS = 12;

interface Line {
  readonly kind: string;
  readonly fields: Record<string, string | number>;
}

describe("ngflow export -i", () => {
  let hosts: TwoHosts;
  let folder = "";
  let exporter: Background | undefined;

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    folder = mkdtempSync(join(tmpdir(), "ngflow-export-"));
    hosts = new TwoHosts();
  });
  afterEach(async () => {
    if (missing !== undefined) return;
    await exporter?.stop("SIGKILL");
    hosts.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it("counts both directions and exports them on Ctrl-C", async () => {
    const file = join(folder, "flows.pcap");
    const words = ["export", "-i", hosts.device, "--to", file, "--format", "ipfix", "--stats", "json"];
    exporter = new Background(hosts.left.exec([...NGFLOW, ...words]));
    await exporter.until("the capture", () => existsSync(`${file}.part`));
    await sleep(1500);
    for (const to of [hosts.right.ipv4, hosts.right.ipv6]) {
      must(hosts.left.exec(["ping", "-q", "-c", String(PINGS), "-i", "0.05", to]));
    }
    const ended = await exporter.stop("SIGINT");
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toMatchObject({ sendErrors: 0, skipped: { kernelDrops: 0, malformed: 0 } });

    const lines = must([...NGFLOW, "decode", file])
      .trim()
      .split("\n");
    const pings = lines
      .map((line) => JSON.parse(line) as Line)
      .filter(({ kind, fields }) => kind === "flow" && [8, 0, 128, 129].includes(type(fields)))
      .map(({ fields }) => [
        type(fields),
        fields["flowDirection"],
        fields["packetDeltaCount"],
        fields["octetDeltaCount"],
      ]);
    expect(pings.sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
      [0, 0, PINGS, PINGS * 84],
      [8, 1, PINGS, PINGS * 84],
      [128, 1, PINGS, PINGS * 104],
      [129, 0, PINGS, PINGS * 104],
    ]);
  });
});

/** ICMP type of a flow, -1 where it is none. */
function type(fields: Line["fields"]): number {
  const typeAndCode = fields["icmpTypeCodeIPv4"] ?? fields["icmpTypeCodeIPv6"];
  return typeAndCode === undefined || ![1, 58].includes(Number(fields["protocolIdentifier"]))
    ? -1
    : Number(typeAndCode) >> 8;
}
