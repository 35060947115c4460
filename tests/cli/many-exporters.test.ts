import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Background, must, NGFLOW, SAME_USER } from "../support/command.ts";
import { freeUdpPort, untilRead } from "../support/udp-port.ts";

/** 1,000 by hand: `NGFLOW_EXPORTERS=1000 npm run test:cli -- many-exporters`. */
const EXPORTERS = Number(process.env["NGFLOW_EXPORTERS"] ?? 40);
const TEMPLATES = 50;
/** Records of each template. */
const RECORDS = 20;

interface State {
  readonly collector: { readonly counters: Readonly<Record<string, number>> };
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-many-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const state = (): State => JSON.parse(readFileSync(join(folder, "run/collect.json"), "utf8")) as State;

async function startCollector(port: number): Promise<Background> {
  const words = ["collect", "--data", folder, "--listen", `127.0.0.1:${port}`, ...SAME_USER];
  const collector = new Background([...NGFLOW, ...words]);
  await collector.until("the collector", () => collector.stdout.includes("data "));
  return collector;
}

test(
  `${EXPORTERS} exporters with ${TEMPLATES} templates each: every record, and the templates after a restart`,
  { timeout: 600_000 },
  async () => {
    const port = await freeUdpPort();
    const count = EXPORTERS * TEMPLATES * RECORDS;
    let collector = await startCollector(port);
    const words = ["--exporters", EXPORTERS, "--templates", TEMPLATES, "--count", count, "--records", RECORDS];
    // Templates are sent once, at the start.
    const pace = ["--template-every", 0, "--rate", 20_000, "--json"];
    const all = [...NGFLOW, "generate", "--to", `udp://127.0.0.1:${port}`, ...words.map(String), ...pace.map(String)];
    const sent = JSON.parse(must(all, { timeoutMs: 500_000 })) as { records: number; datagrams: number };
    await untilRead(port);
    await collector.until("all datagrams", () => state().collector.counters["datagramsReceived"]! >= sent.datagrams);
    await collector.stop();

    collector = await startCollector(port);
    // Without templates of its own, this run needs those of the first.
    const again = [...all.map((word) => (word === String(count) ? String(count / RECORDS) : word))];
    const second = JSON.parse(must([...again, "--late-templates", "1000000"], { timeoutMs: 500_000 })) as typeof sent;
    await untilRead(port);
    await collector.until("the second run", () => state().collector.counters["datagramsReceived"]! >= second.datagrams);
    const counters = state().collector.counters;
    await collector.stop();
    expect({ sent: sent.records, templates: counters["templatesKnown"] }).toEqual({
      sent: count,
      templates: EXPORTERS * TEMPLATES,
    });
    expect(counters).toMatchObject({ recordsDecoded: second.records, setsHeld: 0, templatesRefused: 0 });
  },
);
