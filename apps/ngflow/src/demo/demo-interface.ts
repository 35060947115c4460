import { seededRng } from "@ngflow/base";
import type { Graph } from "@ngflow/graph";
import { attachEther, SimulatedInterface } from "@ngflow/nodes";
import { createGenerator } from "../generator/generator.ts";
import { DEMO_INTERFACE } from "./demo-name.ts";

const DEMO_INDEX = 1;
const DEMO_MAC = Uint8Array.of(0x02, 0x00, 0x5e, 0x00, 0x00, 0x01);
/** How often packets that are due are generated. */
const PACE_MS = 20;
/** How long the traffic waits for the second hook after the first. */
const SECOND_HOOK_MS = 5000;

/** Interfaces attached to a graph. */
export interface AttachedInterfaces {
  /** Delivers what is captured and not yet delivered. */
  drain(): void;
  stop(): void;
}

/**
 * Attaches `demo0`, an interface between a generated office network and the Internet. The traffic starts when both
 * its directions are connected, or some time after the first.
 */
export function attachDemo(graph: Graph, seed: number): AttachedInterfaces {
  const demo = new SimulatedInterface(DEMO_INTERFACE, DEMO_INDEX, DEMO_MAC);
  const attached = attachEther(graph, demo);
  const generator = createGenerator({ rng: seededRng(seed) });
  let firstHookMs: number | undefined;
  let flowing = false;
  // Packets that pass before both directions are connected are seen but not metered, and the demo's figures would
  // differ.
  const connected = (): boolean => {
    const hooks = attached?.node.hooks.size ?? 0;
    if (hooks > 0) firstHookMs ??= Date.now();
    return hooks > 1 || (firstHookMs !== undefined && Date.now() - firstHookMs > SECOND_HOOK_MS);
  };
  const pace = setInterval(() => {
    flowing ||= connected();
    if (!flowing) return;
    generator.advance(Date.now(), ({ received, sent }) =>
      graph.run(() => {
        demo.fromWire(received);
        demo.fromHost(sent);
      }),
    );
  }, PACE_MS);
  return {
    drain: () => clearInterval(pace),
    stop: () => clearInterval(pace),
  };
}
