import { terminalText } from "@ngflow/base";

/**
 * Prints a text for people. Names in it may come from others: control characters are shown, see `terminalText`. What
 * other programs read (JSON, CSV, packets) is written without this.
 */
export function printText(stream: Pick<NodeJS.WritableStream, "write">, text: string): void {
  stream.write(terminalText(text));
}
