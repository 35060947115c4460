import type { MiddlewareHandler } from "hono";
import { ApiError } from "../errors.ts";
import type { AccessCounters } from "./counters.ts";
import { isData } from "./paths.ts";

/** Values of Sec-Fetch-Site with which a browser marks a request that another site caused. */
const FOREIGN_SITES: ReadonlySet<string> = new Set(["cross-site", "same-site"]);

/**
 * Refuses requests that a page of another site makes a browser send: it could not read the answers, but it could keep
 * the store busy. Browsers mark them with Sec-Fetch-Site or Origin; other programs send neither. A link on another site
 * may open a page of the console.
 */
export function checkOrigin(counters: AccessCounters): MiddlewareHandler {
  return async (c, next) => {
    const site = c.req.header("sec-fetch-site");
    const foreign =
      (site !== undefined && FOREIGN_SITES.has(site) && !opensPage(c.req.path, (name) => c.req.header(name))) ||
      !isOwnOrigin(c.req.header("origin"), c.req.header("host"));
    if (foreign) {
      counters.foreignOrigins++;
      throw new ApiError("foreign-origin", "pages of other sites may not use this server; open the console itself");
    }
    await next();
  };
}

function opensPage(path: string, header: (name: string) => string | undefined): boolean {
  return !isData(path) && header("sec-fetch-mode") === "navigate" && header("sec-fetch-dest") === "document";
}

function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
