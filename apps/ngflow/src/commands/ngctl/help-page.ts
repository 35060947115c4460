import { type HelpText, renderHelp } from "../help-text.ts";
import { USAGE } from "./options.ts";
import { VERBS } from "./verbs.ts";

/** What `ngctl --help` and its manual page say. */
export const HELP: HelpText = {
  purpose:
    "ngctl shows and changes the graph of a running ngflow: its nodes, hooks and\n" +
    "settings, like FreeBSD's ngctl(8). Without a command, on a terminal, it prompts\n" +
    "for commands.",
  usage: USAGE.replace(" [--control", "\n             [--control"),
  tables: [
    { title: "commands", rows: VERBS.map(({ name, summary }) => [name, summary]) },
    {
      title: "options",
      rows: [
        ["-f FILE", "run the commands of a file; - is standard input"],
        ["-t FILE", "apply a file as one transaction: all of it or nothing"],
        ["--force", "with -t: also if an interface stays cut"],
        ["-n NAME", "name of ngctl's own node"],
        ["-d", "print every message that is sent"],
        ["--control SOCKET", "the daemon's socket, anywhere on the line"],
        ["--json", "with list, show, types and status: print JSON"],
      ],
    },
  ],
  examples: [
    ["ngctl show netflow:", "the node netflow and what its hooks are connected to"],
    ["ngctl -f examples/article.ngctl", "build the graph of a file"],
  ],
  page: "docs/reference/ngctl.md, and with a daemon: ngctl help COMMAND",
};

/** The text of `ngctl --help`; it needs no daemon. */
export const helpPage = (): string => renderHelp(HELP);
