import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Completeness } from "@ngflow/flows";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Background, NGFLOW, run, SAME_USER } from "../support/command.ts";
import { freeUdpPort } from "../support/udp-port.ts";

/** Longest time between two looks at what is lost, and some. */
const LOOK_MS = 30_000;

let data = "";
let exporter: Socket;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "ngflow-completeness-"));
  exporter = createSocket("udp4").bind(0, "127.0.0.1");
  await once(exporter, "listening");
});
afterAll(() => {
  exporter.close();
  rmSync(data, { recursive: true, force: true });
});

/** A NetFlow v5 datagram with one flow of 100 bytes that took 20 s and ended now. */
function datagram(sequence: number): Uint8Array {
  const bytes = Buffer.alloc(24 + 48);
  const upMs = 3_600_000;
  bytes.writeUInt16BE(5, 0);
  bytes.writeUInt16BE(1, 2);
  bytes.writeUInt32BE(upMs, 4);
  bytes.writeUInt32BE(Math.floor(Date.now() / 1000), 8);
  bytes.writeUInt32BE(sequence, 16);
  bytes.writeUInt32BE(0xc000_0201, 24);
  bytes.writeUInt32BE(0xc633_6401, 28);
  bytes.writeUInt32BE(1, 40);
  bytes.writeUInt32BE(100, 44);
  bytes.writeUInt32BE(upMs - 20_000, 48);
  bytes.writeUInt32BE(upMs, 52);
  bytes.writeUInt8(17, 62);
  return bytes;
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

it(
  "answers tell what was lost, from when on flows are under way, and still do without the daemons",
  { timeout: 240_000 },
  async () => {
    const [udp, tcp] = [await freeUdpPort(), await freeTcpPort()];
    const daemon = (...words: string[]): Background =>
      new Background([...NGFLOW, ...words, "--data", data, ...SAME_USER]);
    const collect = daemon("collect", "--listen", `127.0.0.1:${udp}`);
    await collect.until("the collector", () => collect.stdout.includes("data "));
    const serve = daemon("serve", "--http", `127.0.0.1:${tcp}`);
    const ask = async (step = ""): Promise<Completeness & { readonly rows: readonly object[] }> => {
      const url = `http://127.0.0.1:${tcp}/api/v1/query?metric=flows&last=1h${step}`;
      const answer = (await (await fetch(url)).json()) as { completeness: Completeness; rows: object[] };
      return { ...answer.completeness, rows: answer.rows };
    };
    await expect
      .poll(async () => (await fetch(`http://127.0.0.1:${tcp}/api/v1/info`)).ok, { timeout: LOOK_MS })
      .toBe(true);
    exporter.send(datagram(0), udp, "127.0.0.1");
    await expect.poll(async () => (await ask()).rows, { timeout: LOOK_MS }).toEqual([{ flows: 1 }]);
    const before = Date.now();
    await expect.poll(async () => Date.parse((await ask()).watchedTo ?? "") > before, { timeout: LOOK_MS }).toBe(true);
    expect((await ask()).lost).toEqual([]);

    exporter.send(datagram(31), udp, "127.0.0.1");
    await expect.poll(async () => (await ask()).lost.length, { timeout: LOOK_MS }).toBe(1);
    const { lost, watchedTo, rows } = await ask();
    expect(rows).toEqual([{ flows: 2 }]);
    expect(lost).toMatchObject([
      { reason: "sequence-gap", unit: "flows", count: 30, by: [{ exporter: "127.0.0.1", count: 30 }] },
    ]);
    const bins = await ask("&step=1m");
    expect(bins.lost).toMatchObject([{ reason: "sequence-gap", count: 30 }]);
    expect(Date.parse(bins.lost[0]!.time)).toBeGreaterThan(before - 60_000);
    expect(Date.parse(bins.lost[0]!.time) % 60_000).toBe(0);

    const query = [...NGFLOW, "query", "--data", data, "--metric", "flows"];
    const line = "ngflow: incomplete: 30 flows lost before they arrived, by the sequence numbers of their exporters";
    expect(run(query)).toMatchObject({ status: 0, stderr: `${line} (127.0.0.1: 30)\n` });
    await serve.stop();
    await collect.stop();
    const cold = run([...query, "--json"]);
    const { completeness } = JSON.parse(cold.stdout) as { completeness: Completeness };
    expect(completeness.lost).toMatchObject([{ reason: "sequence-gap", count: 30 }]);
    expect(Date.parse(completeness.watchedTo!)).toBeGreaterThanOrEqual(Date.parse(watchedTo!));
    expect(completeness.underWayBy).toBe("127.0.0.1");
    const underWayMs = Date.now() - Date.parse(completeness.underWayFrom!);
    expect(underWayMs).toBeGreaterThanOrEqual(20_000);
    expect(underWayMs).toBeLessThan(80_000);
  },
);
