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

/** Names by which this server is also reached, such as a proxy's. They may change while it runs. */
export class HostNames {
  #names: ReadonlySet<string> = new Set();

  constructor(names: readonly string[]) {
    this.allow(names);
  }

  allow(names: readonly string[]): void {
    this.#names = new Set(names.map(hostName));
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }
}

/**
 * Refuses requests whose Host header is not a name of this machine. Otherwise a page on the Internet whose name
 * resolves to an address of this machine (DNS rebinding) could read everything served here. Names of this machine are
 * the loopback ones, the address that the connection came to, and those of `allowed`.
 */
export function checkHost(allowed: HostNames, counters: AccessCounters): MiddlewareHandler {
  return async (c, next) => {
    const name = hostName(c.req.header("host") ?? "");
    const served = isLoopback(name) || name.endsWith(".localhost") || allowed.has(name) || name === localAddress(c.env);
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
