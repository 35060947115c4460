import { createInterface } from "node:readline/promises";
import type { CollectorStatus } from "@ngflow/flows";
import type { SharedConfig } from "../../options/config-file.ts";
import { dataDirectory } from "../../options/paths.ts";
import { sizeText } from "../../options/store-options.ts";
import { printText } from "../../output/print-text.ts";
import { writeOut } from "../../output/write.ts";
import { collectorsText } from "../../store/render.ts";
import { VerbError } from "./errors.ts";
import { actionResult } from "./store-action.ts";
import { enterDataDirectory } from "./stored-flows.ts";

interface Options extends SharedConfig {
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** What is typed for the collector without a name. */
const NO_NAME = "-";
const NAME = /^[a-z0-9]{1,32}$/;

async function collectorsOf(options: Options): Promise<readonly CollectorStatus[]> {
  const directory = dataDirectory(options.data);
  await enterDataDirectory(directory);
  return (await actionResult(directory, "status", () => undefined)).collectors;
}

/** Prints the collectors of the database. */
export async function showCollectors(options: Options): Promise<void> {
  const collectors = await collectorsOf(options);
  if (options.json === true) await writeOut(`${JSON.stringify(collectors)}\n`);
  else printText(process.stdout, collectorsText(collectors));
}

/** Drops the tables of a collector, after a question. @throws VerbError `forget-name`, `forget-unasked` */
export async function forgetCollector(typed: string, options: Options): Promise<void> {
  if (typed !== NO_NAME && !NAME.test(typed))
    throw new VerbError("forget-name", `"${typed}" is not a name of a collector; ngflow store collectors lists them`);
  const name = typed === NO_NAME ? "" : typed;
  const found = (await collectorsOf(options)).find((collector) => collector.name === name);
  if (options.yes !== true) await ask(typed, found);
  const forgotten = await actionResult(dataDirectory(options.data), "forget", () => undefined, name);
  if (options.json === true) await writeOut(`${JSON.stringify(forgotten)}\n`);
  else printText(process.stdout, `${typed}: dropped ${forgotten.rows} flows, ${forgotten.tables.length} tables\n`);
}

async function ask(typed: string, found: CollectorStatus | undefined): Promise<void> {
  if (!process.stdin.isTTY)
    throw new VerbError("forget-unasked", "drops all that the collector stored; add --yes to do so without a question");
  if (found !== undefined) {
    const { rows, bytes, from, to, seenSeconds } = found;
    const range = from === null ? "" : ` received from ${from} to ${String(to)}`;
    printText(process.stderr, `${typed}: ${rows} flows${range}, ${sizeText(bytes)}, seen ${seenSeconds} s ago\n`);
  }
  const line = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await line.question(`Drop all of it? Type ${typed} to do so: `);
  line.close();
  if (answer.trim() !== typed) throw new VerbError("forget-unasked", "nothing was dropped");
}
