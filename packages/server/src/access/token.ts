import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { ServerError } from "../errors.ts";

/** A shorter token could be guessed. */
const MIN_TOKEN_LENGTH = 16;

/** The secret that a caller has to know, and the cookie that stands for it in a browser. */
export interface Token {
  /** Name and value of the cookie. The name depends on the token: servers on other ports of the host keep theirs. */
  readonly cookie: { readonly name: string; readonly value: string };
  /** Whether a text is the token. The time it takes does not depend on how much of it is right. */
  matches(text: string): boolean;
  matchesCookie(text: string | undefined): boolean;
}

/** @throws ServerError `http-token` for a token that is short or does not fit into a header. */
export function createToken(secret: string): Token {
  if (!new RegExp(`^[!-~]{${MIN_TOKEN_LENGTH},}$`).test(secret)) {
    throw new ServerError(
      "http-token",
      `--http-token-file: the token needs ${MIN_TOKEN_LENGTH} or more printable ASCII characters and no space`,
    );
  }
  const session = createHmac("sha256", secret).update("ngflow console session").digest("hex");
  const cookie = { name: `ngflow-${session.slice(0, 8)}`, value: session.slice(8) };
  return {
    cookie,
    matches: (text) => equal(text, secret),
    matchesCookie: (text) => text !== undefined && equal(text, cookie.value),
  };
}

function equal(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
