import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytes, ipfix, set, template } from "@ngflow/wire/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Background, NGFLOW, SAME_USER } from "../support/command.ts";
import { freeUdpPort } from "../support/udp-port.ts";

let folder = "";
let exporter: Socket;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-running-"));
  exporter = createSocket("udp4").bind(0, "127.0.0.1");
  await once(exporter, "listening");
});
afterAll(() => {
  exporter.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the rows in the spool count, in the order of their blocks. */
function counted(): number[] {
  const spool = join(folder, "spool");
  const column = Buffer.from("\u0005Bytes\u0006UInt16");
  return readdirSync(spool)
    .filter((name) => name.endsWith(".native"))
    .sort()
    .map((name) => {
      const block = readFileSync(join(spool, name));
      return block.readUInt16LE(block.indexOf(column) + column.length);
    });
}

it(
  "totals of a running flow go on after the collector was killed, and after it was stopped",
  { timeout: 240_000 },
  async () => {
    const startMs = Date.now();
    const port = await freeUdpPort();
    const layout = template(256, [
      [8, 4],
      [12, 4],
      [152, 8],
      [153, 8],
      [85, 8],
    ]);
    const totals = [1000, 1800, 2500, 2800, 3300];
    for (const [i, octets] of totals.entries()) {
      const collector = new Background([
        ...NGFLOW,
        ...["collect", "--data", folder, "--listen", `127.0.0.1:${port}`],
        ...SAME_USER,
      ]);
      await collector.until("the collector", () => collector.stdout.includes("data "));
      const record = bytes([0xc000020b, 4], [0xc6336414, 4], [startMs, 8], [Date.now(), 8], [octets, 8]);
      const seconds = Math.floor(Date.now() / 1000);
      exporter.send(ipfix({ sequence: i, seconds }, set(2, layout), set(256, record)), port, "127.0.0.1");
      await collector.until("its row", () => counted().length > i);
      await collector.stop(i % 2 === 0 ? "SIGKILL" : "SIGTERM");
    }
    expect(counted()).toEqual([1000, 800, 700, 300, 500]);
  },
);
