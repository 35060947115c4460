import {
  type DrawingFrame,
  drawingDot,
  frameOf,
  geometryOf,
  type Plan,
  readLayout,
  type Scene,
  scenesOf,
} from "@ngflow/plan";
import { Graphviz } from "@hpcc-js/wasm-graphviz";
import { ScriptError } from "./errors.ts";

/** Scenes of a plan, and a frame large enough for each of them. */
export interface Drawings {
  readonly scenes: readonly Scene[];
  readonly frame: DrawingFrame;
}

/** Most scenes of one report, and most nodes in all of them together: a larger picture is not readable. */
const MAX_SCENES = 400;
const MAX_NODES = 150;

/**
 * Lays a plan out once for all of its steps, so that nodes keep their places.
 * @throws NgflowError when it is too large.
 */
export async function drawPlan(plan: Plan): Promise<Drawings> {
  const scenes = scenesOf(plan);
  const pictures = scenes.flatMap(({ picture }) => (picture === null ? [] : [picture]));
  const geometry = geometryOf(pictures);
  if (scenes.length > MAX_SCENES || pictures.length < scenes.length || geometry.nodes.size > MAX_NODES) {
    throw new ScriptError(
      "plan-too-large",
      `${plan.script}: ${plan.steps.length} steps with ${geometry.nodes.size} nodes are too many for pictures ` +
        `(${MAX_SCENES} and ${MAX_NODES}); use --format text or json`,
    );
  }
  const graphviz = await Graphviz.load();
  const layout = readLayout(graphviz.layout(drawingDot(geometry), "json", "dot"));
  return { scenes, frame: frameOf(geometry, layout, scenes) };
}
