/** A script with what it is tried with, as a link has it. */
export interface Script {
  readonly script: string;
  /** Arguments, separated by spaces. */
  readonly args: string;
  /** Values, `NAME=VALUE`, separated by spaces. */
  readonly set: string;
}

/** Most characters of a link: browsers and programs that pass addresses on take so many. */
const MOST_CHARS = 30_000;
/** Most bytes that a link may unpack to. */
const MOST_BYTES = 400_000;

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream) {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > MOST_BYTES) throw new RangeError("too long");
    parts.push(value);
  }
  return new Blob(parts as Uint8Array<ArrayBuffer>[]);
}

/**
 * The fragment of an address that holds a script, packed (deflate, base64url): a browser does not send it to the
 * server. Null for a script that is too long.
 */
export async function fragmentOf({ script, args, set }: Script): Promise<string | null> {
  const text = new TextEncoder().encode(JSON.stringify([script, args, set]));
  if (text.length > MOST_BYTES) return null;
  const packed = new Uint8Array(await (await through(text, new CompressionStream("deflate-raw"))).arrayBuffer());
  let binary = "";
  for (const byte of packed) binary += String.fromCharCode(byte);
  const fragment = `#script=${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
  return fragment.length > MOST_CHARS ? null : fragment;
}

/** The script in a fragment; null where there is none, undefined where it cannot be read. */
export async function scriptIn(fragment: string): Promise<Script | null | undefined> {
  const packed = /^#script=([\w-]+)$/.exec(fragment)?.[1];
  if (packed === undefined) return fragment.startsWith("#script=") ? undefined : null;
  try {
    const binary = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const json: unknown = JSON.parse(await (await through(bytes, new DecompressionStream("deflate-raw"))).text());
    if (!Array.isArray(json) || json.length !== 3 || !json.every((part) => typeof part === "string")) return undefined;
    const [script, args, set] = json as [string, string, string];
    return { script, args, set };
  } catch {
    return undefined;
  }
}
