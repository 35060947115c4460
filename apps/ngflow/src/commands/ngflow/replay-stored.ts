import { terminalText } from "@ngflow/base";
import { jsonInteger, parseFlows } from "@ngflow/flows";
import { stopRequested } from "../../daemon/stop.ts";
import { dataDirectory } from "../../options/paths.ts";
import { columnsOf, fitLines } from "../../output/fit-lines.ts";
import { writeOut } from "../../output/write.ts";
import { ReplayError } from "../../replay/errors.ts";
import { FileWriter } from "../../replay/file-writer.ts";
import type { ReplayPace } from "../../replay/pacer.ts";
import type { ReplaySender } from "../../replay/replay-sender.ts";
import { replayStored, type SentFlows } from "../../replay/stored/replay-stored.ts";
import type { StoredFormat } from "../../replay/stored/flow-encoder.ts";
import { readFilterFiles } from "./filter-files.ts";
import { openStoredFlows } from "./stored-flows.ts";

/** Options of `ngflow replay --data`. */
export interface StoredReplayOptions {
  readonly to: string;
  readonly data: string;
  readonly from?: string;
  readonly until?: string;
  readonly last?: string;
  readonly format?: StoredFormat;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Sends stored flows that a filter matches. @throws NgflowError as the other commands about flows do */
export async function runStored(
  words: readonly string[],
  { to, data, from, until, last, format = "ipfix", json, quiet }: StoredReplayOptions,
  pace: ReplayPace,
  open: () => Promise<ReplaySender>,
): Promise<void> {
  const isFile = !to.includes("://");
  if (isFile && format !== "ipfix") {
    throw new ReplayError("replay-option", `--to ${to}: a file is of IPFIX messages; leave out --format ${format}`);
  }
  const { filter, sets } = readFilterFiles(words);
  const { limit: _, ...spec } = parseFlows({ from, to: until, last, filter }, Date.now(), "option", sets);
  const stored = await openStoredFlows(dataDirectory(data));
  const began = performance.now();
  let sent: SentFlows;
  let sender: ReplaySender | undefined;
  try {
    sender = isFile ? new FileWriter(to) : await open();
    sent = await replayStored(stored.reader, spec, sender, { format, pace, isFile }, stopRequested());
    await sender.close();
  } catch (error) {
    if (sender instanceof FileWriter) sender.discard();
    else await sender?.close();
    throw error;
  } finally {
    await stored.close();
  }
  const seconds = Math.round(performance.now() - began) / 1000;
  const { problems, datagrams, datagramBytes, records } = sent;
  const { senders, sendErrors, refused } = sender;
  const sums = { bytes: jsonInteger(sent.bytes), packets: jsonInteger(sent.packets) };
  if (json === true) {
    const counts = { to, format, records, ...sums, datagrams, datagramBytes, senders, sendErrors, seconds, problems };
    await writeOut(`${JSON.stringify(counts)}\n`);
  } else if (quiet !== true) {
    const of = `${senders} exporter${senders === 1 ? "" : "s"}`;
    const flows = `sent ${records} flows of ${of} (${sums.packets} packets, ${sums.bytes} bytes)`;
    const lines = [...problems, `${flows} in ${datagrams} datagrams and ${seconds} s`];
    if (records === 0) lines.push("no flows in this range; choose another one with --last or --from");
    await writeOut(fitLines(terminalText(`${lines.join("\n")}\n`), columnsOf(process.stdout)));
  }
  if (sendErrors === 0) return;
  const why = refused > 0 ? "nobody listens there; start a collector" : "check the address and the route";
  throw new ReplayError(
    "replay-refused",
    `--to ${to}: ${sendErrors} of ${datagrams} datagrams were refused or not sent: ${why}`,
  );
}
