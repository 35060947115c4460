import type { NodeRole } from "@ngflow/server/client";
import { compact, withUnit } from "../../format/number.ts";
import { netgraphChart } from "./chart.ts";
import type { Card } from "./dot.ts";
import type { Geometry } from "./geometry.ts";
import type { Link, LinkRate } from "./links.ts";
import { netgraph as t } from "./messages.ts";

/** A card at its place. */
export interface DrawnNode {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly name: string;
  /** Shown by its address, `[id]:` in hexadecimal as netgraph writes it. */
  readonly unnamed: boolean;
  readonly type: string;
  /** For its colour. */
  readonly role: NodeRole;
  readonly hooks: readonly { readonly name: string; readonly side: "left" | "right"; readonly y: number }[];
  readonly counters: readonly (readonly [string, string])[];
}

/** A link at its position, with its traffic. */
export interface DrawnLink {
  readonly key: string;
  /** Its tail, as `id:hook`. */
  readonly from: string;
  readonly path: string;
  readonly x: number;
  readonly y: number;
  /** 1 for idle, to 6. */
  readonly width: number;
  readonly forward: boolean;
  readonly backward: boolean;
  /** What goes ahead, or back where nothing does; a single muted line when idle. */
  readonly lines: readonly string[];
  readonly idle: boolean;
  readonly title: string;
}

const { headHeight, rowHeight } = netgraphChart.options;

export function drawNodes(cards: readonly Card[], geometry: Geometry): DrawnNode[] {
  return cards.flatMap((card) => {
    const centre = geometry.nodes.get(card.node.id);
    if (!centre) return [];
    const y = (row: number): number => headHeight + rowHeight * row + rowHeight / 2;
    return [
      {
        id: card.node.id,
        x: centre.x - card.width / 2,
        y: centre.y - card.height / 2,
        width: card.width,
        height: card.height,
        name: card.node.name ?? `[${card.node.id.toString(16)}]:`,
        unnamed: card.node.name === null,
        type: card.node.type,
        role: card.node.role,
        hooks: [
          ...card.left.map((name, row) => ({ name, side: "left" as const, y: y(row) })),
          ...card.right.map((name, row) => ({ name, side: "right" as const, y: y(row) })),
        ],
        counters: Object.entries(card.node.counters).map(([name, value]) => [name, compact(value)] as const),
      },
    ];
  });
}

export function drawLinks(
  links: readonly Link[],
  geometry: Geometry,
  rateOf: (link: Link) => LinkRate | null,
): DrawnLink[] {
  return links.flatMap((link, index) => {
    const place = geometry.links.get(index);
    if (!place) return [];
    const rate = rateOf(link);
    const forward = (rate?.forward.packets ?? 0) > 0;
    const backward = (rate?.backward.packets ?? 0) > 0;
    const tailX = geometry.nodes.get(link.tail.node.id)?.x ?? 0;
    const headX = geometry.nodes.get(link.head.node.id)?.x ?? 0;
    const [ahead, back] = tailX <= headX ? ["→", "←"] : ["←", "→"];
    const lines: string[] = [];
    // A packet that comes by one link of a node leaves by another: each is numbered where it goes ahead.
    if (rate && forward) lines.push(rateLine(ahead!, rate.forward));
    else if (rate && backward) lines.push(rateLine(back!, rate.backward));
    const idle = lines.length === 0;
    const bits = (rate?.forward.bits ?? 0) + (rate?.backward.bits ?? 0);
    const [tail, head] = [link.tail, link.head];
    return [
      {
        key: link.key,
        from: `${tail.node.id}:${tail.hook.name}`,
        path: place.path,
        x: place.label.x,
        y: place.label.y,
        width: linkWidth(bits),
        forward,
        backward,
        lines: idle ? [t.idle] : lines,
        idle,
        title:
          `${tail.node.name ?? tail.node.type}:${tail.hook.name} ${ahead} ${compact(tail.hook.outPackets)} packets, ` +
          `${withUnit(tail.hook.outBytes, "B")}\n${head.node.name ?? head.node.type}:${head.hook.name} ${back} ` +
          `${compact(head.hook.outPackets)} packets, ${withUnit(head.hook.outBytes, "B")}`,
      },
    ];
  });
}

function rateLine(arrow: string, { packets, bits }: { packets: number; bits: number }): string {
  return `${arrow} ${withUnit(packets, "pkt/s")} · ${withUnit(bits, "bit/s")}`;
}

/** One step per power of ten from 1 kbit/s on: widths are compared, not read. */
function linkWidth(bits: number): number {
  if (bits <= 0) return 1;
  return Math.min(6, Math.max(1.5, Math.log10(bits) - 1.5));
}
