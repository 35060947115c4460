import { type NodeGeometry, SIZE } from "./drawing-geometry.ts";
import { round, svgText } from "./svg-text.ts";
import type { Traffic } from "../dry-run/traffic.ts";

const OFFSET = 26;

/** The kernel above an interface's box and the wire below it, and between them what becomes of both directions. */
export function drawInterfaceEnds(name: string, box: NodeGeometry["box"], traffic: readonly Traffic[]): string[] {
  const centre = box.x + box.width / 2;
  const state = (direction: "in" | "out"): Traffic["state"] =>
    traffic.find((row) => row.interface === name && row.direction === direction)?.state ?? "flows";
  const kernelBottom = box.y - SIZE.endGap;
  const boxBottom = box.y + box.height;
  const wireTop = boxBottom + SIZE.endGap;
  return [
    ...end(centre, kernelBottom - SIZE.end, box.width, "kernel"),
    ...end(centre, wireTop, box.width, "wire"),
    // In: from the wire to the kernel; the second part is the one that a cut takes away.
    ...arrow(centre - OFFSET, wireTop, boxBottom, state("in") === "cut" ? "idle" : "flows"),
    ...arrow(centre - OFFSET, box.y, kernelBottom, state("in")),
    ...arrow(centre + OFFSET, kernelBottom, box.y, state("out") === "cut" ? "idle" : "flows"),
    ...arrow(centre + OFFSET, boxBottom, wireTop, state("out")),
    svgText(centre - OFFSET - 12, kernelBottom + SIZE.endGap / 2 + 4, 12, `${tone(state("in"))} bold anchor-end`, "in"),
    svgText(centre + OFFSET + 12, kernelBottom + SIZE.endGap / 2 + 4, 12, `${tone(state("out"))} bold`, "out"),
  ];
}

function tone(state: Traffic["state"]): string {
  return state === "flows" ? "goodtext" : state === "cut" ? "badtext" : "parttext";
}

function end(centre: number, y: number, boxWidth: number, text: string): string[] {
  const width = boxWidth * 0.86;
  return [
    `<rect class="end" x="${round(centre - width / 2)}" y="${round(y)}" width="${round(width)}" height="${SIZE.end}" rx="${SIZE.end / 2}"/>`,
    svgText(centre, y + SIZE.end / 2 + 5, 14, "ink bold middle", text),
  ];
}

/** A vertical arrow; a cut one is dashed, red and struck through. */
function arrow(x: number, from: number, to: number, state: Traffic["state"] | "idle"): string[] {
  const sense = Math.sign(to - from);
  const [start, tip] = [from + 3 * sense, to - 3 * sense];
  const line = state === "cut" ? "cut" : state === "idle" ? "flow idle" : "flow";
  const head = state === "cut" ? "cuthead" : state === "idle" ? "idlehead" : "head";
  const middle = (from + to) / 2;
  return [
    `<path class="${line}" d="M${round(x)} ${round(start)}V${round(tip - 7 * sense)}"/>`,
    `<path class="${head}" d="M${round(x)} ${round(tip)}l-6.5 ${-10 * sense}h13z"/>`,
    ...(state === "cut" ? [`<path class="cross" d="M${round(x - 8)} ${round(middle - 8)}l16 16m0 -16l-16 16"/>`] : []),
  ];
}
