import { type DrawingGeometry, type NodeGeometry, SIZE, type TabGeometry } from "./drawing-geometry.ts";

/** A drawing in the DOT language for Graphviz's layout: sizes are fixed, labels are empty, hooks are ports. */
export function drawingDot(geometry: DrawingGeometry): string {
  const lines = [
    "digraph plan {",
    "  graph [rankdir=LR, nodesep=0.55, ranksep=1.25, splines=spline, margin=0, pad=0];",
    "  node [shape=plain, margin=0, fontsize=1];",
    "  edge [dir=none];",
  ];
  for (const [id, node] of geometry.nodes) lines.push(`  n${id} [label=<${table(node)}>];`);
  for (const [id, { width }] of geometry.targets) {
    lines.push(
      `  t${id} [shape=box, fixedsize=true, label="", width=${width / 72}, height=${SIZE.targetHeight / 72}];`,
    );
    lines.push(`  n${id}:box:e -> t${id}:w [id="t${id}", weight=4];`);
  }
  for (const [i, { from, to }] of geometry.links.entries()) {
    const tail = portOf(geometry.nodes.get(from.id)!, "right", from.hook);
    const head = portOf(geometry.nodes.get(to.id)!, "left", to.hook);
    lines.push(`  n${from.id}:${tail}:e -> n${to.id}:${head}:w [id="e${i}"];`);
  }
  lines.push("}");
  return lines.join("\n");
}

function portOf({ tabs }: NodeGeometry, side: TabGeometry["side"], hook: string): string {
  const at = tabs.filter((tab) => tab.side === side).findIndex((tab) => tab.hook === hook);
  return `${side}${at}`;
}

/** A table whose cells are the box, its hooks, and the room for kernel and wire. */
function table({ width, height, box, tabs }: NodeGeometry): string {
  const side = (name: TabGeometry["side"]): string => {
    const own = tabs.filter((tab) => tab.side === name);
    if (own.length === 0) return "";
    const cells = own.map((tab, i) => `<TR>${cell(tab.width, box.height / own.length, `${name}${i}`)}</TR>`).join("");
    return `<TD><TABLE ${BARE}>${cells}</TABLE></TD>`;
  };
  const rest = (height - box.height) / 2;
  const columns =
    1 + Number(tabs.some((tab) => tab.side === "left")) + Number(tabs.some((tab) => tab.side === "right"));
  const spacer = rest > 0 ? `<TR>${cell(width, rest, undefined, columns)}</TR>` : "";
  return `<TABLE ${BARE}>${spacer}<TR>${side("left")}${cell(box.width, box.height, "box")}${side("right")}</TR>${spacer}</TABLE>`;
}

const BARE = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"';

function cell(width: number, height: number, port?: string, span = 1): string {
  const name = port === undefined ? "" : ` PORT="${port}"`;
  const columns = span === 1 ? "" : ` COLSPAN="${span}"`;
  return `<TD${name}${columns} FIXEDSIZE="TRUE" WIDTH="${Math.round(width)}" HEIGHT="${Math.round(height)}"></TD>`;
}
