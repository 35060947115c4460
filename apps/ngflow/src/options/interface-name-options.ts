import { readFileSync } from "node:fs";
import { Option } from "commander";
import { readSnmpSettings, snmpSecretFiles } from "@ngflow/names";

/** Options of the commands that run a collector: names and classes of interfaces. */
export const interfaceNameOptions = (): Option[] => [
  new Option(
    "--snmp <file>",
    "YAML file of SNMP agents, by exporter: their names, and names, aliases and speeds of interfaces",
  ),
  new Option(
    "--interface-rules <file>",
    "YAML file, or its URL, of rules that give interfaces a boundary, a provider and a connectivity",
  ),
];

/** A file of SNMP agents and the files with secrets that it names, for the rights that a daemon keeps. */
export function snmpFiles(file: string | undefined): string[] {
  if (file === undefined) return [];
  try {
    return [file, ...snmpSecretFiles(readSnmpSettings(readFileSync(file, "utf8"), file))];
  } catch {
    // The daemon says what is wrong with it.
    return [file];
  }
}
