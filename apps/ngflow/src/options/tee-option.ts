import { isIP } from "node:net";
import { InvalidArgumentError, Option } from "commander";
import type { TeeConfig } from "@ngflow/collector";
import { readKeyFile } from "./key-file.ts";
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
    return {
      host,
      port,
      spoof,
      ...(keyFile !== undefined && { anonymiseKey: readKeyFile("--tee anonymise=", keyFile) }),
    };
  });
}
