import type { Completeness } from "@ngflow/flows";
import { lossText } from "../commands/ngflow/completeness-text.ts";
import type { GroupDifference } from "./compare-groups.ts";

/** What is known of both sides that makes them differ. */
export interface Known {
  /** What ngflow lost in the range. */
  readonly lost: Pick<Completeness, "lost">;
  /** Sequence failures that nfcapd counted in all of its files. */
  readonly sequenceFailures: number;
  /** Records of nfcapd that have both directions. */
  readonly bothWays: number;
  /** Flows with counters of after forwarding besides those of before. */
  readonly forwarded: number;
}

/** Why the answers to a question differ, a sentence for each reason; undefined if one difference has none. */
export function reasonsFor(differences: readonly GroupDifference[], known: Known): readonly string[] | undefined {
  const more = differences.some(({ ngflow, nfdump }) => ngflow > nfdump);
  const less = differences.some(({ ngflow, nfdump }) => ngflow < nfdump);
  const reasons: string[] = [];
  if (more) {
    const before = reasons.length;
    if (known.bothWays > 0)
      reasons.push(
        `${known.bothWays} records of nfcapd have both directions (RFC 5103): ngflow stores each as a flow, nfdump -s counts one`,
      );
    if (known.sequenceFailures > 0)
      reasons.push(`nfcapd lost flows: it counted ${known.sequenceFailures} sequence failures in its files`);
    if (reasons.length === before) return undefined;
  }
  if (less) {
    const before = reasons.length;
    const lost = lossText(known.lost);
    if (lost !== undefined) reasons.push(`ngflow lost flows: ${lost}`);
    // These are packets and bytes, no flows.
    const fewer = differences.some(({ metric, ngflow, nfdump }) => metric === "flows" && ngflow < nfdump);
    if (known.forwarded > 0 && !fewer)
      reasons.push(
        `${known.forwarded} flows have counters of after forwarding, which nfdump -s adds to those of before`,
      );
    if (reasons.length === before) return undefined;
  }
  return reasons;
}
