import type { MiddlewareHandler } from "hono";
import { isSignIn } from "./access/paths.ts";
import { ApiError } from "./errors.ts";
import { checkSavedBody, isSaving } from "./routes/saved.ts";

/** Bytes of a form, at most. */
const MOST_FORM_BYTES = 8192;

/**
 * Refuses what no request here needs: methods other than GET (HEAD, for pages and metrics), and bodies. Only what is
 * saved is sent with PUT and removed with DELETE. The forms of signing in are posted.
 */
export const plainRequests: MiddlewareHandler = async (c, next) => {
  const { method } = c.req.raw;
  const length = c.req.header("content-length");
  const hasBody = c.req.header("transfer-encoding") !== undefined || (length !== undefined && length !== "0");
  const saves = isSaving(method, c.req.path);
  const signsIn = method === "POST" && isSignIn(c.req.path);
  if (saves && method === "PUT") checkSavedBody(c);
  else if (signsIn ? !(Number(length) <= MOST_FORM_BYTES) : hasBody) {
    c.header("connection", "close");
    throw new ApiError(
      "body-refused",
      signsIn
        ? `a form sent here says its length, of at most ${MOST_FORM_BYTES} bytes`
        : "a request to this server has no body; send the parameters in the address",
    );
  }
  // An answer to HEAD would be computed and thrown away.
  if (!saves && !signsIn && method !== "GET" && (method !== "HEAD" || c.req.path.startsWith("/api/"))) {
    c.header("allow", "GET");
    throw new ApiError("method-not-allowed", `${method} is not allowed; use GET`);
  }
  await next();
};
