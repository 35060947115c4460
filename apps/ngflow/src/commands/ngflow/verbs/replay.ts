import { lookup } from "node:dns/promises";
import { performance } from "node:perf_hooks";
import { type Command, InvalidArgumentError } from "commander";
import { parseIp, terminalText } from "@ngflow/base";
import type { SocketAddress } from "@ngflow/os/udp";
import { stopRequested } from "../../../daemon/stop.ts";
import { wholeNumber } from "../../../options/capture-options.ts";
import { writeOut } from "../../../output/write.ts";
import { ReplayError } from "../../../replay/errors.ts";
import { OriginalSender, type ReplaySender, SocketPerSender } from "../../../replay/replay-sender.ts";
import { replayFiles } from "../../../replay/replay.ts";

interface Options {
  readonly to: string;
  readonly speed?: number;
  readonly rate?: number;
  readonly keepSource?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  ngflow replay export.pcap --to udp://127.0.0.1:2055
  ngflow replay export.pcap --to udp://127.0.0.1:2055 --speed 10
  ngflow replay flows.ipfix --to udp://127.0.0.1:4739 --speed max
  sudo ngflow replay export.pcap --to udp://192.0.2.1:2055 --keep-source`;

function parseSpeed(text: string): number {
  if (text === "max") return Infinity;
  const speed = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && speed > 0) return speed;
  throw new InvalidArgumentError("expected a number above 0, for example 10 or 0.5, or max.");
}

/** @throws ReplayError where it is not udp://HOST:PORT. */
async function targetOf(to: string): Promise<SocketAddress & { readonly family: "inet" | "inet6" }> {
  const match = /^udp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/]+)):(\d{1,5})\/?$/.exec(to);
  const port = Number(match?.[3]);
  if (match === null || port === 0 || port > 65_535) {
    throw new ReplayError("replay-option", `--to ${to}: expected udp://HOST:PORT, for example udp://127.0.0.1:2055`);
  }
  const host = match[1] ?? match[2]!;
  const text = parseIp(host) === undefined ? (await lookup(host)).address : host;
  const bytes = parseIp(text)!;
  const isIpv6 = text.includes(":");
  const family = isIpv6 ? "inet6" : "inet";
  return { family, address: isIpv6 ? bytes : bytes.subarray(12), port, flowInfo: 0, scopeId: 0 };
}

async function runReplay(files: readonly string[], options: Options): Promise<void> {
  const { to, speed = 1, rate } = options;
  if (rate !== undefined && options.speed !== undefined) {
    throw new ReplayError("replay-option", "--speed and --rate cannot be combined");
  }
  const target = await targetOf(to);
  const sender: ReplaySender = options.keepSource === true ? new OriginalSender(to, target) : new SocketPerSender(to);
  const print = options.quiet === true || options.json === true ? undefined : writeOut;
  const pace =
    rate !== undefined ? `${rate} datagrams/s` : speed === Infinity ? "as fast as possible" : `speed ${speed}`;
  await print?.(terminalText(`sending ${files.join(" ")} to ${to}, ${pace}; Ctrl-C ends it\n`));
  const began = performance.now();
  const sums = await replayFiles(files, sender, { speed, rate }, stopRequested()).finally(() => sender.close());
  const seconds = Math.round(performance.now() - began) / 1000;
  const { senders, sendErrors, refused } = sender;
  const { problems, ...counts } = sums;
  if (options.json === true) await writeOut(`${JSON.stringify({ to, ...counts, senders, sendErrors, seconds })}\n`);
  else {
    const lines = [
      ...problems,
      `sent ${counts.datagrams} datagrams (${counts.bytes} bytes) of ${senders} senders in ${seconds} s`,
    ];
    await print?.(terminalText(`${lines.join("\n")}\n`));
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
    .argument("<files...>", "captures of flow datagrams, IPFIX files or files of datagrams; - for standard input")
    .requiredOption("--to <destination>", "udp://HOST:PORT of the collector")
    .option("--speed <factor>", "times their own pace; max for as fast as possible (default: 1)", parseSpeed)
    .option("--rate <n>", "datagrams per second instead of their own pace", wholeNumber(1, 100_000_000))
    .option("--keep-source", "send from the addresses and ports in the capture (Linux, needs CAP_NET_RAW)")
    .option("--json", "print the sums as JSON")
    .option("--quiet", "print errors only")
    .addHelpText("after", EXAMPLES)
    .action((files: string[], options: Options) => runReplay(files, options));
}
