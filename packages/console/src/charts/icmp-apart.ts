import type { ApiParams, QueryResult } from "@ngflow/server/client";
import { ICMP_PORT, ICMP_TERM, NO_ICMP_TERM } from "../filter/icmp.ts";
import { addTerm } from "../filter/predicate.ts";
import { isPort } from "../format/dimension.ts";
import type { Get } from "./chart.ts";

type Asked = ApiParams<"/query">;
type Row = QueryResult["rows"][number];

/** Groups of ICMP at most, where it is grouped by something else than ports too. */
const ICMP_GROUPS = 3;

/**
 * The two questions of which a grouping by ports consists: of what has ports, and of ICMP, which has none. Null where
 * one question is enough.
 */
export function icmpParts(by: readonly string[], filter: string) {
  const ports = by.filter(isPort);
  if (ports.length === 0 || by.includes("Proto")) return null;
  const others = by.filter((name) => !isPort(name));
  return {
    ports,
    ported: { by, filter: addTerm(filter, NO_ICMP_TERM) },
    icmp: { by: others, filter: addTerm(filter, ICMP_TERM), top: others.length === 0 ? 1 : ICMP_GROUPS },
  };
}

/**
 * Asks as `get` does, but groups by ports without ICMP, which has none: all of it is one group, or a few where other
 * columns group as well. Groups that have the protocol are told apart by it, and are asked for as they are.
 */
export function icmpApart(get: Get): Get {
  const apart = async (params: Asked): Promise<QueryResult> => {
    const filter = String(params.filter ?? "");
    const parts = icmpParts(namesOf(params.by), filter);
    if (parts === null) return get("/query", params);
    const { ported, icmp, ports } = parts;
    const [some, rest] = await Promise.all([
      get("/query", { ...params, ...ported }),
      get("/query", { ...params, ...icmp }),
    ]);
    return merged(some, rest, icmp.by, ports);
  };
  return ((path, params) => (path === "/query" ? apart(params as Asked) : get(path, params))) as Get;
}

function namesOf(by: Asked["by"]): readonly string[] {
  if (by === undefined) return [];
  return typeof by === "object" ? by : String(by).split(",");
}

/** Both answers as one: largest first where they are totals. What is the rest in both is one row. */
function merged(ported: QueryResult, icmp: QueryResult, others: readonly string[], ports: readonly string[]) {
  const by = [...others, ...ports];
  const metric = ported.columns.find((name) => name !== "time" && !by.includes(name)) ?? "";
  const valueOf = (row: Row): number => Number(row[metric] ?? 0);
  const isRest = (row: Row): boolean => by.every((name) => row[name] === null);
  const rows = new Map<string, Row>();
  const add = (row: Row): void => {
    const key = JSON.stringify([row["time"], ...by.map((name) => row[name])]);
    const known = rows.get(key);
    rows.set(key, known ? { ...known, [metric]: valueOf(known) + valueOf(row) } : row);
  };
  ported.rows.forEach(add);
  for (const row of icmp.rows) {
    if (valueOf(row) === 0) continue;
    const port = others.length > 0 && others.every((name) => row[name] === null) ? null : ICMP_PORT;
    add({ ...row, ...Object.fromEntries(ports.map((name) => [name, port])) });
  }
  const all = [...rows.values()];
  if (ported.step === null) all.sort((a, b) => Number(isRest(a)) - Number(isRest(b)) || valueOf(b) - valueOf(a));
  return { ...ported, rows: all, elapsedMs: ported.elapsedMs + icmp.elapsedMs };
}
