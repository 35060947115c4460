import { USAGE } from "./options.ts";
import { VERBS } from "./verbs.ts";

/** The text of `docs/reference/ngctl.md` below its title; `tools/reference/generate.mjs` writes the page. */
export function renderReference(): string {
  const commands = VERBS.map((verb) =>
    [
      `### ${verb.name}`,
      "",
      "```",
      verb.usage,
      "```",
      "",
      [verb.summary, verb.help]
        .filter((text) => text !== "")
        .join(" ")
        .replaceAll(/<\w+>/g, "`$&`"),
      ...(verb.aliases.length > 0 ? ["", `Aliases: ${verb.aliases.map((alias) => `\`${alias}\``).join(", ")}.`] : []),
      "",
    ].join("\n"),
  );
  return `\`\`\`
${USAGE}
\`\`\`

Creates, connects and queries the nodes of a running ngflow. It is FreeBSD's ngctl(8), with its syntax, output and exit
codes.

With command words, ngctl runs that command. With \`-f FILE\`, it runs the lines of a file; \`-f -\` is standard input.
With neither, on a terminal, it prints its commands and prompts with \`+ \`. Tab completes commands, types, nodes, hooks,
messages and their fields.

- \`-d\` prints every message it sends. Each further \`d\` prints more.
- \`-f FILE\` runs the commands of a file and stops at the first that fails. \`#\` in the first column starts a comment.
  The prompt \`+ \` before a pasted line is skipped. A connection that is being made (\`Operation now in progress\`) is
  not a failure.
- \`-t FILE\` (try) applies a file as one transaction, see below. It reads the same files as [\`ngflow explain\`](explain.md).
- \`-n NAME\` names ngctl's own node, by default \`ngctl<pid>\`. \`-n ""\` leaves it without a name.
- \`--help\` prints the commands, options and examples, without a daemon.
- \`--json\`, anywhere on the line of \`list\`, \`show\`, \`types\` and \`status\`, prints JSON.
- \`--control SOCKET\`, anywhere on the line, is the daemon's socket. The default is \`NGFLOW_CONTROL\`; if that is not set,
  \`/run/ngflow/control.sock\` for root, \`$XDG_RUNTIME_DIR/ngflow/control.sock\` for others, and
  \`/tmp/ngflow-<uid>/control.sock\` without that directory.

\`-j\` of FreeBSD 15 does not exist: the graph of another network namespace is that of the daemon that runs in it, whose
socket \`--control\` names.

A transaction has three parts:

1. The file is tried on a copy of the live graph. It is refused if a step would fail or, without \`--force\`, if it would
   leave an interface cut.
2. Its steps are applied with nothing in between, so a cut that a later step closes loses no packet.
3. If a step fails all the same, the steps before it are undone. What cannot be undone is named: cleared statistics,
   for example.

| exit status | when                                               |
| ----------- | -------------------------------------------------- |
| 0           | the commands succeeded, or \`quit\` was entered      |
| 1           | with \`-t\`: the script would leave an interface cut |
| 64          | wrong options or arguments                         |
| 65          | with \`-t\`: the script is too long                  |
| 66          | the file does not exist                            |
| 71          | a node or the daemon refused, or no daemon answers |

A \`ksocket\` announces the end of its stream with an empty packet. On a terminal, that ends ngctl with exit status 71.

An error is the line that FreeBSD's ngctl prints. Where ngflow knows the reason, a line that begins with \`ngflow: \`
follows it on standard error; in a file, it comes after the number of the line:

\`\`\`text
ngctl: send msg: No such file or directory
ngctl: line 2: error in file
ngflow: line 2, "name em0:lower meter": em0 has no connected hook lower; it has none
\`\`\`

Control characters in names and texts are shown as \`\\x1b\` and the like, so that a terminal does not act on them.

A command can be abbreviated as long as only one command or alias begins with it: \`mk\`, \`sho\`, \`k\`. Quotes have no
meaning: blanks separate words, and \`msg\` joins its words with one blank each.

A node's address is \`name:\`, \`[id]:\` (hexadecimal) or \`.\` (ngctl's own node). Hooks lead on to other nodes:
\`em0:lower\`, \`netflow:iface0.upper\`.

## Commands

${commands.join("\n")}`.trimEnd();
}
