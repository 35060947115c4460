import type { Graphviz } from "@hpcc-js/wasm-graphviz";
import { type Card, dotOf } from "./dot.ts";
import { type Geometry, geometryOf } from "./geometry.ts";
import type { Link } from "./links.ts";

let loading: Promise<Graphviz> | undefined;

/** Lays the cards out with Graphviz, which is loaded when first needed. */
export async function layOut(cards: readonly Card[], links: readonly Link[]): Promise<Geometry> {
  loading ??= import("@hpcc-js/wasm-graphviz").then(({ Graphviz }) => Graphviz.load());
  const graphviz = await loading;
  return geometryOf(graphviz.layout(dotOf(cards, links), "json", "dot"), cards);
}
