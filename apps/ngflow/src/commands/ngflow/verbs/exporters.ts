import { plainAddress } from "@ngflow/base";
import type { ExporterStatus, LearnedName } from "@ngflow/flows";
import { type Command, Option } from "commander";
import { CollectorWatch } from "../../../daemon/collector-watch.ts";
import { savedNames } from "../../../daemon/saved-names.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory, otherData } from "../../../options/paths.ts";
import { collectorSocketPaths } from "../../../options/runtime-path.ts";
import { columnsOf } from "../../../output/fit-lines.ts";
import { printText } from "../../../output/print-text.ts";
import { writeOut } from "../../../output/write.ts";
import { VerbError } from "../errors.ts";
import { exportersTable, namesTable, templatesTable } from "../exporters-table.ts";
import { enterDataDirectory } from "../stored-flows.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly json?: boolean;
  readonly templates?: boolean;
  readonly names?: boolean;
}

/** The exporters of the collector that runs. @throws VerbError when none does */
async function statusOf(directory: string): Promise<readonly ExporterStatus[]> {
  const watch = new CollectorWatch(collectorSocketPaths(directory), directory);
  try {
    const exporters = await watch.exporters();
    if (exporters !== null) return exporters;
  } finally {
    watch.close();
  }
  throw new VerbError(
    "no-collector",
    `${directory}: no collector runs here, or it does not answer; start "ngflow collect" or "ngflow up", or ${otherData(directory)}`,
  );
}

async function run(address: string | undefined, options: Options): Promise<void> {
  const directory = dataDirectory(options.data);
  await enterDataDirectory(directory);
  const wanted = address === undefined ? undefined : plainAddress(address);
  const of = <T>(all: readonly T[], addresses: (each: T) => readonly (string | undefined)[]): readonly T[] =>
    wanted === undefined ? all : all.filter((each) => addresses(each).includes(wanted));
  if (options.names === true) {
    const names: readonly LearnedName[] = of(savedNames(directory)(), ({ exporter }) => [exporter]);
    await print(options, { names }, () => namesTable(names));
    return;
  }
  const exporters = of(await statusOf(directory), (each) => [each.address, each.agent]);
  const table = (): string =>
    options.templates === true ? templatesTable(exporters) : exportersTable(exporters, columnsOf(process.stdout));
  await print(options, { exporters }, table);
}

async function print({ json }: Options, whole: object, table: () => string): Promise<void> {
  if (json === true) await writeOut(`${JSON.stringify(whole)}\n`);
  else printText(process.stdout, table());
}

export function define(command: Command): Command {
  return command
    .argument("[address]", "only this exporter")
    .addOption(new Option("--templates", "their templates, and those that are missing with the data that waits"))
    .addOption(
      new Option("--names", "names that they sent: interfaces, VRFs, applications, samplers").conflicts("templates"),
    )
    .addOption(new Option("--json", "JSON instead of a table, with all details"))
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .action((address: string | undefined, options: Options) => run(address, withConfig(options)));
}
