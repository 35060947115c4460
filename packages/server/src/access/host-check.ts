import { plainAddress } from "@ngflow/base";
import type { MiddlewareHandler } from "hono";
import type { HttpBindings } from "@hono/node-server";
import { ApiError } from "../errors.ts";
import type { AccessCounters } from "./counters.ts";
import { isLoopback } from "./addresses.ts";

/** Name in a Host header: lower case, without port and brackets. */
export function hostName(header: string): string {
  const lower = header.trim().toLowerCase();
  const bracketed = /^\[([^\]]*)\](:\d+)?$/.exec(lower);
  if (bracketed) return bracketed[1]!;
  return lower.replace(/:\d+$/, "");
}

/**
 * Refuses requests whose Host header is not a name of this machine. Otherwise a page on the Internet whose name
 * resolves to an address of this machine (DNS rebinding) could read everything served here. Names of this machine are
 * the loopback ones, the address that the connection came to, and those of `allowed`.
 */
export function checkHost(allowed: readonly string[], counters: AccessCounters): MiddlewareHandler {
  const names = new Set(allowed.map(hostName));
  return async (c, next) => {
    const name = hostName(c.req.header("host") ?? "");
    const served = isLoopback(name) || name.endsWith(".localhost") || names.has(name) || name === localAddress(c.env);
    if (!served) {
      counters.forbiddenHosts++;
      throw new ApiError(
        "forbidden-host",
        `Host "${name}" is not served here; use an address of this machine, or allow the name with --allow-host`,
      );
    }
    await next();
  };
}

/** The address that a connection came to; undefined for a request without a connection. */
function localAddress(env: unknown): string | undefined {
  const address = (env as Partial<HttpBindings> | undefined)?.incoming?.socket.localAddress?.toLowerCase();
  return address && plainAddress(address);
}
