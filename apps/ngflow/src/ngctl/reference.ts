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
      [verb.summary, verb.help].filter((text) => text !== "").join(" "),
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

| option | effect |
| --- | --- |
| \`-d\` | prints every message it sends; more with each \`d\` |
| \`-f FILE\` | commands from a file; \`#\` in the first column begins a comment; stops at the first failure |
| \`-n NAME\` | name of its own node, \`ngctl<pid>\` unless stated; \`-n ""\` for none |
| \`--control SOCKET\` | the daemon's socket; else \`NGFLOW_CONTROL\`, \`/run/ngflow/control.sock\` for root, \`$XDG_RUNTIME_DIR/ngflow/control.sock\`, \`/tmp/ngflow-<uid>/control.sock\` |

| status | means |
| --- | --- |
| 0 | done, or left with \`quit\` |
| 64 | wrong options or arguments |
| 66 | no such file |
| 71 | refused: by the node, by the daemon, or because there is none |

A command may be cut short as long as it stays the beginning of only one command or alias: \`mk\`, \`sho\`, \`k\`.
Nothing quotes: blanks separate words, and \`msg\` joins its words with one blank each. Nodes are addressed by
\`name:\`, \`[id]:\` (hexadecimal), \`.\` (ngctl's own node), and on from there by hooks: \`em0:lower\`, \`netflow:iface0.upper\`.

## Commands

${commands.join("\n")}`.trimEnd() + "\n"
  );
}
