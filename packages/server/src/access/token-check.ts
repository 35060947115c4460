import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { ApiError } from "../errors.ts";
import type { AccessCounters } from "./counters.ts";
import { isData } from "./paths.ts";
import { PAGE_POLICY, reloadPage, signInPage } from "./sign-in-page.ts";
import type { Token } from "./token.ts";

/**
 * Lets a request pass that has the token: as `Authorization: Bearer TOKEN`, or as the cookie that a page request with
 * `?token=TOKEN` sets. A page without it is the sign-in page.
 */
export function checkToken(token: Token, counters: AccessCounters): MiddlewareHandler {
  return async (c, next) => {
    const bearer = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    const data = isData(c.req.path);
    const given = data ? undefined : c.req.query("token");
    if (given !== undefined && token.matches(given)) return signIn(c, token);
    const known =
      (bearer !== undefined && token.matches(bearer)) || token.matchesCookie(getCookie(c, token.cookie.name));
    if (known) return next();
    // The cookie is not sent when a link on another site is followed; it is sent when this page then loads itself.
    if (!data && c.req.header("sec-fetch-site") === "cross-site") return page(c, reloadPage(cleanTarget(c)), 200);
    counters.unauthorized++;
    c.header("www-authenticate", 'Bearer realm="ngflow"');
    if (data) throw new ApiError("unauthorized", "send the token of this server as Authorization: Bearer TOKEN");
    return page(c, signInPage({ wrong: given !== undefined, target: cleanTarget(c) }), 401);
  };
}

/** Sets the cookie. The page then loads itself without the token, which is thus not in the browser's history. */
function signIn(c: Context, { cookie }: Token): Response {
  setCookie(c, cookie.name, cookie.value, { path: "/", httpOnly: true, sameSite: "Strict" });
  return page(c, reloadPage(cleanTarget(c)), 200);
}

function page(c: Context, html: string, status: 200 | 401): Response {
  return c.html(html, status, { "cache-control": "no-store", "content-security-policy": PAGE_POLICY });
}

/** The address of the request without the token. */
function cleanTarget(c: Context): URL {
  const target = new URL(c.req.url);
  target.searchParams.delete("token");
  // A path that begins with two slashes would be read as the name of another host.
  target.pathname = target.pathname.replace(/^\/+/, "/");
  return target;
}
