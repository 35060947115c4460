import { performance } from "node:perf_hooks";
import type { Command } from "commander";
import { terminalText } from "@ngflow/base";
import { stopRequested } from "../../../daemon/stop.ts";
import { columnsOf, fitLines } from "../../../output/fit-lines.ts";
import { printText } from "../../../output/print-text.ts";
import { writeOut } from "../../../output/write.ts";
import { GenerateError } from "../../../synthetic/errors.ts";
import { createFleet } from "../../../synthetic/fleet.ts";
import { runFleet } from "../../../synthetic/run-fleet.ts";
import { openSender } from "../../../synthetic/senders/open-sender.ts";
import { reportText, sentReport } from "../../../synthetic/summary.ts";
import {
  fleetSettings,
  formatOf,
  type GenerateOptions,
  generateOptions,
  paceOf,
  vendorList,
} from "../generate-options.ts";

const EXAMPLES = `
Examples:
  ngflow generate --to udp://127.0.0.1:2055
      1000 flow records per second until Ctrl-C
  ngflow generate --to udp://127.0.0.1:2055 --like asa --count 10000
  ngflow generate --to tcp://127.0.0.1:4739 --format ipfix --duration 60
  ngflow generate --to v5.pcap --format v5 --count 100000 --json`;

/** Sends datagrams of made-up exporters and prints exactly what was sent. */
async function runGenerate(options: GenerateOptions): Promise<void> {
  const startMs = options.start ?? Date.now();
  const settings = fleetSettings(options, startMs);
  const pace = paceOf(options, startMs);
  const { format } = settings;
  const print = async (text: string): Promise<void> => {
    if (options.to === "-") printText(process.stderr, text);
    else await writeOut(fitLines(text, columnsOf(process.stdout)));
  };
  const fleet = createFleet(settings);
  const sender = await openSender(options.to, format, options.exporters);
  const stopped = stopRequested();
  if (options.quiet !== true && options.json !== true) await print(terminalText(`${firstLine(options)}\n`));
  const began = performance.now();
  try {
    await runFleet(fleet, sender, pace, stopped);
    await sender.close();
  } catch (error) {
    sender.discard();
    throw error;
  }
  const report = sentReport(fleet.sums(), {
    format,
    to: options.to,
    sampling: settings.stream.sampling,
    sendErrors: sender.sendErrors,
    milliseconds: performance.now() - began,
    addressOf: (exporter) => sender.addressOf(exporter),
  });
  if (options.json === true) await (options.to === "-" ? print : writeOut)(`${JSON.stringify(report)}\n`);
  else if (options.quiet !== true) await print(reportText(report));
  if (sender.sendErrors > 0) {
    const why = sender.refused > 0 ? "nobody listens there; start a collector" : "check the address and the route";
    throw new GenerateError(
      "generate-refused",
      `--to ${options.to}: ${sender.sendErrors} of ${report.datagrams} datagrams were refused or not sent: ${why}`,
    );
  }
}

function firstLine(options: GenerateOptions): string {
  const { to, like, exporters, rate } = options;
  const what = `${formatOf(options)}${like === undefined ? "" : ` like ${like}`}`;
  const pace = rate === "max" ? "as fast as possible" : `${rate} records/s`;
  const end = options.count === undefined && options.duration === undefined ? "; Ctrl-C ends it" : "";
  return `sending ${what} of ${exporters} exporter${exporters === 1 ? "" : "s"} to ${to}, ${pace}${end}`;
}

export function define(command: Command): Command {
  for (const option of generateOptions()) command.addOption(option);
  return command.addHelpText("after", `${vendorList()}\n${EXAMPLES}`).action(runGenerate);
}
