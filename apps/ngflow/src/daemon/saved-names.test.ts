import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCollector } from "@ngflow/collector";
import { bytes, set, v9, v9Options } from "@ngflow/wire/testing";
import { expect, it } from "vitest";
import { collectorState } from "./collector-state.ts";
import { savedNames } from "./saved-names.ts";

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const named = (sequence: number, name: number): Uint8Array =>
  v9({ sequence }, set(1, v9Options(300, [[2, 4]], [[82, 4]])), set(300, bytes([1, 4], [name, 4])));

it("are those that the collector wrote last, and none before", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ngflow-saved-names-"));
  try {
    const names = savedNames(directory);
    expect(names()).toEqual([]);
    for (const [sequence, name] of [0x61616161, 0x62626262].entries()) {
      const collector = createCollector(
        { listen: [], stateDir: collectorState(directory) },
        {
          sink: { write: ({ rows }) => rows },
          clock: { nowMs: () => 1_700_000_000_000 + sequence * 1000, monotonicMs: () => 0 },
          log: quiet,
        },
      );
      await collector.start();
      collector.receive(named(sequence, name), "192.0.2.1", 2055);
      await collector.stop();
      expect(names()).toHaveLength(sequence + 1);
    }
    expect(names().map(({ name, to }) => [name, to])).toEqual([
      ["aaaa", "2023-11-14T22:13:21.000Z"],
      ["bbbb", null],
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
