import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { PacketBatch } from "@ngflow/base";
import { attachEther, NODE_TYPES, SimulatedInterface } from "@ngflow/nodes";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestDaemon, type TestDaemon } from "../../control/testing/test-daemon.ts";
import { runNgctl } from "./ngctl.ts";
import { TypedSession } from "./testing/typed-session.ts";

/** The six steps of the article, as it prints them; the last takes the collector's address and L4 port. */
function articleSteps(address: string): string[] {
  return [
    "mkpeer em0: netflow lower iface0",
    "name em0:lower netflow",
    "connect em0: netflow: upper out0",
    "mkpeer netflow: ksocket export9 inet/dgram/udp",
    "name netflow:export9 nfsock",
    `msg nfsock: connect inet/${address}`,
  ];
}

let daemon: TestDaemon;
let collector: Socket;
let em0: SimulatedInterface;
let toHost = 0;

beforeEach(async () => {
  daemon = await startTestDaemon({ types: NODE_TYPES });
  toHost = 0;
  const mac = Uint8Array.of(2, 0, 0, 0, 0, 1);
  em0 = new SimulatedInterface("em0", 1, mac, { toHost: (batch) => void (toHost += batch.count) });
  attachEther(daemon.graph, em0);
  collector = createSocket("udp4");
  collector.bind(0, "127.0.0.1");
  await once(collector, "listening");
});

afterEach(async () => {
  collector.close();
  await daemon.stop();
});

function collectorAddress(): string {
  return `127.0.0.1:${collector.address().port}`;
}

/** An Ethernet frame with a UDP datagram from 10.0.0.1:1000 to 10.0.0.2:53. */
function udpFrame(): Uint8Array {
  const ethernet = "0200000000010200000000020800";
  const ip = "4500002000000000401100000a0000010a000002";
  const udp = "03e80035000c0000";
  return Buffer.from(`${ethernet}${ip}${udp}00000000`, "hex");
}

/** Rows of `show` after the sixth step, with ids left out. */
const ROWS = [
  "  Name: em0             Type: ether           ID: --------   Num hooks: 2\n",
  "  upper           netflow         netflow      --------        out0           \n",
  "  lower           netflow         netflow      --------        iface0         \n",
  "  Name: netflow         Type: netflow         ID: --------   Num hooks: 3\n",
  "  export9         nfsock          ksocket      --------        inet/dgram/udp \n",
  "  out0            em0             ether        --------        upper          \n",
  "  iface0          em0             ether        --------        lower          \n",
];

async function runArguments(line: string): Promise<{ status: number; output: string }> {
  let output = "";
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      output += chunk.toString("utf8");
      done();
    },
  });
  const status = await runNgctl(["--control", daemon.path, ...line.split(" ")], {
    stdin: new PassThrough(),
    stdout: sink,
    stderr: sink,
    isTerminal: false,
    pid: 100,
  });
  return { status, output };
}

async function expectMetering(): Promise<void> {
  const received = once(collector, "message") as Promise<[Buffer]>;
  em0.fromWire(PacketBatch.of(udpFrame(), 1_700_000_000_000_000));
  expect(toHost).toBe(1);
  expect(await runArguments("shutdown netflow:")).toEqual({ status: 0, output: "" });
  const [datagram] = await received;
  expect(datagram.readUInt16BE(0)).toBe(9);
  expect(datagram.includes(Buffer.from("0a000001", "hex"))).toBe(true);
  const { output } = await runArguments("list");
  expect(output).toContain("Type: ether           ID: 00000001   Num hooks: 0\n");
  expect(output).not.toContain("netflow");
  expect(output).not.toContain("nfsock");
}

it("the article's commands are the ones tested here", () => {
  const example = join(import.meta.dirname, "../../../../../examples/article.ngctl");
  const lines = readFileSync(example, "utf8").split("\n");
  expect(lines.filter((line) => line !== "" && !line.startsWith("#"))).toEqual(articleSteps("127.0.0.1:4444"));
  const page = join(import.meta.dirname, "../../../../../docs/reference/freebsd/netgraph.md");
  const table = readFileSync(page, "utf8").split("## 10. ")[1]!;
  for (const step of articleSteps("10.0.0.9:4444")) expect(table).toContain(`| \`${step}\` `);
});

it("the article's steps meter traffic when given as arguments, each to its own ngctl", async () => {
  const [mkpeer, ...others] = articleSteps(collectorAddress()) as [string, ...string[]];
  expect(await runArguments(mkpeer)).toEqual({ status: 0, output: "" });
  em0.fromWire(PacketBatch.of(udpFrame(), 1_700_000_000_000_000));
  expect(toHost, "with only lower connected the host receives nothing").toBe(0);
  for (const step of others) expect(await runArguments(step)).toEqual({ status: 0, output: "" });
  expect(await runArguments(mkpeer)).toEqual({
    status: 71,
    output: "ngctl: send msg: File exists\nngflow: the hook lower of em0 is connected already, with netflow:iface0\n",
  });
  const shown = `${(await runArguments("show em0:")).output}${(await runArguments("show netflow:")).output}`;
  for (const row of ROWS) expect(shown.replaceAll(/\b[0-9a-f]{8}\b/g, "--------")).toContain(row);
  await expectMetering();
});

it("the article's steps meter traffic when typed at the prompt", async () => {
  const shell = new TypedSession(daemon.path);
  await shell.sees("Available commands:\n");
  await shell.sees("+ ");
  for (const step of articleSteps(collectorAddress())) {
    await shell.type(`${step}\r`);
    await shell.sees(`${step}\n+ `);
  }
  await shell.type("show netflow:\r");
  await shell.sees("Num hooks: 3");
  await shell.type("quit\r");
  expect(await shell.status).toBe(0);
  await expectMetering();
});
