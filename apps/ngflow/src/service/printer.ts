/** Where a command writes: standard output and standard error, or a test's strings. */
export interface Printer {
  out(text: string): void;
  err(text: string): void;
}

export const terminal: Printer = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};
