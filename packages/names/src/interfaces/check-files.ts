import { readFile } from "node:fs/promises";
import { NamesError } from "../errors.ts";
import { readSnmpSettings } from "../snmp/snmp-settings.ts";
import { isUrl } from "../sources/url-reader.ts";
import { readInterfaceRules } from "./read-rules.ts";

/** The files that names and classes of interfaces come from. */
interface InterfaceFiles {
  readonly snmp: string | undefined;
  readonly interfaceRules: string | undefined;
}

async function check(kind: string, path: string, read: (text: string) => unknown): Promise<void> {
  try {
    read(await readFile(path, "utf8"));
  } catch (cause) {
    throw new NamesError("names-invalid", `${kind} ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Checks the files of a reload; those behind an address are read when they are used. @throws NamesError */
export async function checkInterfaceFiles({ snmp, interfaceRules }: InterfaceFiles): Promise<void> {
  if (snmp !== undefined) await check("snmp", snmp, (text) => readSnmpSettings(text, snmp));
  if (interfaceRules !== undefined && !isUrl(interfaceRules))
    await check("interface-rules", interfaceRules, readInterfaceRules);
}
