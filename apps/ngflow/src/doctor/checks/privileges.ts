import { hasCapability } from "@ngflow/os";
import { type Finding, ok, type Patient, warning } from "../finding.ts";

/** Metering needs CAP_NET_RAW; whoever only receives flows needs nothing. */
export function lookAtPrivileges({ url }: Patient): readonly Finding[] {
  if (process.platform !== "linux") return [];
  if (hasCapability("net_raw")) return [ok("this user may meter interfaces (CAP_NET_RAW)")];
  if (url !== null) return [ok("this user may not meter interfaces; ngflow runs all the same")];
  return [
    warning(
      "this user may not meter interfaces (CAP_NET_RAW is missing); receiving flows needs nothing",
      "sudo ngflow up, or see docs/how-to/run-without-root.md",
    ),
  ];
}
