import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Background, must, NGFLOW, SAME_USER } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";

const EXPORTERS = 3;
const RECORDS = 6000;

interface State {
  readonly collector: { readonly counters: Readonly<Record<string, number>> };
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-tcp-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One number of the stored flows: `ngflow query` without groups. */
function stored(metric: string): number {
  const words = [
    "query",
    "--data",
    folder,
    "--last",
    "1d",
    "--metric",
    metric,
    "--counters",
    "raw",
    "--format",
    "json",
  ];
  const { rows } = JSON.parse(must([...NGFLOW, ...words], { timeoutMs: 120_000 })) as {
    rows: Record<string, number>[];
  };
  return rows[0]![metric]!;
}

test("what generate sends over TCP is stored: every record, packet and byte", { timeout: 300_000 }, async () => {
  const to = `tcp://127.0.0.1:${await freeTcpPort()}`;
  const collector = new Background([...NGFLOW, "collect", "--data", folder, "--listen", to, ...SAME_USER]);
  await collector.until("the collector", () => collector.stdout.includes("data "));
  const words = ["--format", "ipfix", "--exporters", String(EXPORTERS), "--count", String(RECORDS), "--rate", "max"];
  const sent = JSON.parse(must([...NGFLOW, "generate", "--to", to, ...words, "--json"], { timeoutMs: 120_000 })) as {
    readonly records: number;
    readonly packets: number;
    readonly bytes: number;
  };
  expect(sent.records).toBe(RECORDS);
  const decoded = (): number => {
    const state = JSON.parse(readFileSync(join(folder, "run/collect.json"), "utf8")) as State;
    return state.collector.counters["recordsDecoded"]!;
  };
  await collector.until("all records", () => decoded() === RECORDS);
  await collector.stop();
  expect({ records: stored("flows"), packets: stored("packets"), bytes: stored("bytes") }).toEqual({
    records: sent.records,
    packets: sent.packets,
    bytes: sent.bytes,
  });
});
