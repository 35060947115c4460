import { isIP } from "node:net";
import { InvalidArgumentError, Option } from "commander";
import type { TeeConfig } from "@ngflow/collector";
import { collect, parseHostPort } from "./options.ts";

const TEE = { option: "--tee", host: "", example: "udp://192.0.2.1:2055" };

export const teeOption = (): Option =>
  new Option(
    "--tee <url>",
    "send every datagram to another collector too: udp://ADDRESS:PORT, with ?spoof=yes from its sender's address (repeatable)",
  ).argParser(collect);

/** Parses `udp://ADDRESS:PORT` or `udp://ADDRESS:PORT?spoof=yes`. @throws InvalidArgumentError */
export function parseTee(text: string): TeeConfig {
  const match = /^udp:\/\/([^?]*?)\/?(?:\?spoof=(yes|no))?$/.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(`--tee ${text}: expected udp://ADDRESS:PORT or udp://ADDRESS:PORT?spoof=yes`);
  }
  const { host, port } = parseHostPort(match[1]!, TEE);
  if (isIP(host) === 0) throw new InvalidArgumentError(`--tee ${text}: "${host}" is not an address; names do not work`);
  if (port === 0) throw new InvalidArgumentError(`--tee ${text}: port 0 is not a target`);
  return { host, port, spoof: match[2] === "yes" };
}

/** The other collectors of an option, none without it. @throws InvalidArgumentError */
export function teeTargets(texts: readonly string[] | undefined): readonly TeeConfig[] {
  return (texts ?? []).map(parseTee);
}
