import { alongCurve, type Point } from "./bezier.ts";
import { type DrawingGeometry, labelOf, type NodeGeometry, SIZE, type TabGeometry } from "./drawing-geometry.ts";
import type { DrawingLayout } from "./drawing-layout.ts";
import { type Theme, themeStyle } from "./drawing-theme.ts";
import { drawInterfaceEnds } from "./draw-interface-ends.ts";
import type { Picture, PictureNode } from "./picture.ts";
import { directionText, trafficText } from "../sentences/sentences.ts";
import { round, svgText, xmlText } from "./svg-text.ts";
import { textWidth } from "./text-width.ts";
import type { Traffic } from "../dry-run/traffic.ts";

/** What one drawing of a series shows. */
export interface Scene {
  /** Above the command: `Step 3 of 6`. */
  readonly heading: string;
  readonly command: string;
  /** Below the command: what it did, or why it was refused. */
  readonly note: string;
  readonly refused: boolean;
  readonly picture: Picture | null;
  readonly traffic: readonly Traffic[];
}

/** What all drawings of a series have in common. */
export interface DrawingFrame {
  readonly geometry: DrawingGeometry;
  readonly layout: DrawingLayout;
  readonly width: number;
  readonly height: number;
  /** Lines of the legend below the drawing. */
  readonly rows: number;
  /** Lines below the command. */
  readonly noteLines: number;
}

const MARGIN = 32;
const HEADER = 104;
const ROW = 25;
const MIN_WIDTH = 860;
/** Directions of interfaces whose traffic is described below the drawing. */
const MAX_ROWS = 8;
/** Lines of a note, or of the description of one direction. */
const MAX_LINES = 3;
const NOTE_LINE = 19;

/** Size and common parts for a series of scenes. */
export function frameOf(geometry: DrawingGeometry, layout: DrawingLayout, scenes: readonly Scene[]): DrawingFrame {
  const width = Math.ceil(Math.max(MIN_WIDTH, layout.width + 2 * MARGIN + 40));
  const rows = Math.max(
    0,
    ...scenes.map((scene) => legendOf(scene, width).reduce((sum, row) => sum + row.lines.length, 0)),
  );
  const noteLines = Math.max(1, ...scenes.map((scene) => noteOf(scene, width).length));
  const height = HEADER + (noteLines - 1) * NOTE_LINE + layout.height + MARGIN * 2.5 + rows * ROW;
  return { geometry, layout, rows, noteLines, width, height: Math.ceil(height) };
}

/** A drawing as a document of its own. */
export function drawSvg(scene: Scene, frame: DrawingFrame, theme: Theme): string {
  const { width, height } = frame;
  const title = `${scene.heading}: ${scene.command}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${xmlText(title)}</title>`,
    `<style>${themeStyle(theme)}</style>`,
    drawScene(scene, frame),
    "</svg>",
  ].join("\n");
}

/** A drawing's content, for pages that carry several and one style sheet. */
export function drawScene(scene: Scene, frame: DrawingFrame): string {
  const { width, height, layout, noteLines } = frame;
  const x = (width - layout.width) / 2;
  const top = HEADER + (noteLines - 1) * NOTE_LINE;
  return [
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...header(scene, width),
    `<g transform="translate(${round(x)} ${round(top + MARGIN / 2)})">`,
    ...(scene.picture === null ? [] : drawGraph(scene.picture, scene.traffic, frame)),
    "</g>",
    ...legend(scene, frame),
  ].join("\n");
}

function header(scene: Scene, width: number): string[] {
  const tone = scene.refused ? "badtext bold" : "muted";
  return [
    svgText(MARGIN, 36, 14, "muted bold", scene.heading),
    svgText(MARGIN, 64, 21, "ink bold", fit(scene.command, 21, width - 2 * MARGIN, true)),
    ...noteOf(scene, width).map((line, i) => svgText(MARGIN, 90 + i * NOTE_LINE, 14, tone, line)),
  ];
}

function noteOf({ note, refused }: Scene, width: number): string[] {
  return wrap(note, 14, width - 2 * MARGIN, refused);
}

/** A text in at most `MAX_LINES` lines, broken between words. */
function wrap(text: string, size: number, room: number, bold = false): string[] {
  const lines: string[] = [];
  let rest = text;
  while (lines.length < MAX_LINES - 1 && textWidth(rest, size, bold) > room) {
    let end = rest.lastIndexOf(" ");
    while (end > 0 && textWidth(rest.slice(0, end), size, bold) > room) end = rest.lastIndexOf(" ", end - 1);
    if (end <= 0) break;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end + 1);
  }
  return [...lines, fit(rest, size, room, bold)];
}

function fit(text: string, size: number, room: number, bold = false): string {
  if (textWidth(text, size, bold) <= room) return text;
  let end = Math.min(text.length, Math.ceil(room / (size * 0.3)));
  while (end > 1 && textWidth(`${text.slice(0, end)}…`, size, bold) > room) end--;
  return `${text.slice(0, end)}…`;
}

interface LegendRow {
  readonly traffic: Traffic;
  readonly name: string;
  readonly lines: readonly string[];
}

/** What becomes of every direction, in lines that fit. */
function legendOf({ traffic }: Scene, width: number): LegendRow[] {
  const shown = traffic.slice(0, MAX_ROWS);
  const names = shown.map((row) => `${row.interface} ${directionText(row.direction)}`);
  const room = width - indentOf(names) - MARGIN;
  return shown.map((row, i) => ({ traffic: row, name: names[i]!, lines: wrap(trafficText(row), 14, room) }));
}

function indentOf(names: readonly string[]): number {
  return MARGIN + 22 + Math.max(0, ...names.map((name) => textWidth(name, 14, true))) + 14;
}

function legend(scene: Scene, { width, height, rows }: DrawingFrame): string[] {
  const legendRows = legendOf(scene, width);
  const indent = indentOf(legendRows.map(({ name }) => name));
  let y = height - MARGIN - rows * ROW + 14;
  return legendRows.flatMap(({ traffic, name, lines }) => {
    const top = y;
    y += lines.length * ROW;
    const odd = traffic.state === "partly" || traffic.duplicated || traffic.looped || traffic.uncounted.length > 0;
    const tone = traffic.state === "cut" ? "bad" : odd ? "part" : "good";
    return [
      traffic.state === "cut"
        ? `<path class="cross" d="M${MARGIN} ${top - 10}l10 10m0 -10l-10 10"/>`
        : `<path class="flow" d="M${MARGIN - 1} ${top - 5}l4.5 5l8 -10"/>`,
      svgText(MARGIN + 22, top, 14, "ink bold", name),
      ...lines.map((line, i) => svgText(indent, top + i * ROW, 14, `${tone}text`, line)),
    ];
  });
}

function drawGraph(picture: Picture, traffic: readonly Traffic[], { geometry, layout }: DrawingFrame): string[] {
  const present = new Map(picture.nodes.map((node) => [node.id, node]));
  const lines: string[] = [];
  const tops: string[] = [];
  for (const [i, { from, to }] of geometry.links.entries()) {
    const hook = present.get(from.id)?.hooks.find((each) => each.name === from.hook && each.peerId === to.id);
    const points = layout.edges.get(`e${i}`);
    if (hook === undefined || hook.peerHook !== to.hook || points === undefined) continue;
    lines.push(
      ...drawEdge(
        points,
        hook.isNew,
        carried(present.get(from.id)!, from.hook, traffic),
        carried(present.get(to.id)!, to.hook, traffic),
      ),
    );
  }
  for (const node of picture.nodes) {
    const shape = geometry.nodes.get(node.id);
    const centre = layout.centres.get(`n${node.id}`);
    if (shape === undefined || centre === undefined) continue;
    const [x, y] = [centre[0] - shape.width / 2, centre[1] - shape.height / 2];
    tops.push(`<g transform="translate(${round(x)} ${round(y)})">`, ...drawNode(node, shape, traffic), "</g>");
    if (node.target === null) continue;
    const to = layout.centres.get(`t${node.id}`);
    const points = layout.edges.get(`t${node.id}`);
    if (to === undefined || points === undefined) continue;
    lines.push(`<path class="edge${node.target.isNew ? " fresh" : ""}" stroke-dasharray="7 5" d="${curve(points)}"/>`);
    lines.push(arrowHead(points, 0.88, 1, node.target.isNew ? "tab fresh" : "idlehead"));
    tops.push(...drawTarget(node.target, to, geometry.targets.get(node.id)!.width));
  }
  return [...lines, ...tops];
}

/** How packets of the probes leave a node by a hook: not at all, on a way that works, or only on ways that are cut. */
function carried(node: PictureNode, hook: string, traffic: readonly Traffic[]): "none" | "flows" | "cut" {
  const leaving = `${node.name ?? `[${node.id.toString(16)}]`}:${hook}`;
  const rows = traffic.filter((row) => row.path.includes(leaving));
  if (rows.length === 0) return "none";
  return rows.some((row) => row.state !== "cut") ? "flows" : "cut";
}

type Carried = ReturnType<typeof carried>;

function drawEdge(points: readonly Point[], isNew: boolean, forward: Carried, back: Carried): string[] {
  const tone = forward === "flows" || back === "flows" ? " flow" : forward === "cut" || back === "cut" ? " cut" : "";
  const parts = [`<path class="edge${isNew ? " fresh" : ""}" d="${curve(points)}"/>`];
  if (tone !== "" && !isNew) parts.push(`<path class="${tone.trim()}" d="${curve(points)}"/>`);
  const head = (state: Carried): string => (state === "cut" ? "cuthead" : "head");
  if (forward !== "none") parts.push(arrowHead(points, back === "none" ? 0.55 : 0.74, 1, head(forward)));
  if (back !== "none") parts.push(arrowHead(points, forward === "none" ? 0.45 : 0.26, -1, head(back)));
  return parts;
}

function curve(points: readonly Point[]): string {
  const [start, ...rest] = points.map(([x, y]) => `${round(x)} ${round(y)}`);
  return `M${start}C${rest.join(" ")}`;
}

/** A triangle on a curve that points along it, or against it. */
function arrowHead(points: readonly Point[], fraction: number, sense: 1 | -1, classes: string): string {
  const { at, direction } = alongCurve(points, fraction);
  const angle = (Math.atan2(direction[1] * sense, direction[0] * sense) * 180) / Math.PI;
  return `<path class="${classes}" transform="translate(${round(at[0])} ${round(at[1])}) rotate(${round(angle)})" d="M8 0L-7 -7L-3 0L-7 7Z"/>`;
}

function drawTarget(target: NonNullable<PictureNode["target"]>, [x, y]: Point, width: number): string[] {
  const fresh = target.isNew ? " fresh" : "";
  return [
    `<rect class="target${fresh}" x="${round(x - width / 2)}" y="${round(y - SIZE.targetHeight / 2)}" width="${round(width)}" height="${SIZE.targetHeight}" rx="24"/>`,
    svgText(x, y - 3, SIZE.detail, "muted middle", "collector"),
    svgText(x, y + 15, SIZE.detail, "ink bold middle", target.address),
  ];
}

function drawNode(node: PictureNode, shape: NodeGeometry, traffic: readonly Traffic[]): string[] {
  const { box, tabs } = shape;
  const { name, detail } = labelOf(node);
  const fresh = node.change === null ? "" : " fresh";
  const centre = box.x + box.width / 2;
  const middle = box.y + box.height / 2;
  const badges = badgesOf(node, traffic);
  return [
    ...(node.isInterface ? drawInterfaceEnds(node.name ?? "", box, traffic) : []),
    ...tabs.flatMap((tab) => drawTab(tab, node)),
    `<rect class="box${fresh}" x="${round(box.x)}" y="${round(box.y)}" width="${round(box.width)}" height="${round(box.height)}" rx="9"/>`,
    `<rect class="role-${node.role}" x="${round(box.x + 10)}" y="${round(box.y)}" width="${round(box.width - 20)}" height="5" rx="2.5"/>`,
    svgText(centre, middle - 1, SIZE.name, `${node.name === null ? "muted" : "ink bold"} middle`, name),
    svgText(centre, middle + 19, SIZE.detail, "muted middle", detail),
    ...badges.map(({ text, tone }, i) =>
      svgText(centre, box.y + box.height + 17 + 16 * i, 12, `${tone} bold middle`, text),
    ),
  ];
}

function drawTab(tab: TabGeometry, node: PictureNode): string[] {
  const hook = node.hooks.find((each) => each.name === tab.hook);
  const frame = `x="${round(tab.x + 1)}" y="${round(tab.y)}" width="${round(tab.width - 2)}" height="${SIZE.tab}" rx="6"`;
  const baseline = tab.y + SIZE.tab / 2 + 4;
  if (hook === undefined) {
    if (!node.isInterface) return [];
    return [
      `<rect class="free" ${frame}/>`,
      svgText(tab.x + tab.width / 2, baseline, SIZE.hook, "muted middle", tab.hook),
    ];
  }
  const fresh = hook.isNew ? " fresh" : "";
  return [
    `<rect class="tab${fresh}" ${frame}/>`,
    svgText(tab.x + tab.width / 2, baseline, SIZE.hook, `tabtext${fresh} middle`, tab.hook),
  ];
}

/** What a node does to the traffic, in a word or two below its box. */
function badgesOf(node: PictureNode, traffic: readonly Traffic[]): { text: string; tone: string }[] {
  if (node.isInterface) return [];
  const label = node.name ?? `[${node.id.toString(16)}]`;
  const directions = (rows: readonly Traffic[]): string => [...new Set(rows.map((row) => row.direction))].join(" and ");
  const counted = traffic.filter((row) => row.counted.includes(label));
  const uncounted = traffic.filter((row) => row.uncounted.includes(label));
  const lost = traffic.filter((row) => row.state === "cut" && row.elsewhere.some((place) => place.name === label));
  const copied = traffic.filter((row) => row.copied.some((place) => place.end === "node" && place.name === label));
  return [
    ...(lost.length > 0 ? [{ text: `${directions(lost)} ends here`, tone: "badtext" }] : []),
    ...(counted.length > 0 ? [{ text: `counts ${directions(counted)}`, tone: "goodtext" }] : []),
    ...(uncounted.length > 0 ? [{ text: `does not count ${directions(uncounted)}`, tone: "parttext" }] : []),
    ...(copied.length > 0 ? [{ text: `gets a copy of ${directions(copied)}`, tone: "goodtext" }] : []),
  ];
}
