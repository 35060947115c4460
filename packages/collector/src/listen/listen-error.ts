import { isMulticast } from "@ngflow/base";
import type { ListenAddress } from "../config.ts";
import { CollectorError } from "../errors.ts";

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

/** Whether the reason is that the machine has no IPv6. */
export function isNoIpv6(error: unknown): boolean {
  return codeOf(error) === "EAFNOSUPPORT" || codeOf(error) === "EADDRNOTAVAIL";
}

/** What systems answer when a group cannot be joined: no such interface, no route to the group, no interface given. */
const GROUP_CODES: ReadonlySet<string> = new Set(["ENODEV", "EADDRNOTAVAIL", "EINVAL", "ENOTFOUND"]);

function groupError(host: string, transport: string, cause: unknown): CollectorError {
  const [group, zone] = host.split("%");
  if (transport !== "udp") {
    return new CollectorError("listen-group", `${group} is a multicast group: listen on it by udp://`, { cause });
  }
  const example = group!.includes(":") ? `'[${group}%eth0]:2055'` : `${group}%eth0:2055`;
  return new CollectorError(
    "listen-group",
    zone === undefined
      ? `cannot join the multicast group ${group}: no route says by which interface; name it: --listen ${example}`
      : `cannot join the multicast group ${group} on ${zone}: no such interface, or it is down or without an address; ` +
          `name one of this machine, for example --listen ${example}`,
    { cause },
  );
}

/** The error for an address that cannot be bound. */
export function listenError({ host, port, transport = "udp" }: ListenAddress, cause: unknown): CollectorError {
  const [name, list] = transport === "udp" ? ["UDP", "-ulpn"] : ["TCP", "-tlpn"];
  const where = `${name} port ${port} on ${host}`;
  if (isMulticast(host) && GROUP_CODES.has(codeOf(cause))) return groupError(host, transport, cause);
  switch (codeOf(cause)) {
    case "EADDRINUSE":
      return new CollectorError(
        "listen-in-use",
        `${where} is in use by another program; stop it (\`ss ${list} sport = :${port}\` shows which) or choose other ports with --listen`,
        { cause },
      );
    case "EACCES":
      return new CollectorError(
        "listen-denied",
        `this user may not bind ${where}; choose a port above 1023 with --listen`,
        { cause },
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new CollectorError(
        "listen-no-address",
        `${host} is not an address of this machine; choose one of its addresses with --listen, or :: for all`,
        { cause },
      );
    default:
      return new CollectorError("listen-failed", `cannot listen on ${where}: ${(cause as Error).message}`, { cause });
  }
}
