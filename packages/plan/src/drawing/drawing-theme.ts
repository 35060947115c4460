import { NODE_ROLES, type NodeRole } from "@ngflow/graph";

/** Colours of a drawing; `auto` follows the reader's preference. */
export type Theme = "light" | "dark" | "auto";

/** Faces in order of preference; the first is the one that comes with ngflow for pictures in pixels. */
export const FONT_FAMILY = "'M PLUS 1p', 'Noto Sans', 'Helvetica Neue', Arial, 'Noto Sans CJK JP', sans-serif";

interface Colours {
  readonly page: string;
  readonly panel: string;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly tab: string;
  readonly end: string;
  readonly freshFill: string;
  readonly fresh: string;
  readonly good: string;
  readonly bad: string;
  readonly badFill: string;
  readonly part: string;
  readonly interface: string;
  readonly meter: string;
  readonly transport: string;
  readonly other: string;
}

const LIGHT: Colours = {
  page: "#f6f8fb",
  panel: "#ffffff",
  ink: "#17202c",
  muted: "#5d6b7e",
  line: "#8a97a8",
  tab: "#e9eef5",
  end: "#dfe6ef",
  freshFill: "#fff3d1",
  fresh: "#d98a00",
  good: "#15803d",
  bad: "#d11f2f",
  badFill: "#fde8e8",
  part: "#b45309",
  interface: "#2563eb",
  meter: "#0d9488",
  transport: "#7c3aed",
  other: "#64748b",
};

const DARK: Colours = {
  page: "#0e131b",
  panel: "#18202c",
  ink: "#e9eff8",
  muted: "#9aa8bb",
  line: "#66758a",
  tab: "#263143",
  end: "#222c3b",
  freshFill: "#3b300f",
  fresh: "#f4b83f",
  good: "#4ade80",
  bad: "#ff6b74",
  badFill: "#451a20",
  part: "#fbbf24",
  interface: "#60a5fa",
  meter: "#2dd4bf",
  transport: "#a78bfa",
  other: "#94a3b8",
};

/** The style sheet of a drawing. */
export function themeStyle(theme: Theme): string {
  if (theme !== "auto") return SHAPES + rules(theme === "dark" ? DARK : LIGHT);
  return `${SHAPES}${rules(LIGHT)}@media (prefers-color-scheme: dark) {${rules(DARK)}}`;
}

const SHAPES = `
text { font-family: ${FONT_FAMILY}; }
.middle { text-anchor: middle; }
.anchor-end { text-anchor: end; }
.bold { font-weight: 700; }
.box { stroke-width: 1.6; }
.edge { fill: none; stroke-width: 2.4; }
.edge.fresh { stroke-width: 4; }
.flow { fill: none; stroke-width: 2.6; }
.cut { fill: none; stroke-width: 2.6; stroke-dasharray: 5 4; }
.cross { stroke-width: 4; stroke-linecap: round; fill: none; }
.free { fill: none; stroke-width: 1.2; stroke-dasharray: 3 3; }
.target { stroke-width: 1.6; stroke-dasharray: 5 4; }
`;

function rules(c: Colours): string {
  return `
.page { fill: ${c.page}; }
.ink { fill: ${c.ink}; }
.muted { fill: ${c.muted}; }
.box { fill: ${c.panel}; stroke: ${c.line}; }
.box.fresh { fill: ${c.freshFill}; stroke: ${c.fresh}; stroke-width: 3; }
.tab { fill: ${c.tab}; }
.tab.fresh { fill: ${c.fresh}; }
.tabtext { fill: ${c.ink}; }
.tabtext.fresh { fill: ${c.page}; }
.free { stroke: ${c.line}; }
.end { fill: ${c.end}; }
.edge { stroke: ${c.line}; }
.edge.fresh { stroke: ${c.fresh}; }
.flow { stroke: ${c.good}; }
.head { fill: ${c.good}; }
.idle { stroke: ${c.line}; }
.idlehead { fill: ${c.line}; }
.cut { stroke: ${c.bad}; }
.cuthead { fill: ${c.bad}; }
.cross { stroke: ${c.bad}; }
.goodtext { fill: ${c.good}; }
.badtext { fill: ${c.bad}; }
.parttext { fill: ${c.part}; }
.freshtext { fill: ${c.fresh}; }
.badfill { fill: ${c.badFill}; }
.target { fill: ${c.page}; stroke: ${c.transport}; }
.target.fresh { stroke: ${c.fresh}; fill: ${c.freshFill}; stroke-width: 3; }
${Object.keys(NODE_ROLES)
  .map((role) => `.role-${role} { fill: ${colourOf(role as NodeRole, c)}; }`)
  .join("\n")}
`;
}

/** Packets come and go by interfaces, meters count them, records leave by sockets; every other node is quiet. */
function colourOf(role: NodeRole, c: Colours): string {
  return role === "interface" || role === "meter" || role === "transport" ? c[role] : c.other;
}
