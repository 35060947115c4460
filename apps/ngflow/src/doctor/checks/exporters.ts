import { SELF_TEST } from "../../self-test/datagram.ts";
import { type Finding, ok, type Patient, warning } from "../finding.ts";

/** An exporter that sent nothing for so long. */
const SILENT_MS = 15 * 60_000;
/** So many are named; the rest is a number. */
const NAMED = 5;

const isLoopback = (address: string): boolean => address.startsWith("127.") || address === "::1";

export async function lookAtExporters({ ask }: Patient): Promise<readonly Finding[]> {
  const answer = await ask("/exporters");
  if (answer === null) return [];
  const { exporters } = answer;
  if (exporters.length === 0)
    return [warning("no exporter has sent anything yet", "let one send here: docs/how-to/receive-flows.md")];
  const findings: Finding[] = [];
  const see = "ngflow exporters, or the page /exporters of the console";
  for (const { agent, address, domain, protocol, warnings, lastSeen } of exporters) {
    // What self-tests sent is no device.
    if (protocol === "v5" && domain === SELF_TEST.engine && isLoopback(address)) continue;
    const name = `${agent ?? address} (domain ${domain})`;
    const silentMs = Date.now() - Date.parse(lastSeen);
    if (silentMs > SILENT_MS)
      findings.push(warning(`${name}: silent for ${Math.floor(silentMs / 60_000)} min`, "look at the device"));
    for (const text of warnings) findings.push(warning(`${name}: ${text}`, see));
  }
  if (findings.length === 0)
    return [ok(`${exporters.length} session${exporters.length === 1 ? "" : "s"} of exporters, all of them readable`)];
  const rest = findings.length - NAMED;
  return rest <= 0 ? findings : [...findings.slice(0, NAMED), warning(`and ${rest} more about exporters`, see)];
}
