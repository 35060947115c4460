import { Readable, Writable } from "node:stream";
import type { ProcessIo } from "../process-io.ts";

export interface CollectingIoOptions {
  readonly pid: number;
  readonly input?: string;
  readonly onOut?: (text: string) => void;
  readonly onErr?: (text: string) => void;
}

/** Streams for a command under test: input from a text, output to functions. */
export function collectingIo({ pid, input = "", onOut = () => {}, onErr = () => {} }: CollectingIoOptions): ProcessIo {
  return { stdin: Readable.from([input]), stdout: sink(onOut), stderr: sink(onErr), isTerminal: false, pid };
}

function sink(onText: (text: string) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      onText(chunk.toString("utf8"));
      done();
    },
  });
}
