import { once } from "node:events";
import { type Command, InvalidArgumentError } from "commander";
import { DatagramPrinter } from "../../../decode/datagram-printer.ts";
import { decodeFile } from "../../../decode/decode-file.ts";
import { decodeListen, decodeStreams } from "../../../decode/decode-listen.ts";
import { createLog } from "../../../daemon/log.ts";
import { elementsOption, useElements } from "../../../options/elements-file.ts";
import { OptionsError } from "../../../options/errors.ts";
import { listenText, parseListen } from "../../../options/options.ts";
import { type TlsFiles, tlsOptions, tlsSettings } from "../../../options/receive-options.ts";
import { noteWaiting } from "../../../output/note-waiting.ts";
import { printText } from "../../../output/print-text.ts";

interface Options extends TlsFiles {
  readonly listen?: string;
  readonly count?: number;
  readonly elements?: string;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError(`"${text}" is not a number of datagrams`);
  return Number(text);
}

/** Lines to standard output in chunks. A reader that has gone away (EPIPE) ends the command quietly. */
class LineWriter {
  #chunk = "";

  constructor() {
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      printText(process.stderr, `ngflow: standard output: ${error.message}\n`);
      process.exit(73);
    });
  }

  readonly write = (line: string): void => {
    this.#chunk += `${line}\n`;
    if (this.#chunk.length > 65536) this.#send();
  };

  /** Writes the pending lines and waits until the reader has caught up. */
  readonly flush = async (): Promise<void> => {
    if (this.#chunk !== "") this.#send();
    if (process.stdout.writableNeedDrain) await once(process.stdout, "drain");
  };

  #send(): void {
    process.stdout.write(this.#chunk);
    this.#chunk = "";
  }
}

async function runDecode(files: readonly string[], options: Options): Promise<void> {
  if ((files.length === 0) === (options.listen === undefined)) {
    throw new OptionsError("usage", "name files to decode (- for standard input), or --listen HOST:PORT");
  }
  if (options.count !== undefined && options.listen === undefined) {
    throw new OptionsError("usage", "--count needs --listen");
  }
  useElements(options.elements);
  const writer = new LineWriter();
  const printer = new DatagramPrinter(writer.write);
  try {
    if (options.listen !== undefined) {
      const stop = new Promise((resolve) => {
        process.once("SIGINT", resolve);
        process.once("SIGTERM", resolve);
      });
      const timer = setInterval(() => void writer.flush(), 100);
      try {
        const address = parseListen(options.listen);
        const tls = tlsSettings(options, [address]);
        noteWaiting(`receiving on ${listenText(address)}`);
        const count = options.count ?? Infinity;
        if (address.transport === undefined) await decodeListen(address, count, printer, stop);
        else await decodeStreams(address, tls, count, printer, createLog("decode", {}), stop);
      } finally {
        clearInterval(timer);
      }
    }
    for (const file of files) await decodeFile(file, printer, writer.flush);
  } finally {
    printer.end();
    await writer.flush();
  }
}

export function define(command: Command): Command {
  command
    .argument("[files...]", "pcap or pcapng captures, or files of raw datagrams; - for standard input")
    .option("--listen <address>", "receive on [udp|tcp|tls://]HOST:PORT instead, for example: udp://127.0.0.1:2055")
    .option("--count <datagrams>", "stop after this many datagrams or messages", parseCount);
  command.addOption(elementsOption());
  for (const option of tlsOptions()) command.addOption(option);
  return command.action((files: string[], options: Options) => runDecode(files, options));
}
