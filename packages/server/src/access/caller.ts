import type { Context } from "hono";
import { isLoopback, networkOf } from "./addresses.ts";
import { remoteAddress } from "./guard.ts";

/** The name of the server itself among those who ask the store. */
export const OWN_CALLER = "server";

/**
 * Who shares the store with others as one: a person or an API token by name, or else a network (an IPv4 address, the
 * /64 of an IPv6 one). This machine is one network. Who is not named by a proxy has the proxy's address; a token that
 * has no name may be used by many.
 */
export function callerOf(c: Context): string {
  const { name, by } = c.get("reader");
  if (name !== null) return `${by === "token" ? "token" : "user"} ${name}`;
  const address = remoteAddress(c);
  return address === undefined || isLoopback(address) ? "this machine" : `network ${networkOf(address)}`;
}
