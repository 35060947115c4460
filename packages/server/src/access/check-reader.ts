import type { Context, MiddlewareHandler } from "hono";
import { setCookie } from "hono/cookie";
import { withoutBase } from "../base-path.ts";
import { ApiError } from "../errors.ts";
import type { AccessCounters } from "./counters.ts";
import type { Guard } from "./guard.ts";
import { isData, isSignIn } from "./paths.ts";
import { PAGE_POLICY, reloadPage, signInPage } from "./sign-in-page.ts";
import type { Token } from "./token.ts";

/** How the cookies of this server are set. */
export interface CookieRules {
  /** Whether browsers send them through TLS only. */
  readonly secure: boolean;
  /** Where a proxy serves the console; empty for the root. */
  readonly basePath: string;
}

/**
 * Lets a request pass whose sender is known, and notes who it is. A page request with `?token=TOKEN` sets the cookie
 * that stands for the server's token. A page without any of these is the sign-in page.
 */
export function checkReader(guard: Guard, cookies: CookieRules, counters: AccessCounters, nowMs: () => number) {
  const check: MiddlewareHandler = async (c, next) => {
    const { token } = guard.rules;
    const data = isData(c.req.path);
    const given = data ? undefined : c.req.query("token");
    if (given !== undefined && token?.matches(given)) return signIn(c, token, cookies);
    const reader = guard.readerOf(c, nowMs());
    if (reader !== null) {
      c.set("reader", reader);
      return next();
    }
    if (isSignIn(c.req.path)) return next();
    // The cookie is not sent when a link on another site is followed; it is sent when this page then loads itself.
    if (!data && c.req.header("sec-fetch-site") === "cross-site")
      return page(c, reloadPage(cleanTarget(c, cookies)), 200);
    counters.unauthorized++;
    c.header("www-authenticate", 'Bearer realm="ngflow"');
    if (data) throw new ApiError("unauthorized", "sign in, or send a token as Authorization: Bearer TOKEN");
    const fault = given !== undefined ? "token" : guard.hasEndedSession(c) ? "ended" : null;
    return page(
      c,
      signInPage({ ...formsOf(guard), fault, target: cleanTarget(c, cookies), basePath: cookies.basePath }),
      401,
    );
  };
  return check;
}

/** Which ways in the sign-in page offers. */
export function formsOf(guard: Guard): { readonly password: boolean; readonly token: boolean } {
  const { people } = guard.rules.accounts();
  return { password: people.length > 0, token: guard.rules.token !== null };
}

/** Sets the cookie. The page then loads itself without the token, which is thus not in the browser's history. */
function signIn(c: Context, { cookie }: Token, rules: CookieRules): Response {
  const { secure } = rules;
  setCookie(c, cookie.name, cookie.value, { path: "/", httpOnly: true, sameSite: "Strict", secure });
  return page(c, reloadPage(cleanTarget(c, rules)), 200);
}

/** Answers with one of the pages that are not the console. */
export function page(c: Context, html: string, status: 200 | 401 | 429 | 503): Response {
  return c.html(html, status, {
    "cache-control": "no-store",
    "content-security-policy": PAGE_POLICY,
    // With `no-referrer` browsers would send the forms with the origin `null`.
    "referrer-policy": "same-origin",
  });
}

/** The address of the request as the browser knows it, without the token. */
function cleanTarget(c: Context, { basePath }: CookieRules): URL {
  const target = new URL(c.req.url);
  target.searchParams.delete("token");
  // A path that begins with two slashes would be read as the name of another host.
  target.pathname = basePath + withoutBase(target.pathname, basePath).replace(/^\/+/, "/");
  return target;
}
