/** What a reader may do; each role may do what those before it may. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Whether a role may do what another is needed for. */
export function mayAs(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Somebody who signs in with a password. */
export interface Person {
  /** 1 to 64 letters, digits, `.`, `_`, `-`, `@`. */
  readonly name: string;
  readonly role: Role;
  /** The password's hash: `$scrypt$ln=15,r=8,p=1$SALT$HASH`. */
  readonly password: string;
  /** Unix milliseconds. Sessions that are older have ended. */
  readonly sinceMs: number;
}

/** A program that sends `Authorization: Bearer TOKEN`. */
export interface ApiToken {
  /** Same characters as a person's name. */
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token, hexadecimal. The token itself is not kept. */
  readonly sha256: string;
  /** Unix milliseconds; null never expires. */
  readonly expiresMs: number | null;
}

/** Who may read what this server serves. */
export interface Accounts {
  /** The secret that signs the cookies of sessions, hexadecimal; empty while there is nobody. */
  readonly key: string;
  readonly people: readonly Person[];
  readonly tokens: readonly ApiToken[];
}

export const NOBODY: Accounts = { key: "", people: [], tokens: [] };

/** Whether a text is a name of a person or a token. */
export function isAccountName(text: string): boolean {
  return /^[A-Za-z0-9._@-]{1,64}$/.test(text);
}
