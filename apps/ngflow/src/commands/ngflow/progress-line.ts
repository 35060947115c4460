import { terminalText } from "@ngflow/base";

/** A line on a terminal that is replaced with each text; nothing elsewhere. */
export function progressLine(): { show(text: string): void; end(): void } {
  const { isTTY } = process.stderr;
  const write = (text: string): unknown => isTTY && process.stderr.write(`\r\u001B[K${terminalText(text)}`);
  return { show: (text) => void write(text), end: () => void write("") };
}
