import { performance } from "node:perf_hooks";
import { type Command, InvalidArgumentError, Option } from "commander";
import { terminalText } from "@ngflow/base";
import { QUERY_WORDS } from "@ngflow/flows";
import { stopRequested } from "../../../daemon/stop.ts";
import { wholeNumber } from "../../../options/capture-options.ts";
import { columnsOf, fitLines } from "../../../output/fit-lines.ts";
import { writeOut } from "../../../output/write.ts";
import { ReplayError } from "../../../replay/errors.ts";
import { OriginalSender, type ReplaySender, SocketPerSender } from "../../../replay/replay-sender.ts";
import { replayFiles } from "../../../replay/replay.ts";
import { STORED_FORMATS } from "../../../replay/stored/flow-encoder.ts";
import { queryOptions } from "../query-options.ts";
import { runStored, type StoredReplayOptions } from "../replay-stored.ts";
import { replayTarget } from "../replay-target.ts";

interface Options extends Omit<StoredReplayOptions, "data"> {
  readonly data?: string;
  readonly speed?: number;
  readonly rate?: number;
  readonly keepSource?: boolean;
}

/** A sentence about the run: on a terminal, a long one goes on below. */
const shown = (text: string): string => fitLines(terminalText(text), columnsOf(process.stdout));

/** Options that choose stored flows. */
const OF_STORED = ["from", "until", "last", "format"] as const;

const EXAMPLES = `
Examples:
  ngflow replay export.pcap --to udp://127.0.0.1:2055
  ngflow replay export.pcap --to udp://127.0.0.1:2055 --speed 10
  ngflow replay flows.ipfix --to udp://127.0.0.1:4739 --speed max
  sudo ngflow replay export.pcap --to udp://192.0.2.1:2055 --keep-source
  ngflow replay --data DIR --last 1h port 53 --to udp://127.0.0.1:4739
  ngflow replay --data DIR --last 1d --to flows.ipfix`;

function parseSpeed(text: string): number {
  if (text === "max") return Infinity;
  const speed = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && speed > 0) return speed;
  throw new InvalidArgumentError("expected a number above 0, for example 10 or 0.5, or max.");
}

async function runReplay(files: readonly string[], options: Options): Promise<void> {
  const { to, speed = 1, rate } = options;
  if (rate !== undefined && options.speed !== undefined) {
    throw new ReplayError("replay-option", "--speed and --rate cannot be combined");
  }
  const open = async (): Promise<ReplaySender> => {
    const target = await replayTarget(to);
    return options.keepSource === true ? new OriginalSender(to, target) : new SocketPerSender(to);
  };
  const { data } = options;
  if (data !== undefined) return runStored(files, { ...options, data }, { speed, rate }, open);
  const needless = OF_STORED.find((name) => options[name] !== undefined);
  if (needless !== undefined) {
    throw new ReplayError("replay-option", `--${needless} is of stored flows: add --data DIR, or leave it out`);
  }
  if (files.length === 0) {
    throw new ReplayError("replay-option", "name a file, or the data directory of stored flows with --data DIR");
  }
  const sender = await open();
  const print = options.quiet === true || options.json === true ? undefined : writeOut;
  const pace =
    rate !== undefined ? `${rate} datagrams/s` : speed === Infinity ? "as fast as possible" : `speed ${speed}`;
  await print?.(shown(`sending ${files.join(" ")} to ${to}, ${pace}; Ctrl-C ends it\n`));
  const began = performance.now();
  const sums = await replayFiles(files, sender, { speed, rate }, stopRequested()).finally(() => sender.close());
  const seconds = Math.round(performance.now() - began) / 1000;
  const { senders, sendErrors, refused } = sender;
  const { problems, ...counts } = sums;
  if (options.json === true) await writeOut(`${JSON.stringify({ to, ...counts, senders, sendErrors, seconds })}\n`);
  else {
    const lines = [
      ...problems,
      `sent ${counts.datagrams} datagrams (${counts.bytes} bytes) of ${senders} sender${senders === 1 ? "" : "s"} in ${seconds} s`,
    ];
    await print?.(shown(`${lines.join("\n")}\n`));
  }
  if (sendErrors === 0) return;
  const why = refused > 0 ? "nobody listens there; start a collector" : "check the address and the route";
  throw new ReplayError(
    "replay-refused",
    `--to ${to}: ${sendErrors} of ${counts.datagrams} datagrams were refused or not sent: ${why}`,
  );
}

export function define(command: Command): Command {
  return command
    .argument(
      "[files...]",
      "captures of flow datagrams, IPFIX files or files of datagrams; - for standard input; with --data a filter",
    )
    .requiredOption("--to <destination>", "udp://HOST:PORT of the collector; of stored flows also an IPFIX file")
    .option("--speed <factor>", "times their own pace; max for as fast as possible (default: 1)", parseSpeed)
    .option("--rate <n>", "datagrams per second instead of their own pace", wholeNumber(1, 100_000_000))
    .option("--keep-source", "send from the addresses and ports in the capture (Linux, needs CAP_NET_RAW)")
    .option("--data <dir>", "send the stored flows of a data directory; the words are a filter")
    .addOption(queryOptions.from())
    .addOption(new Option("--until <time>", QUERY_WORDS.to))
    .addOption(queryOptions.last())
    .addOption(new Option("--format <name>", "of stored flows (default: ipfix)").choices(STORED_FORMATS))
    .option("--json", "print the sums as JSON")
    .option("--quiet", "print errors only")
    .addHelpText("after", EXAMPLES)
    .action((files: string[], options: Options) => runReplay(files, options));
}
