import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytes, set, template, v9, v9Options } from "@ngflow/wire/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Background, must, NGFLOW, SAME_USER } from "../support/command.ts";
import { freeUdpPort } from "../support/udp-port.ts";

let folder = "";
let exporter: Socket;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-names-"));
  exporter = createSocket("udp4").bind(0, "127.0.0.1");
  await once(exporter, "listening");
});
afterAll(() => {
  exporter.close();
  rmSync(folder, { recursive: true, force: true });
});

const name = (text: string): Uint8Array => new TextEncoder().encode(text.padEnd(12, "\0"));
const ngflow = (...words: string[]): string => must([...NGFLOW, ...words, "--data", folder], { timeoutMs: 60_000 });

it("names that an exporter sent are groups, filters and columns of the commands", { timeout: 240_000 }, async () => {
  const port = await freeUdpPort();
  const words = ["collect", "--data", folder, "--listen", `127.0.0.1:${port}`, ...SAME_USER];
  const collector = new Background([...NGFLOW, ...words]);
  await collector.until("the collector", () => collector.stdout.includes("data "));
  const options = v9Options(300, [[2, 4]], [[82, 12]]);
  const interfaces = set(300, bytes([1, 4], name("ge-0/0/1")), bytes([2, 4], name("to core")));
  const flows = template(256, [
    [8, 4],
    [12, 4],
    [10, 4],
    [14, 4],
    [1, 4],
  ]);
  const record = (input: number, output: number, octets: number): Uint8Array =>
    bytes([0xc000020b, 4], [0xc6336414, 4], [input, 4], [output, 4], [octets, 4]);
  const data = set(256, record(1, 2, 100), record(2, 1, 20), record(3, 1, 3));
  const seconds = Math.floor(Date.now() / 1000);
  exporter.send(v9({ seconds }, set(1, options), interfaces, set(0, flows), data), port, "127.0.0.1");
  const file = join(folder, "collector/names.json");
  await collector.until("the names", () => existsSync(file) && readFileSync(file, "utf8").includes("to core"));
  await collector.stop();

  const groups = JSON.parse(ngflow("query", "--by", "InIfName", "--last", "1h", "--format", "json")) as {
    rows: object[];
  };
  expect(groups.rows).toEqual([
    { InIfName: "ge-0/0/1", bytes: 100 },
    { InIfName: "to core", bytes: 20 },
    { InIfName: "", bytes: 3 },
  ]);
  const csv = ngflow("query", "--by", "OutIfName", "--last", "1h", "--format", "csv", 'if name ~ "*CORE*"');
  expect(csv).toBe("OutIfName,bytes\nto core,100\nge-0/0/1,20\n");
  const records = ngflow("flows", "--last", "1h", "--format", "ndjson", 'InIfName = "ge-0/0/1"').trim().split("\n");
  expect(records.map((line) => JSON.parse(line) as object)).toMatchObject([
    { InIf: 1, InIfName: "ge-0/0/1", OutIfName: "to core" },
  ]);
});
