import type { Command } from "commander";
import { EXIT } from "@ngflow/base";
import { prepareUser } from "../../../daemon/change-user.ts";
import { confineDaemon } from "../../../daemon/privileges.ts";
import { type ImportedFile, importFiles } from "../../../import/import-files.ts";
import { StoreTurns } from "../../../import/store-turns.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { printText } from "../../../output/print-text.ts";
import { writeOut } from "../../../output/write.ts";
import { progressLine } from "../progress-line.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly json?: boolean;
  readonly name?: string;
}

async function runImport(files: readonly string[], options: Options): Promise<void> {
  const data = dataDirectory(options.data);
  const change = await prepareUser(undefined, { dataDirectory: data });
  const reads = files.filter((file) => file !== "-");
  confineDaemon({ ports: [], writes: [data], reads, reaches: [] }, { change });
  let isStopped = false;
  const stop = (): void => void (isStopped = true);
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const line = progressLine();
  const progress = (file: string, flows: number): void => line.show(`${file}: ${flows} flows`);
  const all: ImportedFile[] = [];
  const turns = new StoreTurns(data);
  const waiting = (blocks: number): void => turns.waiting(blocks);
  try {
    // For its errors, before anything is read.
    await turns.take();
    for await (const file of importFiles(files, data, options.name, { stopped: () => isStopped, progress, waiting })) {
      line.end();
      all.push(file);
      if (options.json !== true) printText(process.stdout, `${textOf(file)}\n`);
    }
    await turns.take();
  } finally {
    line.end();
    await turns.end();
  }
  if (options.json === true) await writeOut(`${JSON.stringify(all)}\n`);
  if (isStopped) printText(process.stderr, "ngflow: stopped; the same command goes on\n");
  if (isStopped || all.some(({ outcome }) => outcome === "damaged")) process.exitCode = EXIT.failed;
}

function textOf({ file, outcome, flows, flowsBefore, skipped, error }: ImportedFile): string {
  const before = flowsBefore > 0 && outcome !== "already imported" ? `, ${flowsBefore} were there already` : "";
  const counts = outcome === "already imported" ? `${flowsBefore} flows` : `${flows} flows${before}`;
  const left = Object.entries(skipped).map(([reason, count]) => `\n  left out: ${count} ${reason}`);
  // The error names the file as well.
  const why = error === undefined ? "" : `\n  ${error.startsWith(`${file}: `) ? error.slice(file.length + 2) : error}`;
  return `${file}: ${outcome}: ${counts}${left.join("")}${why}`;
}

export function define(command: Command): Command {
  return command
    .argument("<files...>", "captures of flow datagrams, IPFIX files, nfdump -o json or csv; - is standard input")
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .option("--name <name>", "what standard input is called in the output")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nThe same content is imported once, whatever its name;\nan import that was interrupted goes on." +
        "\nTimes of nfdump are local: run nfdump and this with the same TZ." +
        "\n\nExamples:" +
        "\n  nfdump -r nfcapd.202601050900 -o json | ngflow import -" +
        "\n  ngflow export -r packets.pcap --to - --quiet | ngflow import -",
    )
    .action((files: string[], options: Options) => runImport(files, withConfig(options)));
}
