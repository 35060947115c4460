import { PacketBatch } from "@ngflow/base";
import { NODE_TYPES, nodeTypes } from "@ngflow/nodes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectControl } from "../../control/client.ts";
import { startTestDaemon, type TestDaemon } from "../../control/testing/test-daemon.ts";
import { collectingIo } from "../testing/collecting-io.ts";
import { runFlowctl } from "./flowctl.ts";

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await startTestDaemon({ types: nodeTypes({ netflow: { profile: "freebsd" } }) });
});
afterEach(async () => {
  await daemon.stop();
});

/** The same with our own profile. */
async function restartModern(): Promise<void> {
  await daemon.stop();
  daemon = await startTestDaemon({ types: NODE_TYPES });
}

async function flowctl(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const io = collectingIo({ pid: 100, onOut: (text) => void (out += text), onErr: (text) => void (err += text) });
  const status = await runFlowctl(argv, io, {
    controlPath: () => daemon.path,
    interfaceNames: (index) => ["em0", "em1"][index - 1],
  });
  return { status, out, err };
}

const ETHERNET_ADDRESSES = "020000000001020000000002";
/** 10.0.0.1 and 192.168.1.2. */
const IPV4_ADDRESSES = "0a000001c0a80102";
/** 2001:db8::1 and 2001:db8::2. */
const IPV6_ADDRESSES = "20010db800000000000000000000000120010db8000000000000000000000002";

function u16(value: number): string {
  return value.toString(16).padStart(4, "0");
}

function ipv4Frame(protocol: number, payload: string): Uint8Array {
  const header = `4510${u16(20 + payload.length / 2)}00000000${u16(0x4000 + protocol)}0000${IPV4_ADDRESSES}`;
  return Buffer.from(`${ETHERNET_ADDRESSES}0800${header}${payload}`, "hex");
}

function ipv6Frame(payload: string): Uint8Array {
  const header = `60000000${u16(payload.length / 2)}1140${IPV6_ADDRESSES}`;
  return Buffer.from(`${ETHERNET_ADDRESSES}86dd${header}${payload}`, "hex");
}

const TCP_SYN_ACK_PSH = "c35001bb0000000100000001501affff00000000";
const UDP = "30390035001000000000000000000000";

/** A netflow node whose slot 0 gets frames from a client's own socket node. */
async function meter(...frames: Uint8Array[]): Promise<void> {
  const client = await connectControl(daemon.path, { name: "source" });
  const attempts = [
    await client.sendAscii(".", "mkpeer", '{ type="netflow" ourhook="up" peerhook="iface0" }'),
    await client.sendAscii("up", "name", '{ name="netflow" }'),
    await client.sendAscii("netflow:", "setifindex", "{ iface=0 index=1 }"),
    // IPv6 is not metered without it.
    await client.sendAscii("netflow:", "mkpeer", '{ type="hole" ourhook="export9" peerhook="sink" }'),
  ];
  expect(attempts.map(({ errno }) => errno)).toEqual([0, 0, 0, 0]);
  for (const frame of frames) {
    const batch = PacketBatch.of(frame, 1_700_000_000_000_000);
    batch.rcvIfIndex[0] = 1;
    const hook = daemon.graph.node(client.nodeId)!.hooks.get("up")!;
    daemon.graph.run(() => hook.send(batch));
  }
}

describe("show", () => {
  beforeEach(() => meter(ipv4Frame(6, TCP_SYN_ACK_PSH), ipv4Frame(6, TCP_SYN_ACK_PSH), ipv6Frame(UDP)));

  it("prints the short form of both families", async () => {
    expect(await flowctl("netflow:", "show")).toEqual({
      status: 0,
      err: "",
      out: [
        "SrcIf         SrcIPaddress    DstIf         DstIPaddress    Pr SrcP DstP  Pkts",
        "em0           10.0.0.1        (null)        192.168.1.2      6 c350 01bb      2",
        `SrcIf         ${"SrcIPaddress".padEnd(30)} DstIf         ${"DstIPaddress".padEnd(30)} Pr SrcP DstP  Pkts`,
        `em0           ${"2001:db8::1".padEnd(30)} (null)        ${"2001:db8::2".padEnd(30)} 17 3039 0035      1`,
        "",
      ].join("\n"),
    });
  });

  it("prints the human form of one family", async () => {
    const expected = [
      "SrcIf         SrcIPaddress    DstIf         DstIPaddress    Proto  SrcPort  DstPort     Pkts",
      "em0           10.0.0.1        (null)        192.168.1.2         6    50000      443        2",
      "",
    ].join("\n");
    expect(await flowctl("netflow:", "show", "ipv4", "human")).toEqual({ status: 0, err: "", out: expected });
    expect((await flowctl("-d", "2", "netflow:", "s", "ipv4", "h")).out).toBe(expected);
  });

  it("prints the verbose form", async () => {
    expect((await flowctl("netflow:", "show", "ipv4", "v", "ignored")).out).toBe(
      [
        "SrcIf          SrcIPaddress    DstIf          DstIPaddress    Pr TOS Flgs  Pkts",
        "Port Msk AS                    Port Msk AS    NextHop              B/Pk  Active",
        "em0            10.0.0.1        (null)         192.168.1.2      6  10   1a      2",
        "c350 /0  0                     01bb /0  0     0.0.0.0                40        0",
        "",
        "",
      ].join("\n"),
    );
  });

  it("prints nothing when asked for both families in that order, and both otherwise", async () => {
    expect((await flowctl("netflow:", "show", "ipv4", "ipv6")).out).toBe("");
    expect((await flowctl("netflow:", "show", "ipv6", "ipv4")).out).toMatch(/^SrcIf.*\nem0 +2001:db8::1/);
    expect((await flowctl("netflow:", "show", "unknown")).out).toMatch(/10\.0\.0\.1[^]*2001:db8::1/);
  });
});

describe("show of profile modern", () => {
  beforeEach(restartModern);

  it("has the same forms", async () => {
    await meter(ipv4Frame(6, TCP_SYN_ACK_PSH), ipv4Frame(6, TCP_SYN_ACK_PSH), ipv6Frame(UDP));
    expect((await flowctl("netflow:", "show", "ipv4")).out.split("\n")).toEqual([
      "SrcIf         SrcIPaddress    DstIf         DstIPaddress    Pr SrcP DstP  Pkts",
      "em0           10.0.0.1        (null)        192.168.1.2      6 c350 01bb      2",
      "",
    ]);
    expect((await flowctl("netflow:", "show", "human")).out).toMatch(
      /10\.0\.0\.1 .* 6 +50000 +443 +2\n[^]*2001:db8::1 .* 17 +12345 +53 +1\n$/,
    );
    expect((await flowctl("netflow:", "show", "verbose")).out).toMatch(
      / 6 +10 +1a +2\nc350 \/0 +0 +01bb \/0 +0 +0\.0\.0\.0 +40 +0\n\n[^]* 17 +0 +0 +1\n3039 \/0 +0 +0035/,
    );
  });

  it("shows every flow once however many replies it takes, and both directions of a record as two flows", async () => {
    const frames = Array.from({ length: 2500 }, (_, i) => {
      const frame = ipv4Frame(17, UDP);
      frame[34] = i >> 8;
      frame[35] = i & 0xff;
      return frame;
    });
    await meter();
    const client = await connectControl(daemon.path, { name: "setter" });
    expect((await client.sendAscii("netflow:", "setfields", '"biflow"')).errno).toBe(0);
    const answer = ipv4Frame(17, UDP);
    answer.set([10, 0, 0, 1], 30);
    answer.set([0xc0, 0xa8, 1, 2], 26);
    answer.set([0, 53, 0, 7], 34);
    const hook = [...daemon.graph.nodes()].find((node) => node.name === "source")!.hooks.get("up")!;
    for (const frame of [...frames, answer]) {
      daemon.graph.run(() => hook.send(PacketBatch.of(frame, 1_700_000_000_000_000)));
    }
    const rows = (await flowctl("netflow:", "show", "ipv4")).out.split("\n").filter((line) => / 17 /.test(line));
    expect([rows.length, new Set(rows).size]).toEqual([2501, 2501]);
    expect(rows.filter((row) => row.includes("192.168.1.2     (null)"))).toHaveLength(1);
  });
});

it("goes on after the first reply", async () => {
  const frames = Array.from({ length: 2500 }, (_, i) => {
    const frame = ipv4Frame(17, UDP);
    frame[34] = i >> 8;
    frame[35] = i & 0xff;
    frame[33] = i % 251;
    return frame;
  });
  await meter(...frames);
  const { status, out } = await flowctl("netflow:", "show", "ipv4");
  const rows = out.split("\n").filter((line) => line.startsWith("em0"));
  const headers = out.split("\n").filter((line) => line.startsWith("SrcIf"));
  expect(status).toBe(0);
  expect(headers).toHaveLength(3);
  expect(new Set(rows).size).toBe(rows.length);
  // Where a reply ends with the last flow of a bucket, the node leaves out some of the next: the kernel's own
  // behaviour.
  expect(rows.length).toBeGreaterThan(2400);
});

it("an empty cache prints headers only in verbose form", async () => {
  await meter();
  expect((await flowctl("netflow:", "show")).out).toBe("");
  expect((await flowctl("netflow:", "show", "verbose")).out.split("\n")).toHaveLength(5);
});

it("refuses as the original does", async () => {
  const usage = "usage: flowctl [-d level] [--control socket] nodename command\n";
  expect(await flowctl()).toEqual({ status: 0, out: "", err: usage });
  expect(await flowctl("netflow:")).toEqual({ status: 0, out: "", err: usage });
  expect(await flowctl("-x", "netflow:", "show")).toEqual({ status: 0, out: "", err: usage });
  expect(await flowctl("x".repeat(513), "show")).toEqual({ status: 0, out: "", err: usage });
  expect(await flowctl("netflow:", "dump")).toEqual({ status: 1, out: "", err: "flowctl: bad command: dump\n" });
  expect(await flowctl("netflow:", "show")).toEqual({
    status: 1,
    out: "",
    err: "flowctl: NgSendMsg(NGM_NETFLOW_SHOW): No such file or directory\n",
  });
  expect((await flowctl(".", "show")).err).toBe("flowctl: NgRecvMsg() failed\n");
  await meter();
  expect((await flowctl("source:", "show")).status).toBe(1);
  await daemon.stop();
  const { status, err } = await flowctl("netflow:", "show");
  expect({ status, err }).toEqual({
    status: 1,
    err: expect.stringMatching(/^flowctl: NgMkSockNode: no daemon listens/),
  });
});
