import { OutputError } from "./errors.ts";

let watched = false;

/**
 * Writes to standard output and waits until it is accepted, so that a slow pipe slows down the writer. A reader that
 * has gone away (`| head`) ends the output without an error: the result is then false.
 * @throws NgflowError (cannotCreate) when the output cannot be written.
 */
export function writeOut(data: string | Uint8Array): Promise<boolean> {
  if (!watched) {
    watched = true;
    // The stream reports a failed write twice, to its callback and as an event; the callback is enough.
    process.stdout.on("error", () => undefined);
  }
  return new Promise((resolve, reject) => {
    process.stdout.write(data, (error?: NodeJS.ErrnoException | null) => {
      if (!error) resolve(true);
      else if (error.code === "EPIPE") resolve(false);
      else reject(new OutputError("stdout", `standard output: ${error.message}`, { cause: error }));
    });
  });
}
