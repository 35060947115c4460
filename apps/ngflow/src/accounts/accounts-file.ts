import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type FileLock, lockFile } from "@ngflow/os";
import { type Accounts, isAccountName, NOBODY, ROLES } from "@ngflow/server/access";
import { z } from "zod";
import { AccountError } from "./errors.ts";

const name = z.string().refine(isAccountName, "no name of an account");
const schema = z.strictObject({
  key: z.string().regex(/^(?:[0-9a-f]{64})?$/),
  people: z
    .array(z.strictObject({ name, role: z.enum(ROLES), password: z.string().max(256), sinceMs: z.number() }))
    .max(10_000),
  tokens: z
    .array(
      z.strictObject({
        name,
        role: z.enum(ROLES),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        expiresMs: z.number().nullable(),
      }),
    )
    .max(10_000),
});

/** How long a command waits for another that changes the accounts. */
const LOCK_MS = 5000;
/** How old what is known of the file may be. */
const FRESH_MS = 500;

/** The file of the accounts in a data directory. */
export function accountsPath(dataDirectory: string): string {
  return join(dataDirectory, "accounts.json");
}

/** The accounts of a data directory; nobody where there is no file. @throws AccountError `accounts-damaged` */
export function readAccounts(dataDirectory: string): Accounts {
  const path = accountsPath(dataDirectory);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return NOBODY;
    throw new AccountError("accounts-damaged", `${path}: ${(error as Error).message}`, { cause: error });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? `${cause.issues[0]?.path.join(".")}: ${cause.issues[0]?.message}` : cause;
    throw new AccountError("accounts-damaged", `${path}: not what ngflow writes (${String(why)})`, { cause });
  }
}

/**
 * Changes the accounts, one command at a time. The file is only its owner's, and is replaced as a whole.
 *
 * @throws AccountError
 */
export async function changeAccounts(
  dataDirectory: string,
  change: (accounts: Accounts) => Accounts,
): Promise<Accounts> {
  const path = accountsPath(dataDirectory);
  const lock = await locked(`${path}.lock`);
  try {
    const before = readAccounts(dataDirectory);
    const key = before.key === "" ? randomBytes(32).toString("hex") : before.key;
    const after = change({ ...before, key });
    const fd = openSync(`${path}.new`, "w", 0o600);
    try {
      writeSync(fd, `${JSON.stringify(after, null, 2)}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(`${path}.new`, path);
    return after;
  } finally {
    lock.release();
  }
}

async function locked(path: string): Promise<FileLock> {
  for (let waitedMs = 0; ; waitedMs += 50) {
    const lock = lockFile(path);
    if (lock !== undefined) return lock;
    if (waitedMs >= LOCK_MS) throw new AccountError("accounts-busy", `${path}: another command has it locked`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * The accounts as they are now, for a server that asks with each request: the file is looked at twice a second at most.
 * While it cannot be read, nobody has an account, and nobody is let in who would need one.
 */
export function watchedAccounts(dataDirectory: string, warn: (message: string) => void): () => Accounts {
  const path = accountsPath(dataDirectory);
  let known: Accounts = NOBODY;
  let seen = "";
  let lookedMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = performance.now();
    if (nowMs - lookedMs < FRESH_MS) return known;
    lookedMs = nowMs;
    const stats = statSync(path, { throwIfNoEntry: false });
    const now = stats === undefined ? "" : `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
    if (now === seen) return known;
    seen = now;
    try {
      known = readAccounts(dataDirectory);
    } catch (error) {
      warn(`${(error as Error).message}; nobody can sign in until the file is mended or removed`);
      known = LOCKED;
    }
    return known;
  };
}

/** Accounts that let nobody in: a person whose password nothing is. */
const LOCKED: Accounts = {
  key: "",
  people: [{ name: "nobody", role: "viewer", password: "", sinceMs: 0 }],
  tokens: [],
};
