import type { Role } from "./accounts.ts";

/** Who sent a request that is served. */
export interface Reader {
  /** The name of a person or an API token; null for everybody, or for who knows the server's token. */
  readonly name: string | null;
  readonly role: Role;
  /** How that is known: nobody is asked, a token, a session's cookie, or the header of a trusted proxy. */
  readonly by: "open" | "token" | "session" | "proxy";
}

declare module "hono" {
  interface ContextVariableMap {
    readonly reader: Reader;
  }
}
