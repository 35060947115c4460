import type { ListenAddress } from "../config.ts";
import { CollectorError } from "../errors.ts";

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

/** Whether the reason is that the machine has no IPv6. */
export function isNoIpv6(error: unknown): boolean {
  return codeOf(error) === "EAFNOSUPPORT" || codeOf(error) === "EADDRNOTAVAIL";
}

/** The error for an address that cannot be bound. */
export function listenError({ host, port, transport = "udp" }: ListenAddress, cause: unknown): CollectorError {
  const [name, list] = transport === "udp" ? ["UDP", "-ulpn"] : ["TCP", "-tlpn"];
  const where = `${name} port ${port} on ${host}`;
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
