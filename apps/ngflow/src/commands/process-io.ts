import { EXIT } from "@ngflow/base";

/** The streams and facts of its process that a command uses. Tests pass their own streams. */
export interface ProcessIo {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Standard input and standard output are both terminals. */
  readonly isTerminal: boolean;
  readonly pid: number;
}

/** The streams of this process. */
export function processIo(): ProcessIo {
  const { stdin, stdout, stderr, pid } = process;
  return { stdin, stdout, stderr, pid, isTerminal: Boolean(stdin.isTTY && stdout.isTTY) };
}

/** Ends the process when standard output fails. A closed reader (`ngctl list | head -1`) is not an error. */
export function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.os);
  });
}
