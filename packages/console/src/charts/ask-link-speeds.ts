import type { QueryResult } from "@ngflow/server/client";
import type { Get } from "./chart.ts";
import { groupOf } from "./group.ts";
import { linkOf, type LinkSpeeds, pinsOf } from "./link-speeds.ts";

/** Most interfaces in one question, as the server takes. */
const MOST = 500;

/** Asks for the speeds of the interfaces that the groups of answers are of; null where none is known. */
export async function askLinkSpeeds(
  get: Get,
  filter: string,
  answers: readonly { readonly rows: QueryResult["rows"]; readonly dims: readonly string[] }[],
): Promise<LinkSpeeds | null> {
  const pins = pinsOf(filter);
  const links = new Set<string>();
  for (const { rows, dims } of answers) {
    for (const row of rows) {
      const link = linkOf(groupOf(row, dims).mark, pins);
      if (link !== null) links.add(link);
    }
  }
  if (links.size === 0) return null;
  const { speeds } = await get("/names/of", { interfaces: [...links].slice(0, MOST) });
  return Object.keys(speeds).length === 0 ? null : { speeds, pins };
}
