import type { MiddlewareHandler } from "hono";
import { ApiError } from "./errors.ts";
import { checkSavedBody, isSaving } from "./routes/saved.ts";

/**
 * Refuses what no request here needs: methods other than GET (HEAD, for pages and metrics), and bodies. Only what is
 * saved is sent with PUT and removed with DELETE.
 */
export const plainRequests: MiddlewareHandler = async (c, next) => {
  const { method } = c.req.raw;
  const length = c.req.header("content-length");
  const hasBody = c.req.header("transfer-encoding") !== undefined || (length !== undefined && length !== "0");
  const saves = isSaving(method, c.req.path);
  if (saves && method === "PUT") checkSavedBody(c);
  else if (hasBody) {
    c.header("connection", "close");
    throw new ApiError("body-refused", "a request to this server has no body; send the parameters in the address");
  }
  // An answer to HEAD would be computed and thrown away.
  if (!saves && method !== "GET" && (method !== "HEAD" || c.req.path.startsWith("/api/"))) {
    c.header("allow", "GET");
    throw new ApiError("method-not-allowed", `${method} is not allowed; use GET`);
  }
  await next();
};
