import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { text } from "node:stream/consumers";
import type { ServeAddress } from "./run-files.ts";

/** How long a daemon may take to answer. */
const REQUEST_TIMEOUT_MS = 60_000;

export interface ServerAnswer {
  readonly status: number;
  readonly body: string;
}

/** How a daemon is asked. */
interface Asked {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Default GET. */
  readonly method?: "GET" | "PUT" | "POST" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
}

/**
 * Asks an address of the daemon that a run file names, with its token. Its certificate is that of the file, for
 * whatever name it is.
 *
 * @throws Error of the system when there is no answer; the reason of `signal` when that is aborted.
 */
export function askServer(
  { cert, token }: Pick<ServeAddress, "cert" | "token">,
  url: string,
  { signal, timeoutMs = REQUEST_TIMEOUT_MS, method = "GET", headers = {}, body }: Asked = {},
): Promise<ServerAnswer> {
  const limit = AbortSignal.timeout(timeoutMs);
  const options = {
    method,
    headers: {
      ...headers,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined
        ? {}
        : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }),
    },
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    agent: false as const,
  };
  return new Promise((resolve, reject) => {
    const request =
      cert === null
        ? requestHttp(url, options)
        : requestHttps(url, {
            ...options,
            ca: cert,
            allowPartialTrustChain: true,
            checkServerIdentity: () => undefined,
          });
    request.end(body);
    request.once("error", reject);
    request.end();
    request.once("response", (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
  });
}
