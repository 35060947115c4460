import type { Graphviz } from "@hpcc-js/wasm-graphviz";
import { layOutByHand } from "./by-hand.ts";
import { layOutNarrow } from "./by-hand-narrow.ts";
import { type Card, dotOf } from "./dot.ts";
import { type Geometry, geometryOf } from "./geometry.ts";
import type { Link } from "./links.ts";

let loading: Promise<Graphviz> | undefined;

/**
 * Lays the cards out: chains and small trees by hand, from top to bottom on a narrow screen; others with Graphviz,
 * which is loaded when first needed.
 */
export async function layOut(cards: readonly Card[], links: readonly Link[], isNarrow: boolean): Promise<Geometry> {
  const byHand = (isNarrow ? layOutNarrow(cards, links) : null) ?? layOutByHand(cards, links);
  if (byHand) return byHand;
  loading ??= import("@hpcc-js/wasm-graphviz").then(({ Graphviz }) => Graphviz.load());
  const graphviz = await loading;
  return geometryOf(graphviz.layout(dotOf(cards, links), "json", "dot"), cards);
}
