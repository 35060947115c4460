import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt);

/** RFC 7914: 32 MiB and about a tenth of a second for each try. */
const COST = { ln: 15, r: 8, p: 1 } as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;

/** A shorter password could be guessed; a longer one would only keep the processor busy. */
export const PASSWORD_LENGTH = { least: 10, most: 256 } as const;

/** The bounds of a hash that this server is willing to compute. */
const FORM = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,88})\$([A-Za-z0-9+/]{43,86})$/;
const MOST_LN = 17;

/** Hash of a password with a fresh salt, in the PHC string format. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derived(password, salt, HASH_BYTES, COST);
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${plain(salt)}$${plain(hash)}`;
}

/** A hash that no password has: trying it costs as much as trying a real one. */
export const NO_PASSWORD = `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${"A".repeat(22)}$${"A".repeat(43)}`;

/** Whether a password has a hash; false for a hash that cannot be read. The time does not depend on the password. */
export async function isPassword(password: string, hashed: string): Promise<boolean> {
  const form = FORM.exec(hashed);
  if (form === null || password.length > PASSWORD_LENGTH.most) return false;
  const cost = { ln: Number(form[1]), r: Number(form[2]), p: Number(form[3]) };
  if (cost.ln < 1 || cost.ln > MOST_LN || cost.r < 1 || cost.r > 16 || cost.p < 1 || cost.p > 4) return false;
  const hash = Buffer.from(form[5]!, "base64");
  const given = await derived(password, Buffer.from(form[4]!, "base64"), hash.length, cost);
  return timingSafeEqual(given, hash);
}

function derived(password: string, salt: Buffer, bytes: number, { ln, r, p }: { ln: number; r: number; p: number }) {
  const N = 2 ** ln;
  // The same characters may be typed as different code points.
  return derive(password.normalize("NFKC"), salt, bytes, { N, r, p, maxmem: 128 * N * r * p + (1 << 20) });
}

function plain(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
