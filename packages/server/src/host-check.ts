import { isIP } from "node:net";
import type { MiddlewareHandler } from "hono";
import { ApiError } from "./errors.ts";

/** Whether an address to bind to is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** Name in a Host header: lower case, without port and brackets. */
export function hostName(header: string): string {
  const lower = header.trim().toLowerCase();
  const bracketed = /^\[([^\]]*)\](:\d+)?$/.exec(lower);
  if (bracketed) return bracketed[1]!;
  return lower.replace(/:\d+$/, "");
}

/**
 * Refuses requests whose Host header is not a name of this machine, when bound to loopback: otherwise a page
 * on the Internet whose name resolves to 127.0.0.1 (DNS rebinding) could read everything served here.
 */
export function checkHost(bound: string, allowed: readonly string[]): MiddlewareHandler {
  const names = new Set(allowed.map((name) => name.toLowerCase()));
  const enforced = isLoopback(bound);
  return async (c, next) => {
    if (enforced) {
      const name = hostName(c.req.header("host") ?? "");
      if (!isLoopback(name) && !name.endsWith(".localhost") && !names.has(name)) {
        throw new ApiError(
          "forbidden-host",
          `Host "${name}" is not served here; use the loopback address or allow the name`,
        );
      }
    }
    await next();
  };
}
