import { FilterError, nearest, parseFilter } from "@ngflow/flows";
import { OutError } from "./errors.ts";

/** Where stored flows are sent. */
export interface OutTarget {
  /** As it was written, without what may be secret: for logs and metrics. */
  readonly name: string;
  readonly kind: "file" | "tcp" | "http";
  /** Path of a file; address of a server. */
  readonly address: string;
  readonly filter: string;
  /** Most flows of a request. */
  readonly batch: number;
  /** File of a token that is sent as `Authorization: Bearer`. */
  readonly tokenFile: string | undefined;
}

const KINDS = { "file:": "file", "tcp:": "tcp", "http:": "http", "https:": "http" } as const;
const WORDS = ["filter", "batch", "token-file"] as const;
export const DEFAULT_BATCH = 1000;
export const MOST_BATCH = 10_000;

/**
 * Reads `file:///PATH`, `tcp://HOST:PORT` or `http(s)://…`; behind a `#`, which is not sent, `filter=…`, `batch=N` and
 * `token-file=PATH`, joined by `&`. @throws OutError `out-url`
 */
export function parseOut(text: string): OutTarget {
  const fail = (fault: string): never => {
    throw new OutError("out-url", `--out ${text.split(/[?#]/)[0]}: ${fault}`);
  };
  const url = URL.canParse(text) ? new URL(text) : fail("expected file:///PATH, tcp://HOST:PORT or http(s)://…");
  const kind = Object.hasOwn(KINDS, url.protocol) ? KINDS[url.protocol as keyof typeof KINDS] : undefined;
  if (kind === undefined) return fail(`${url.protocol} is not one of file:, tcp:, http: and https:`);
  if (kind === "tcp" && (url.port === "" || url.hostname === "")) fail("expected tcp://HOST:PORT");
  if (kind === "file" && (url.host !== "" || url.pathname.length < 2)) fail("expected file:///PATH");
  const words = new Map<string, string>();
  for (const [word, value] of new URLSearchParams(url.hash.slice(1).replaceAll("+", "%2B"))) {
    const near = nearest(word, WORDS);
    if (!(WORDS as readonly string[]).includes(word))
      fail(`#${word}: not one of ${WORDS.join(", ")}${near === undefined ? "" : `; did you mean ${near}?`}`);
    words.set(word, value);
  }
  const filter = words.get("filter") ?? "";
  try {
    parseFilter(filter);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    fail(`filter: ${error.message}`);
  }
  const batch = Number(words.get("batch") ?? DEFAULT_BATCH);
  if (!Number.isInteger(batch) || batch < 1 || batch > MOST_BATCH) fail(`batch is a number from 1 to ${MOST_BATCH}`);
  if (kind !== "http" && words.has("token-file")) fail("only http and https take a token");
  url.hash = "";
  const address = kind === "file" ? decodeURIComponent(url.pathname) : url.href;
  // Addresses of requests may have a key in them.
  const name = kind === "file" ? `file://${url.pathname}` : `${url.protocol}//${url.host}`;
  return { name, kind, address, filter, batch, tokenFile: words.get("token-file") };
}

/** The files that destinations read. */
export function outFiles(texts: readonly string[] = []): string[] {
  return texts.map(parseOut).flatMap(({ tokenFile }) => tokenFile ?? []);
}
