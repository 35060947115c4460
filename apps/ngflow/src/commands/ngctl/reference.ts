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

<!-- Generated from apps/ngflow/src/commands/ngctl: change the commands there. -->

\`\`\`
${USAGE}
\`\`\`

Makes, wires and questions the nodes of a running ngflow: FreeBSD's ngctl(8), with its syntax, output and exit codes.

With command words it runs that command; with \`-f FILE\` (or \`-f -\`, standard input) the lines of a file; else, on a
terminal, it prints its commands and prompts with \`+ \`. Tab completes commands, types, nodes, hooks, messages and their fields.

- \`-d\` prints every message it sends; more with each \`d\`.
- \`-f FILE\` takes commands from a file; \`#\` in the first column begins a comment; the first failure ends it.
- \`-t FILE\` (try) applies a file as one transaction: it is tried on a copy of the live graph first, refused if a step would
  fail or, without \`--force\`, if it would leave an interface cut, and undone completely if a step fails all the same.
  Nothing comes between its steps, so a cut that a later step mends loses no packet. Files as for \`ngflow explain\`.
- \`-n NAME\` names its own node, \`ngctl<pid>\` unless stated; \`-n ""\` leaves it unnamed.
- \`--control SOCKET\` is the daemon's socket; unless stated \`NGFLOW_CONTROL\`, for root \`/run/ngflow/control.sock\`, else
  \`$XDG_RUNTIME_DIR/ngflow/control.sock\`, else \`/tmp/ngflow-<uid>/control.sock\`.

The exit status is 0 when it is done or left with \`quit\`, 64 for wrong options or arguments, 66 for a file that is not
there, and 71 when the node or the daemon refused, or when there is no daemon. With \`-t\` it is 1 when the script would
leave an interface cut, and 65 when the script is too long.

A command may be cut short as long as it stays the beginning of only one command or alias: \`mk\`, \`sho\`, \`k\`.
Nothing quotes: blanks separate words, and \`msg\` joins its words with one blank each. Nodes are addressed by
\`name:\`, \`[id]:\` (hexadecimal), \`.\` (ngctl's own node), and on from there by hooks: \`em0:lower\`, \`netflow:iface0.upper\`.

## Commands

${commands.join("\n")}`.trimEnd() + "\n"
  );
}
