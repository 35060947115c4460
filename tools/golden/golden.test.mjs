import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCase } from "./case.mjs";
import { compareCase } from "./compare.mjs";

const ETHERNET = "02000000000102000000000208";
const UDP = `${ETHERNET}004500001c00000000401100000a0000010a000002000a001400080000`;
const PACKETS = [
  UDP,
  UDP,
  // Cut within the UDP header, within the Ethernet header; ARP; not version 4.
  UDP.slice(0, -2),
  UDP.slice(0, 20),
  `${ETHERNET}060001`,
  UDP.replace("0045", "0055"),
];

/** A classic pcap file with one packet each second. */
function pcapOf(packets) {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(1, 20);
  const records = packets.map((hex, i) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000 + i, 0);
    record.writeUInt32LE(hex.length / 2, 8);
    record.writeUInt32LE(hex.length / 2, 12);
    return Buffer.concat([record, Buffer.from(hex, "hex")]);
  });
  return Buffer.concat([header, ...records]);
}

describe("flow cases of the golden data", () => {
  let root = "";
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "ngflow-golden-"));
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function folder(name, spec, info, packets = PACKETS) {
    const path = join(root, name);
    mkdirSync(path);
    writeFileSync(join(path, "in.pcap"), pcapOf(packets));
    writeFileSync(
      join(path, "case.json"),
      JSON.stringify({ dlt: 1, startUptimeSec: 1000, endUptimeSec: 1010, ...spec }),
    );
    writeFileSync(join(path, "info.json"), JSON.stringify(info));
    return path;
  }

  const NAME_ONLY = { op: "msg", atUptimeSec: 1003, cmd: "nodeinfo" };
  const INFO = {
    infoReply:
      "{ IPv4 bytes=56 IPv4 packets=2 IPv4 records used=1 fibs allocated=1 Inactive timeout=15 Active timeout=1800 }",
    ifinfoReply: "{ packets=6 data link type=1 conf=1 }",
    v9infoReply: "{ v9 template packets=500 v9 template time=600 v9 MTU=1500 }",
    forwarded: { iface0: 0, out0: 0 },
    deliveryResults: { 0: 4, 22: 2 },
    messageResults: [{ cmd: "nodeinfo", errno: 0, reply: '{ name="netflow" type="netflow" id=0x3 hooks=1 }' }],
  };

  test("generic replies are texts, and packets cut short are the sender's EINVAL without an out hook", () => {
    const path = folder("no-out", { hooks: ["iface0"], messages: [NAME_ONLY] }, INFO);
    expect(compareCase(path, runCase(path))).toEqual([]);
  });

  test("a difference is found", () => {
    const wrong = { ...INFO, deliveryResults: { 0: 6 }, messageResults: [{ ...INFO.messageResults[0], reply: "{}" }] };
    const path = folder("wrong", { hooks: ["iface0"], messages: [NAME_ONLY] }, wrong);
    expect(compareCase(path, runCase(path))).toEqual([
      expect.stringMatching(/^deliveryResults: /),
      expect.stringMatching(/^messageResults\[0\]\.reply: /),
    ]);
  });

  test("a case without packets runs, and an unknown operation is named", () => {
    const info = { ...INFO, ifinfoReply: "{ data link type=1 conf=1 }", deliveryResults: {}, messageResults: [] };
    info.infoReply = "{ Inactive timeout=15 Active timeout=1800 }";
    const empty = folder("empty", { hooks: ["iface0"] }, info, []);
    expect(compareCase(empty, runCase(empty))).toEqual([]);
    const unknown = folder("unknown", { hooks: ["iface0"], messages: [{ op: "jump", atUptimeSec: 1001 }] }, INFO);
    expect(() => runCase(unknown)).toThrow('unknown op "jump"');
  });
});
