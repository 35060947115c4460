import { Readable, Writable } from "node:stream";
import { EXIT } from "@ngflow/base";
import { runNgctl } from "../ngctl/ngctl.ts";

/** How a run of ngctl ended. */
export interface NgctlRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The line that was refused, counted from 1; undefined when all were done or none could be tried. */
  readonly refusedLine: number | undefined;
}

/** Feeds lines to one ngctl, as the script's `ngctl -f-` does. */
export async function ngctlLines(lines: readonly string[], control: string): Promise<NgctlRun> {
  const output = { stdout: "", stderr: "" };
  const into = (name: keyof typeof output): Writable =>
    new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _encoding, done) {
        output[name] += chunk.toString();
        done();
      },
    });
  const status = await runNgctl(["--control", control, "-f", "-"], {
    stdin: Readable.from(lines.map((line) => `${line}\n`)),
    stdout: into("stdout"),
    stderr: into("stderr"),
    isTerminal: false,
    pid: process.pid,
  });
  const number = /^ngctl: line (\d+): error in file$/m.exec(output.stderr)?.[1];
  return { status, ...output, refusedLine: status === EXIT.ok || number === undefined ? undefined : Number(number) };
}
