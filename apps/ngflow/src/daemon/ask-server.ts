import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import { text } from "node:stream/consumers";
import type { ServeAddress } from "./run-files.ts";

/** How long a daemon may take to answer. */
const REQUEST_TIMEOUT_MS = 60_000;

export interface ServerAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * GETs an address of the daemon that a run file names, with its token. Its certificate is that of the file, for
 * whatever name it is.
 *
 * @throws Error of the system when there is no answer; the reason of `signal` when that is aborted.
 */
export function askServer(
  { cert, token }: Pick<ServeAddress, "cert" | "token">,
  url: string,
  { signal, timeoutMs = REQUEST_TIMEOUT_MS }: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): Promise<ServerAnswer> {
  const limit = AbortSignal.timeout(timeoutMs);
  const options = {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    agent: false as const,
  };
  return new Promise((resolve, reject) => {
    const request =
      cert === null
        ? getHttp(url, options)
        : getHttps(url, { ...options, ca: cert, allowPartialTrustChain: true, checkServerIdentity: () => undefined });
    request.once("error", reject);
    request.once("response", (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
  });
}
