/** What `--help` of a command prints. */
export interface HelpText {
  /** What the command is for, one or two sentences. */
  readonly purpose: string;
  /** The synopsis, as wrong usage prints it. */
  readonly usage: string;
  /** Headed tables: a word or option, and a line about it. */
  readonly tables: readonly { readonly title: string; readonly rows: readonly (readonly [string, string])[] }[];
  /** Commands that a reader can type, with a line about each. */
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** A page with more, in the checkout. */
  readonly page: string;
}

/** Renders the help for a terminal of 80 columns. */
export function renderHelp({ purpose, usage, tables, examples, page }: HelpText): string {
  const sections = tables.map(({ title, rows }) => {
    const width = Math.max(...rows.map(([word]) => word.length)) + 2;
    return `${title}:\n${rows.map(([word, what]) => `  ${word.padEnd(width)}${what}\n`).join("")}`;
  });
  const shown = examples.map(([command, what]) => `  ${command}\n      ${what}\n`).join("");
  return [purpose, usage.trimEnd(), ...sections, `examples:\n${shown}`, `More: ${page}`]
    .map((section) => `${section.trimEnd()}\n`)
    .join("\n");
}

/** Whether a command line asks for the help: `--help` or `-h` among its first options. */
export function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.findIndex((word) => !word.startsWith("-") || word === "--");
  return argv.slice(0, end < 0 ? argv.length : end).some((word) => word === "--help" || word === "-h");
}
