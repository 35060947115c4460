import { Readable, Writable } from "node:stream";
import { ngctl } from "../commands/ngctl/command.ts";

/** How a run of ngctl ended. */
export interface NgctlRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Feeds lines to one ngctl.
 *
 * @param how `-f`: line by line, like the script's `ngctl -f-`; `-t`: as one transaction, after a dry run.
 */
export async function ngctlLines(
  lines: readonly string[],
  control: string,
  how: "-f" | "-t" = "-f",
): Promise<NgctlRun> {
  const output = { stdout: "", stderr: "" };
  const into = (name: keyof typeof output): Writable =>
    new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _encoding, done) {
        output[name] += chunk.toString();
        done();
      },
    });
  const status = await ngctl(["--control", control, how, "-"], {
    stdin: Readable.from(lines.map((line) => `${line}\n`)),
    stdout: into("stdout"),
    stderr: into("stderr"),
    isTerminal: false,
    pid: process.pid,
  });
  return { status, ...output };
}
