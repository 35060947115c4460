import { readFileSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { InvalidArgumentError, Option } from "commander";
import { KEY_BYTES, type TeeConfig } from "@ngflow/collector";
import { systemReason } from "../output/system-reason.ts";
import { OptionsError } from "./errors.ts";
import { collect, parseHostPort } from "./options.ts";

const TEE = { option: "--tee", host: "", example: "udp://192.0.2.1:2055" };

export const teeOption = (): Option =>
  new Option(
    "--tee <url>",
    "send every datagram to another collector too: udp://ADDRESS:PORT, with ?spoof=yes from its sender's address, " +
      "with ?anonymise=KEYFILE anonymised (repeatable)",
  ).argParser(collect);

/** What a URL of `--tee` says. */
interface TeeUrl {
  readonly host: string;
  readonly port: number;
  readonly spoof: boolean;
  readonly keyFile: string | undefined;
}

/**
 * Parses `udp://ADDRESS:PORT` with `?spoof=yes` or `?anonymise=KEYFILE`; `%XX` in the file's name is a byte. @throws
 * InvalidArgumentError
 */
export function parseTee(text: string): TeeUrl {
  const fail = (fault: string): never => {
    throw new InvalidArgumentError(`--tee ${text}: ${fault}`);
  };
  const match = /^udp:\/\/([^?]*?)\/?(?:\?(.*))?$/.exec(text);
  if (match === null) return fail("expected udp://ADDRESS:PORT, udp://ADDRESS:PORT?spoof=yes or ?anonymise=KEYFILE");
  const { host, port } = parseHostPort(match[1]!, TEE);
  if (isIP(host) === 0) fail(`"${host}" is not an address; names do not work`);
  if (port === 0) fail("port 0 is not a target");
  const settings = new Map<string, string>();
  for (const setting of match[2]?.split("&") ?? []) {
    const [, name = "", value = ""] = /^(spoof|anonymise)=(.+)$/.exec(setting) ?? [];
    if (name === "" || settings.has(name)) fail(`"${setting}" is not one spoof=yes, spoof=no or anonymise=KEYFILE`);
    settings.set(name, value);
  }
  const spoof = settings.get("spoof") ?? "no";
  if (spoof !== "yes" && spoof !== "no") fail(`spoof is yes or no, not "${spoof}"`);
  const keyFile = settings.get("anonymise");
  if (spoof === "yes" && keyFile !== undefined) {
    fail("spoof=yes shows the addresses of exporters, which anonymise hides; use one of them");
  }
  return { host, port, spoof: spoof === "yes", keyFile: keyFile === undefined ? undefined : fileName(keyFile, fail) };
}

function fileName(text: string, fail: (fault: string) => never): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return fail("% in the name of the file begins two hexadecimal digits");
  }
}

/** The files that the targets need. */
export function teeFiles(texts: readonly string[] | undefined): string[] {
  return (texts ?? []).flatMap((text) => parseTee(text).keyFile ?? []);
}

/**
 * The other collectors of an option, none without it. @throws InvalidArgumentError, OptionsError `tee-key` when a file
 * of a key cannot be used
 */
export function teeTargets(texts: readonly string[] | undefined): readonly TeeConfig[] {
  return (texts ?? []).map((text) => {
    const { host, port, spoof, keyFile } = parseTee(text);
    return { host, port, spoof, ...(keyFile !== undefined && { anonymiseKey: readKey(keyFile) }) };
  });
}

/** A key: KEY_BYTES bytes, or as many hexadecimal bytes. */
function readKey(file: string): Uint8Array {
  const fail = (fault: string): never => {
    throw new OptionsError(
      "tee-key",
      `--tee anonymise=${file}: ${fault}; make a key with "(umask 077; head -c ${KEY_BYTES} /dev/urandom > ${file})"`,
    );
  };
  let bytes: Buffer;
  try {
    const stats = statSync(file);
    if (!stats.isFile() || stats.size > 4 * KEY_BYTES) return fail(`not a file of ${KEY_BYTES} bytes`);
    bytes = readFileSync(file);
  } catch (cause) {
    if (cause instanceof OptionsError) throw cause;
    return fail(`cannot be read: ${systemReason(cause)}`);
  }
  if (bytes.length === KEY_BYTES) return bytes;
  const text = bytes.toString("latin1").trim();
  if (text.length === 2 * KEY_BYTES && /^[0-9a-f]+$/i.test(text)) return Buffer.from(text, "hex");
  return fail(`it has ${bytes.length} bytes, and a key has ${KEY_BYTES}, or ${2 * KEY_BYTES} hexadecimal digits`);
}
