/** Output of a command: standard output and standard error, or strings in a test. */
export interface Printer {
  out(text: string): void;
  err(text: string): void;
}

export const terminal: Printer = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};
