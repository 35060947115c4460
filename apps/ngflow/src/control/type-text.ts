import { moduleOf, NODE_ROLES, type NodeType } from "@ngflow/graph";

/** The description of a node type, as `ngctl help TYPE` prints it. */
export function typeText(type: NodeType): string {
  const lines = [
    row("type:", type.name),
    row("Summary:", type.summary),
    row("Role:", `${type.role}: ${NODE_ROLES[type.role]}`),
    row("Module:", moduleOf(type)),
    ...section(
      "Hooks",
      type.hooks.map(({ name, summary }) => [name, summary]),
    ),
    ...section(
      "Messages",
      type.messages.map(({ name, args, reply, summary }) => [
        name,
        [summary, ...(args ? [`Takes ${args.label}.`] : []), ...(reply ? [`Replies ${reply.label}.`] : [])].join(" "),
      ]),
    ),
    ...section("Drops", Object.entries(type.dropReasons)),
    ...section("Counters", Object.entries(type.counters ?? {})),
    ...section("Gauges", Object.entries(type.gauges ?? {})),
  ];
  if (type.create === undefined) lines.push("Nodes of this type are made by the daemon only.");
  return `${lines.join("\n")}\n`;
}

function row(label: string, text: string): string {
  return `${label.padEnd(10)}${text}`;
}

function section(title: string, rows: readonly (readonly [name: string, text: string])[]): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [`${title}:`, ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)];
}
