import type { FlowReader } from "@ngflow/flows";

/**
 * Asks for a range that ends where it is settled: if it does not, the same length before is asked for. Rates of a newer
 * range would be too small.
 */
export function settledQuery(reader: Pick<FlowReader, "query">): Pick<FlowReader, "query"> {
  return {
    async query(spec, options) {
      const answer = await reader.query(spec, options);
      if (answer.unsettledFrom === undefined) return answer;
      const toMs = Date.parse(answer.unsettledFrom);
      return reader.query({ ...spec, fromMs: toMs - (spec.toMs - spec.fromMs), toMs }, options);
    },
  };
}
