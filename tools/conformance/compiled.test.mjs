import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { memoryCollector } from "../../packages/collector/src/testing/memory-collector.ts";
import { sharedFolder } from "../shared.mjs";
import { datagramsOf, readSets } from "./corpus.mjs";

const corpus = join(sharedFolder, "corpus");
const isThere = existsSync(corpus);

test.skipIf(!isThere)(
  `functions make the rows that the steps make, of every case${isThere ? "" : ` (skipped: ${corpus} is not there)`}`,
  async () => {
    let compiled = 0;
    let cases = 0;
    for (const { name, folder, cases: all } of readSets(corpus)) {
      for (const [id, { inputs }] of Object.entries(all)) {
        const datagrams = inputs.filter(({ kind }) => kind !== "frames").flatMap((input) => datagramsOf(folder, input));
        const [steps, functions] = [Infinity, 1].map((compileAfter) => memoryCollector({ compileAfter }));
        // Three times: the first data of a template are read by its steps.
        for (const { bytes, exporter } of [...datagrams, ...datagrams, ...datagrams]) {
          for (const collector of [steps, functions]) await collector.receive(bytes, exporter);
        }
        expect([name, id, functions.sink.rows]).toEqual([name, id, steps.sink.rows]);
        compiled += functions.collector.counters().recordsCompiled;
        cases++;
      }
    }
    expect(cases).toBeGreaterThan(50);
    expect(compiled).toBeGreaterThan(500);
  },
  60_000,
);
