import { USAGE } from "./options.ts";
import { VERBS } from "./verbs.ts";

/** The page `docs/reference/ngctl.md`, from the verbs' own descriptions. */
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
  return (
    `# ngctl

<!-- Generated from apps/ngflow/src/ngctl: change the commands there. -->

\`\`\`
${USAGE}
\`\`\`

Makes, wires and questions the nodes of a running ngflow: FreeBSD's ngctl(8), with its syntax, output and exit codes.

With command words it runs that command; with \`-f FILE\` (or \`-f -\`, standard input) the lines of a file; else, on a
terminal, it prints its commands and prompts with \`+ \`. Tab completes commands, types, nodes, hooks and messages.

- \`-d\` prints every message it sends; more with each \`d\`.
- \`-f FILE\` takes commands from a file; \`#\` in the first column begins a comment; the first failure ends it.
- \`-n NAME\` names its own node, \`ngctl<pid>\` unless stated; \`-n ""\` leaves it unnamed.
- \`--control SOCKET\` is the daemon's socket; unless stated \`NGFLOW_CONTROL\`, for root \`/run/ngflow/control.sock\`, else
  \`$XDG_RUNTIME_DIR/ngflow/control.sock\`, else \`/tmp/ngflow-<uid>/control.sock\`.

The exit status is 0 when it is done or left with \`quit\`, 64 for wrong options or arguments, 66 for a file that is not
there, and 71 when the node or the daemon refused, or when there is no daemon.

A command may be cut short as long as it stays the beginning of only one command or alias: \`mk\`, \`sho\`, \`k\`.
Nothing quotes: blanks separate words, and \`msg\` joins its words with one blank each. Nodes are addressed by
\`name:\`, \`[id]:\` (hexadecimal), \`.\` (ngctl's own node), and on from there by hooks: \`em0:lower\`, \`netflow:iface0.upper\`.

## Commands

${commands.join("\n")}`.trimEnd() + "\n"
  );
}
