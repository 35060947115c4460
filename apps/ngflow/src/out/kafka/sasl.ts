import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

/** Ways of signing in that a broker is asked for, by their names in settings. */
export const MECHANISMS = {
  plain: "PLAIN",
  "scram-sha-256": "SCRAM-SHA-256",
  "scram-sha-512": "SCRAM-SHA-512",
} as const;
export type Mechanism = keyof typeof MECHANISMS;

/** Fewest rounds that a broker may ask for (RFC 7677 §4), and most. */
const ROUNDS = [4096, 1_000_000] as const;

/** Sends a message of a sign-in; resolves to the broker's. */
type Exchange = (message: Buffer) => Promise<Buffer>;

/** Signs in. @throws Error where the broker's answers do not prove that it knows the password */
export async function signIn(mechanism: Mechanism, user: string, password: string, send: Exchange): Promise<void> {
  if (mechanism === "plain") await send(Buffer.from(`\0${user}\0${password}`));
  else await scram(mechanism === "scram-sha-256" ? "sha256" : "sha512", user, password, send);
}

/** SCRAM (RFC 5802 §3): the password itself is not sent, and the broker proves that it knows it. */
async function scram(hash: "sha256" | "sha512", user: string, password: string, send: Exchange): Promise<void> {
  const nonce = randomBytes(24).toString("base64");
  const first = `n=${user.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`;
  const challenge = (await send(Buffer.from(`n,,${first}`))).toString("utf8");
  const { r = "", s = "", i = "" } = fieldsOf(challenge);
  const rounds = Number(i);
  if (!r.startsWith(nonce) || r === nonce || s === "") throw new Error("the broker's challenge is not valid");
  if (!(rounds >= ROUNDS[0] && rounds <= ROUNDS[1])) throw new Error(`the broker asks for ${i} rounds of SCRAM`);
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const size = hash === "sha256" ? 32 : 64;
  const salted = pbkdf2Sync(password.normalize("NFKC"), Buffer.from(s, "base64"), rounds, size, hash);
  const clientKey = hmac(salted, "Client Key");
  const last = `c=biws,r=${r}`;
  const signed = `${first},${challenge},${last}`;
  const signature = hmac(createHash(hash).update(clientKey).digest(), signed);
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!)).toString("base64");
  const { v = "", e } = fieldsOf((await send(Buffer.from(`${last},p=${proof}`))).toString("utf8"));
  if (e !== undefined) throw new Error(`the broker refused the user or the password: ${e}`);
  const expected = hmac(hmac(salted, "Server Key"), signed);
  const got = Buffer.from(v, "base64");
  if (got.length !== expected.length || !timingSafeEqual(got, expected))
    throw new Error("the broker does not know the password: is it the right broker?");
}

const fieldsOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(text.split(",").map((field) => [field[0] ?? "", field.slice(2)]));
