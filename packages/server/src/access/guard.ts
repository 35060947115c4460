import { createHash, timingSafeEqual } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { ApiError } from "../errors.ts";
import { type Accounts, type ApiToken, mayAs, type Role } from "./accounts.ts";
import type { TrustedHeader } from "./login-header.ts";
import type { Reader } from "./reader.ts";
import { personOfCookie, sessionCookieName } from "./session-cookie.ts";
import type { Token } from "./token.ts";

/** What a guard decides by. */
export interface GuardRules {
  /** The token of this server that is told to people; null for none. */
  readonly token: Token | null;
  /** The token by which commands of the daemon's own user are known; null for none. */
  readonly ownToken: Token | null;
  readonly header: TrustedHeader | null;
  /** Whether everybody who reaches the server may read while nobody has an account. */
  readonly isOpen: boolean;
  /** Called for each request; it must cost little. */
  readonly accounts: () => Accounts;
}

const ANYBODY: Reader = { name: null, role: "admin", by: "open" };
const KNOWS_TOKEN: Reader = { name: null, role: "admin", by: "token" };

/** Knows who sent a request. */
export class Guard {
  rules: GuardRules;

  constructor(rules: GuardRules) {
    this.rules = rules;
  }

  /** Whether readers have to say who they are. */
  asks({ people }: Accounts): boolean {
    const { token, header, isOpen } = this.rules;
    return !isOpen || token !== null || header !== null || people.length > 0;
  }

  /** Who sent a request; null if that has to be said and is not. */
  readerOf(c: Context, nowMs: number): Reader | null {
    const { token, ownToken, header, accounts } = this.rules;
    const known = accounts();
    const bearer = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    if (bearer !== undefined) {
      if (token?.matches(bearer) || ownToken?.matches(bearer)) return KNOWS_TOKEN;
      const owned = tokenOf(known.tokens, bearer, nowMs);
      if (owned !== null) return { name: owned.name, role: owned.role, by: "token" };
    }
    const proxied = header?.readerOf((name) => c.req.header(name), remoteAddress(c), known);
    if (proxied) return proxied;
    const person = personOfCookie(known, getCookie(c, sessionCookieName(known)) ?? "", nowMs);
    if (person !== null) return { name: person.name, role: person.role, by: "session" };
    if (token?.matchesCookie(getCookie(c, token.cookie.name))) return KNOWS_TOKEN;
    return this.asks(known) ? null : ANYBODY;
  }

  /** Whether a request whose reader is not known has the cookie of a session that is over. */
  hasEndedSession(c: Context): boolean {
    return getCookie(c, sessionCookieName(this.rules.accounts())) !== undefined;
  }
}

/** The address that a request came from. */
export function remoteAddress(c: Context): string | undefined {
  return (c.env as Partial<HttpBindings> | undefined)?.incoming?.socket.remoteAddress;
}

function tokenOf(tokens: readonly ApiToken[], given: string, nowMs: number): ApiToken | null {
  const digest = createHash("sha256").update(given).digest();
  const found = tokens.find(({ sha256 }) => {
    const kept = Buffer.from(sha256, "hex");
    return kept.length === digest.length && timingSafeEqual(kept, digest);
  });
  return found !== undefined && (found.expiresMs === null || found.expiresMs > nowMs) ? found : null;
}

/** Refuses a request whose reader has too small a role. @throws ApiError `forbidden` */
export function needs(c: Context, role: Role): void {
  const reader = c.get("reader");
  if (mayAs(reader.role, role)) return;
  const who = reader.name ?? "who reads here";
  throw new ApiError("forbidden", `this needs the role ${role}; ${who} has the role ${reader.role}`);
}
