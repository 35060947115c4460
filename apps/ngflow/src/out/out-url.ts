import { FilterError, nearest, parseFilter } from "@ngflow/flows";
import { OutError } from "./errors.ts";
import { isKafka, KAFKA_WORDS, kafkaFiles, type KafkaTarget, parseKafka } from "./kafka/kafka-target.ts";

/** Where stored flows are sent. */
export interface OutTarget {
  /** As it was written, without what may be secret: for logs and metrics. */
  readonly name: string;
  readonly kind: "file" | "tcp" | "http" | "otlp" | "kafka";
  /** Path of a file; address of a server. */
  readonly address: string;
  readonly filter: string;
  /** Most flows of a request. */
  readonly batch: number;
  /** File of a token that is sent as `Authorization: Bearer`. */
  readonly tokenFile: string | undefined;
  /** Of a topic of Kafka. */
  readonly kafka: KafkaTarget | undefined;
}

const KINDS = {
  "file:": "file",
  "tcp:": "tcp",
  "http:": "http",
  "https:": "http",
} as const;
/** Where OTLP/HTTP receivers take logs, unless the address has a path. */
const OTLP_PATH = "/v1/logs";
const WORDS = ["filter", "batch", "token-file", ...KAFKA_WORDS] as const;
export const DEFAULT_BATCH = 1000;
export const MOST_BATCH = 10_000;

/**
 * Reads `file:///PATH`, `tcp://HOST:PORT`, `http(s)://…`, `otlp+http(s)://…` or `kafka(+tls)://HOST:PORT,…/TOPIC`;
 * behind a `#`, which is not sent, `filter=…`, `batch=N` and others, joined by `&`. @throws OutError `out-url`
 */
export function parseOut(text: string): OutTarget {
  const fail = (fault: string): never => {
    throw new OutError("out-url", `--out ${text.split(/[?#]/)[0]}: ${fault}`);
  };
  const cut = text.indexOf("#");
  const words = wordsOf(cut < 0 ? "" : text.slice(cut + 1), fail);
  const filter = words.get("filter") ?? "";
  try {
    parseFilter(filter);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    fail(`filter: ${error.message}`);
  }
  const batch = Number(words.get("batch") ?? DEFAULT_BATCH);
  if (!Number.isInteger(batch) || batch < 1 || batch > MOST_BATCH) fail(`batch is a number from 1 to ${MOST_BATCH}`);
  const where = whereOf(cut < 0 ? text : text.slice(0, cut), words, fail);
  if (where.kind !== "http" && where.kind !== "otlp" && words.has("token-file"))
    fail("only http, https and otlp take a token");
  const own = KAFKA_WORDS.find((word) => words.has(word));
  if (where.kind !== "kafka" && own !== undefined) fail(`${own} is for kafka:// and kafka+tls://`);
  return { ...where, filter, batch, tokenFile: words.get("token-file") };
}

type Fail = (fault: string) => never;

function wordsOf(text: string, fail: Fail): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  for (const [word, value] of new URLSearchParams(text.replaceAll("+", "%2B"))) {
    const near = nearest(word, WORDS);
    if (!(WORDS as readonly string[]).includes(word))
      fail(`#${word}: not one of ${WORDS.join(", ")}${near === undefined ? "" : `; did you mean ${near}?`}`);
    words.set(word, value);
  }
  return words;
}

/** What is in front of the `#`. */
function whereOf(
  text: string,
  words: ReadonlyMap<string, string>,
  fail: Fail,
): Pick<OutTarget, "kind" | "address" | "name" | "kafka"> {
  const otlp = /^otlp\+(https?:.*)$/.exec(text)?.[1];
  if (otlp !== undefined) {
    const url = URL.canParse(otlp) ? new URL(otlp) : fail("expected otlp+http://HOST:4318");
    if (url.pathname === "/") url.pathname = OTLP_PATH;
    return { kind: "otlp", address: url.href, name: `otlp+${url.protocol}//${url.host}`, kafka: undefined };
  }
  if (isKafka(text)) return { kind: "kafka", address: text, name: text, kafka: parseKafka(text, words, fail) };
  const expected =
    "expected file:///PATH, tcp://HOST:PORT, http(s)://…, otlp+http://HOST:4318 or kafka://HOST:PORT/TOPIC";
  const url = URL.canParse(text) ? new URL(text) : fail(expected);
  const kind = Object.hasOwn(KINDS, url.protocol) ? KINDS[url.protocol as keyof typeof KINDS] : undefined;
  if (kind === undefined)
    return fail(
      `${url.protocol} is not one of file:, tcp:, http:, https:, otlp+http:, otlp+https:, kafka: and kafka+tls:`,
    );
  if (kind === "tcp" && (url.port === "" || url.hostname === "")) fail("expected tcp://HOST:PORT");
  if (kind === "file" && (url.host !== "" || url.pathname.length < 2)) fail("expected file:///PATH");
  const address = kind === "file" ? decodeURIComponent(url.pathname) : url.href;
  // Addresses of requests may have a key in them.
  const name = kind === "file" ? `file://${url.pathname}` : `${url.protocol}//${url.host}`;
  return { kind, address, name, kafka: undefined };
}

/** The files that destinations read. */
export function outFiles(texts: readonly string[] = []): string[] {
  return texts
    .map(parseOut)
    .flatMap(({ tokenFile, kafka }) => [
      ...(tokenFile === undefined ? [] : [tokenFile]),
      ...(kafka ? kafkaFiles(kafka) : []),
    ]);
}
