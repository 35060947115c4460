import type { FilterSets } from "@ngflow/flows";
import type { AbsentPath, ApiAnswer, ApiParams, ApiPath, SetsPath } from "../routes/index.ts";

/**
 * The network, passed in: GETs a URL, or POSTs JSON to it, and returns status and body. `signal` is the caller's own.
 */
export type FetchText<Signal> = (
  url: string,
  signal?: Signal,
  json?: string,
) => Promise<{ status: number; body: string }>;

/** A response that is not a success, or no response. `status` is 0 when the server was not reached. */
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

/** The API, typed by the routes of the server: path, parameters and answer. Every call throws ClientError. */
export interface Client<Signal> {
  get<P extends ApiPath>(path: P, params?: ApiParams<P>, signal?: Signal): Promise<ApiAnswer<P>>;
  /** Like `get`, with the texts of the files that the filter names. */
  ask<P extends SetsPath>(path: P, params: ApiParams<P>, sets: FilterSets, signal?: Signal): Promise<ApiAnswer<P>>;
  /** Like `get`; null if the server has no access to what is requested. */
  find<P extends AbsentPath>(path: P, params?: ApiParams<P>, signal?: Signal): Promise<ApiAnswer<P> | null>;
  /** Address of the event stream. */
  readonly eventsUrl: string;
}

/** `?a=1&b=2` of the parameters that are set; lists are joined by commas. */
export function queryString(params: {
  readonly [name: string]: string | number | readonly string[] | undefined;
}): string {
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
  async function ask<P extends ApiPath>(
    path: P,
    params?: ApiParams<P>,
    sets: FilterSets = {},
    signal?: Signal,
  ): Promise<ApiAnswer<P>> {
    const json = Object.keys(sets).length === 0 ? undefined : JSON.stringify({ sets });
    let answer: { status: number; body: string };
    try {
      answer = await fetchText(`${base}/api/v1${path}${queryString({ ...params })}`, signal, json);
    } catch (error) {
      if (error instanceof Error && error.name === "AbortError") throw error;
      throw new ClientError("unreachable", "the server does not answer", 0);
    }
    if (answer.status !== 200) throw errorOf(answer.status, answer.body);
    return JSON.parse(answer.body) as ApiAnswer<P>;
  }
  const get: Client<Signal>["get"] = (path, params, signal) => ask(path, params, {}, signal);
  return {
    get,
    ask,
    async find(path, params, signal) {
      try {
        return await get(path, params, signal);
      } catch (error) {
        if (error instanceof ClientError && error.status === 404) return null;
        throw error;
      }
    },
    eventsUrl: `${base}/api/v1/events`,
  };
}
