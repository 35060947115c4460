import type { FlowsResult, Metric, Pipeline, QueryResult } from "@ngflow/flows";
import type { GraphHistory, GraphSnapshot } from "@ngflow/graph";
import type { ColumnInfo } from "./types.ts";

/** The network as an argument: GETs an address and gives status and body. `signal` is the caller's own. */
export type FetchText<Signal> = (url: string, signal?: Signal) => Promise<{ status: number; body: string }>;

/** The parameters of `/api/v1/flows`; times in the forms the API takes. */
export interface FlowsParams {
  readonly from?: string | number;
  readonly to?: string | number;
  readonly last?: string;
  readonly filter?: string;
  readonly limit?: number;
}

/** The parameters of `/api/v1/query`. */
export interface QueryParams {
  readonly by?: readonly string[];
  readonly metric?: Metric;
  readonly from?: string | number;
  readonly to?: string | number;
  readonly last?: string;
  /** Seconds, or `auto`. */
  readonly step?: number | "auto";
  readonly top?: number;
  readonly filter?: string;
}

/** An answer that is not a success, or none. `status` is 0 when the server was not reached. */
export class ClientError extends Error {
  readonly code: string;
  readonly status: number;
  /** Offset into the filter text, when the filter is at fault. */
  readonly position: number | null;

  constructor(code: string, message: string, status: number, position: number | null = null) {
    super(message);
    this.name = "ClientError";
    this.code = code;
    this.status = status;
    this.position = position;
  }
}

/** The API, typed. Every call throws ClientError. */
export interface Client<Signal> {
  query(params: QueryParams, signal?: Signal): Promise<QueryResult>;
  flows(params: FlowsParams, signal?: Signal): Promise<FlowsResult>;
  pipeline(signal?: Signal): Promise<Pipeline>;
  /** Null where no graph is in reach of the server. */
  graph(signal?: Signal): Promise<GraphSnapshot | null>;
  /** How the graph came to be; null where no graph is in reach of the server. */
  graphHistory(signal?: Signal): Promise<GraphHistory | null>;
  columns(signal?: Signal): Promise<readonly ColumnInfo[]>;
  exporters(signal?: Signal): Promise<readonly unknown[]>;
  info(signal?: Signal): Promise<Readonly<Record<string, string | number | boolean | null>>>;
  /** Address of the event stream. */
  readonly eventsUrl: string;
}

type Scalar = string | number | readonly string[] | undefined;

/** `?a=1&b=2` of the parameters that are set; lists are joined by commas. */
export function queryString(params: { readonly [name: string]: Scalar }): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(params)) {
    const text = typeof value === "object" ? value.join(",") : value;
    if (text === undefined || text === "") continue;
    parts.push(`${name}=${encodeURIComponent(text)}`);
  }
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

function errorOf(status: number, body: string): ClientError {
  try {
    const { error } = JSON.parse(body) as { error: { code: string; message: string; position?: number } };
    return new ClientError(error.code, error.message, status, error.position ?? null);
  } catch {
    return new ClientError("bad-answer", `the server answered ${status} with a body that is not JSON`, status);
  }
}

/** A client of the server at `base` (no trailing slash; empty for the page's own origin). */
export function createClient<Signal>(base: string, fetchText: FetchText<Signal>): Client<Signal> {
  const get = async <T>(path: string, signal?: Signal): Promise<T> => {
    let answer: { status: number; body: string };
    try {
      answer = await fetchText(`${base}${path}`, signal);
    } catch (error) {
      if (error instanceof Error && error.name === "AbortError") throw error;
      throw new ClientError("unreachable", "the server does not answer", 0);
    }
    if (answer.status !== 200) throw errorOf(answer.status, answer.body);
    return JSON.parse(answer.body) as T;
  };
  const getIfThere = async <T>(path: string, signal?: Signal): Promise<T | null> => {
    try {
      return await get<T>(path, signal);
    } catch (error) {
      if (error instanceof ClientError && error.status === 404) return null;
      throw error;
    }
  };
  return {
    query: (params, signal) => get(`/api/v1/query${queryString({ ...params })}`, signal),
    flows: (params, signal) => get(`/api/v1/flows${queryString({ ...params })}`, signal),
    pipeline: (signal) => get("/api/v1/pipeline", signal),
    graph: (signal) => getIfThere<GraphSnapshot>("/api/v1/graph", signal),
    graphHistory: (signal) => getIfThere<GraphHistory>("/api/v1/graph/history", signal),
    columns: async (signal) => (await get<{ columns: ColumnInfo[] }>("/api/v1/columns", signal)).columns,
    exporters: async (signal) => (await get<{ exporters: unknown[] }>("/api/v1/exporters", signal)).exporters,
    info: (signal) => get("/api/v1/info", signal),
    eventsUrl: `${base}/api/v1/events`,
  };
}
