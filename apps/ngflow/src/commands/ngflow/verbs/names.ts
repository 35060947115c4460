import { formatIp } from "@ngflow/base";
import type { SourceStatus } from "@ngflow/flows";
import { type Command, Option } from "commander";
import { lookupAddress, parsedAddress } from "@ngflow/names";
import { CollectorWatch } from "../../../daemon/collector-watch.ts";
import { serveFile } from "../../../daemon/run-files.ts";
import { serverClient } from "../../../daemon/server-client.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { OptionsError } from "../../../options/errors.ts";
import { collect, sharedOptions } from "../../../options/options.ts";
import { dataDirectory, otherData } from "../../../options/paths.ts";
import { collectorSocketPaths } from "../../../options/runtime-path.ts";
import { columnsOf, fitLines } from "../../../output/fit-lines.ts";
import { printText } from "../../../output/print-text.ts";
import { formatTable } from "../../../output/table.ts";
import { writeOut } from "../../../output/write.ts";
import { VerbError } from "../errors.ts";
import { enterDataDirectory } from "../stored-flows.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly json?: boolean;
}

/** The sources of the daemons of a directory: of both, or of the collector alone. @throws VerbError when none runs */
async function sourcesOf(directory: string): Promise<readonly SourceStatus[]> {
  const daemon = serveFile(directory).read();
  if (daemon !== undefined) {
    const answer = await serverClient(daemon)
      .get("/names/status")
      .catch(() => undefined);
    if (answer !== undefined) return answer.sources;
  }
  const watch = new CollectorWatch(collectorSocketPaths(directory), directory);
  try {
    const state = await watch.state();
    if (state !== null) return state.names;
  } finally {
    watch.close();
  }
  throw new VerbError(
    "no-collector",
    `${directory}: no daemon runs here, or it does not answer; start "ngflow up", or ${otherData(directory)}`,
  );
}

async function status(options: Options): Promise<void> {
  const directory = dataDirectory(options.data);
  await enterDataDirectory(directory);
  const sources = await sourcesOf(directory);
  if (options.json === true) await writeOut(`${JSON.stringify({ sources })}\n`);
  else printText(process.stdout, statusTable(sources, Date.now(), columnsOf(process.stdout)));
}

/** A line per source; what is wrong is below. */
export function statusTable(sources: readonly SourceStatus[], nowMs: number, columns?: number): string {
  if (sources.length === 0) {
    const options = "--networks, --mmdb, --hosts, --mac-vendors, --reverse-dns or --snmp";
    return fitLines(`no names of addresses: use ${options}\n`, columns);
  }
  const age = (time: string | null): string => (time === null ? "-" : ageText(nowMs - Date.parse(time)));
  const rows = sources.map((each) => ({
    Source: each.kind,
    State: each.state,
    Entries: each.entries ?? "-",
    Read: age(each.readAt),
    Made: age(each.madeAt),
    From: columns === undefined ? each.from : nearPath(each.from),
  }));
  const errors = sources.flatMap(({ from, error }) => (error === null ? [] : [`${from}: ${error}\n`]));
  return (
    formatTable(["Source", "State", "Entries", "Read", "Made", "From"], rows, { human: false }) +
    fitLines(errors.join(""), columns)
  );
}

/** A path for a terminal: from the current directory, if it is below it. */
function nearPath(from: string): string {
  const here = `${process.cwd()}/`;
  return from.startsWith(here) ? from.slice(here.length) : from;
}

/** How long ago, in the largest unit that leaves two digits or more. */
function ageText(ms: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
  ] as const;
  const [unit, size] = units.find(([, size]) => ms >= 2 * size) ?? ["s", 1000];
  return `${Math.max(0, Math.floor(ms / size))} ${unit} ago`;
}

async function lookup(text: string, options: Options): Promise<void> {
  const address = parsedAddress(text);
  const { networks, mmdb, hosts } = options;
  if (networks === undefined && (mmdb ?? []).length === 0 && (hosts ?? []).length === 0)
    throw new OptionsError(
      "usage",
      "name the files to look in: --networks FILE, --mmdb FILE, --hosts FILE, or --config FILE",
    );
  const written = formatIp(address);
  const found = await lookupAddress(address, written, { networks, mmdb, hosts });
  if (options.json === true) {
    await writeOut(`${JSON.stringify({ address: written, found })}\n`);
    return;
  }
  const rows = found.flatMap(({ from, facts }) => {
    const known = Object.entries(facts);
    return known.length === 0
      ? [{ Fact: "-", Value: "not known", From: from }]
      : known.map(([fact, value]) => ({ Fact: fact, Value: value, From: from }));
  });
  printText(process.stdout, formatTable(["Fact", "Value", "From"], rows, { human: false }));
}

export function define(command: Command): Command {
  const json = (): Option => new Option("--json", "JSON instead of a table");
  command
    .command("status")
    .description("where names come from: entries, age, and what is wrong")
    .addOption(json())
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .action((options: Options) => status(withConfig(options)));
  command
    .command("lookup")
    .description("what the files say of an address; no daemon is needed")
    .argument("<address>", "192.0.2.1 or 2001:db8::1")
    .addOption(new Option("--networks <file>", "file of networks"))
    .addOption(new Option("--mmdb <file>", "MMDB file (repeatable)").argParser(collect))
    .addOption(new Option("--hosts <file>", "hosts file or leases (repeatable)").argParser(collect))
    .addOption(json())
    .addOption(sharedOptions.config())
    .action((address: string, options: Options) => lookup(address, withConfig(options)));
  return command;
}
