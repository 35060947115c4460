import type { Context } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import type { App } from "../context.ts";
import { withoutBase } from "../base-path.ts";
import { Attempts } from "./attempts.ts";
import { networkOf } from "./addresses.ts";
import type { AuditEntry } from "./audit.ts";
import { type CookieRules, formsOf, page } from "./check-reader.ts";
import type { AccessCounters } from "./counters.ts";
import { type Guard, remoteAddress } from "./guard.ts";
import { isPassword, NO_PASSWORD } from "./password.ts";
import { LOGIN_PATH, LOGOUT_PATH } from "./paths.ts";
import { sessionCookie, sessionCookieName, SESSION_MS } from "./session-cookie.ts";
import { type SignInFault, signInPage } from "./sign-in-page.ts";

/** Passwords that are tried at once or wait for it: each keeps 32 MiB and a processor busy for a tenth of a second. */
const MOST_TRIES = 8;

/** What signing in needs. */
export interface SignInParts {
  readonly guard: Guard;
  readonly cookies: CookieRules;
  readonly counters: AccessCounters;
  readonly audit: (entry: AuditEntry) => void;
  readonly nowMs: () => number;
}

/** `POST /login` with the fields `name`, `password` and `to`; `POST /logout`. Both answer with 303 to a page. */
export function registerSignIn(app: App, { guard, cookies, counters, audit, nowMs }: SignInParts): void {
  const attempts = new Attempts();
  let tries = 0;
  let turn: Promise<unknown> = Promise.resolve();

  /** One password at a time. */
  const tried = (password: string, hash: string): Promise<boolean> => {
    const result = turn.then(() => isPassword(password, hash));
    turn = result.catch(() => {});
    return result;
  };

  app.get(LOGIN_PATH, (c) => c.redirect(ownPath(c.req.query("to"), cookies.basePath), 303));

  app.post(LOGIN_PATH, async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const name = (form.get("name") ?? "").trim();
    const to = ownPath(form.get("to") ?? undefined, cookies.basePath);
    const address = remoteAddress(c) ?? "";
    const refuse = (fault: SignInFault, status: 401 | 429 | 503): Response =>
      page(
        c,
        signInPage({ ...formsOf(guard), fault, target: new URL(to, c.req.url), basePath: cookies.basePath }),
        status,
      );
    const waitMs = attempts.waitMs(networkOf(address), nowMs());
    if (waitMs > 0 || tries >= MOST_TRIES) {
      counters.signInsSlowed++;
      c.header("retry-after", String(Math.max(1, Math.ceil(waitMs / 1000))));
      return refuse("slow", waitMs > 0 ? 429 : 503);
    }
    attempts.begin(networkOf(address), nowMs());
    tries++;
    try {
      const { people } = guard.rules.accounts();
      const person = people.find((entry) => entry.name === name);
      const right = await tried(form.get("password") ?? "", person?.password ?? NO_PASSWORD);
      if (!right || person === undefined) {
        counters.signInsRefused++;
        audit({ who: name.slice(0, 64), address, did: "sign-in-refused" });
        return refuse("password", 401);
      }
      attempts.forget(networkOf(address));
      audit({ who: person.name, address, did: "sign-in" });
      const accounts = guard.rules.accounts();
      const value = sessionCookie(accounts, person, nowMs());
      const maxAge = SESSION_MS / 1000;
      const rules = { path: "/", httpOnly: true, sameSite: "Strict", secure: cookies.secure, maxAge } as const;
      setCookie(c, sessionCookieName(accounts), value, rules);
      return c.redirect(to, 303);
    } finally {
      tries--;
    }
  });

  app.post(LOGOUT_PATH, (c: Context) => {
    const accounts = guard.rules.accounts();
    deleteCookie(c, sessionCookieName(accounts), { path: "/", secure: cookies.secure });
    if (guard.rules.token !== null)
      deleteCookie(c, guard.rules.token.cookie.name, { path: "/", secure: cookies.secure });
    return c.redirect(`${cookies.basePath}/`, 303);
  });
}

/** A path of this server; any other text, and one that names another host, is the first page. */
function ownPath(text: string | undefined, basePath: string): string {
  const path = text !== undefined && /^\/(?![/\\])[^\s\\]{0,4095}$/.test(text) ? text : "/";
  return basePath + withoutBase(path, basePath);
}
