import { createHmac, timingSafeEqual } from "node:crypto";
import type { Accounts, Person } from "./accounts.ts";

/** How long a session lasts. */
export const SESSION_MS = 7 * 86_400_000;

/** Name of the cookie. It depends on the key: servers on other ports of the host keep theirs. */
export function sessionCookieName({ key }: Accounts): string {
  return `ngflow-session-${mac(key, "cookie name").slice(0, 8)}`;
}

/**
 * The value of a person's cookie: name, start in Unix milliseconds, and the HMAC-SHA-256 of both and of the password's
 * hash. So a session survives a restart, and ends with the person, with another password, and with `sinceMs`.
 */
export function sessionCookie({ key }: Accounts, person: Person, nowMs: number): string {
  return `${person.name}:${nowMs}:${proof(key, person, nowMs)}`;
}

/** Whose session a cookie is; null for one that is forged or has ended. */
export function personOfCookie({ key, people }: Accounts, cookie: string, nowMs: number): Person | null {
  const form = /^([A-Za-z0-9._@-]{1,64}):(\d{1,15}):([0-9a-f]{64})$/.exec(cookie);
  if (form === null || key === "") return null;
  const person = people.find(({ name }) => name === form[1]);
  if (person === undefined) return null;
  const startMs = Number(form[2]);
  const right = timingSafeEqual(Buffer.from(proof(key, person, startMs)), Buffer.from(form[3]!));
  return right && startMs >= person.sinceMs && startMs + SESSION_MS > nowMs ? person : null;
}

function proof(key: string, { name, password }: Person, startMs: number): string {
  return mac(key, `session ${name} ${startMs} ${password}`);
}

function mac(key: string, text: string): string {
  return createHmac("sha256", Buffer.from(key, "hex")).update(text).digest("hex");
}
