import { FlowsError } from "../errors.ts";
import type { NamedValueName } from "../names/named-value.ts";
import type { QueryNames } from "../names/query-names.ts";
import { both, either } from "./predicates.ts";
import { resolveNames } from "./resolve-names.ts";
import type { Predicate } from "./tree.ts";

/**
 * What a query does with a flow that several exporters record, or one exporter on the way in and on the way out.
 * `as-seen`: every record counts. `edge`: the records of external interfaces count. `once`: of records of one flow at
 * one time those of one observation point count. `only`: the others, which `once` leaves out.
 */
export const DUPLICATES = ["as-seen", "edge", "once", "only"] as const;
/** One of `DUPLICATES`. */
export type Duplicates = (typeof DUPLICATES)[number];

/** Records are of one time if their lives, so much longer at both ends, overlap: clocks of exporters differ. */
export const SAME_TIME_MS = 10_000;

/** How far outside the range of a query records are compared with those in it. */
export const COMPARED_AROUND_MS = 3_600_000;

/** Whether single flows are compared, which sums do not have. */
export function comparesFlows(duplicates: Duplicates): boolean {
  return duplicates === "once" || duplicates === "only";
}

/**
 * The flows of a filter that a choice keeps by what is in them alone.
 *
 * @throws FlowsError if no interface is external
 */
export function keptBy(duplicates: Duplicates, where: Predicate, names: QueryNames): Predicate {
  if (duplicates !== "edge") return where;
  const ends = ["InIfBoundary", "OutIfBoundary"] as const satisfies readonly NamedValueName[];
  if (!ends.some((name) => names.lookup(name).texts.includes("external"))) {
    throw new FlowsError(
      "bad-request",
      "query: duplicates edge needs interfaces with the boundary external; there are none: see --interface-rules",
    );
  }
  const atEdge = either(
    ends.map((value): Predicate => ({ kind: "named", value, test: { is: "oneOf", texts: ["external"] } })),
  );
  return both([where, resolveNames(atEdge, names)]);
}
