import type { Node } from "./node.ts";
import type { NodeRole } from "./node-role.ts";

/**
 * Counters of nodes that have ended, summed by type, so that totals of a graph never go backwards. Gauges are left out.
 */
export class EndedCounters {
  readonly #sums = new Map<string, Map<string, number>>();
  readonly #roles = new Map<string, NodeRole>();

  /** Takes over the counters of a node that is about to go. */
  add(node: Node): void {
    const { gauges } = node.type;
    for (const [name, value] of Object.entries(node.behaviour.counters?.() ?? {})) {
      if (gauges !== undefined && Object.hasOwn(gauges, name)) continue;
      let sums = this.#sums.get(node.type.name);
      if (sums === undefined) this.#sums.set(node.type.name, (sums = new Map()));
      this.#roles.set(node.type.name, node.type.role);
      sums.set(name, (sums.get(name) ?? 0) + value);
    }
  }

  byType(): Record<string, Record<string, number>> {
    return Object.fromEntries([...this.#sums].map(([type, sums]) => [type, Object.fromEntries(sums)]));
  }

  roleByType(): Record<string, NodeRole> {
    return Object.fromEntries(this.#roles);
  }
}
