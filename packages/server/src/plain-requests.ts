import type { Context, MiddlewareHandler } from "hono";
import { isSignIn } from "./access/paths.ts";
import { ApiError } from "./errors.ts";
import { EXPLAIN_BODY_MAX } from "./explain/explain.ts";
import { EXPLAIN_PATH } from "./routes/explain.ts";
import { changesAlerts } from "./routes/change-alerts.ts";
import { bringsSets, SETS_BODY_MAX } from "./routes/filter-sets.ts";
import { isSaving } from "./routes/saved.ts";
import { SELF_TEST_PATH } from "./routes/self-test.ts";
import { SAVED_BODY_MAX } from "./saved/saved.ts";

/** Bytes of a form, at most. */
const MOST_FORM_BYTES = 8192;

/** A body is short enough and says that it is JSON. @throws ApiError `body-refused` */
function checkJsonBody(c: Context, mostBytes: number): void {
  const length = Number(c.req.header("content-length") ?? Number.NaN);
  const isJson = /^application\/json(?:\s*;|$)/i.test(c.req.header("content-type") ?? "");
  if (isJson && length <= mostBytes) return;
  c.header("connection", "close");
  throw new ApiError(
    "body-refused",
    `a body sent here is application/json with a Content-Length of at most ${mostBytes} bytes`,
  );
}

/**
 * Refuses what no request here needs: methods other than GET (HEAD, for pages and metrics), and bodies. What is saved
 * is sent with PUT and removed with DELETE; so are rules of alerts. Scripts to explain, silences of alerts, and the
 * forms of signing in, are posted, and so are questions with texts of files, and the wish for a self-test, which has no
 * body.
 */
export const plainRequests: MiddlewareHandler = async (c, next) => {
  const { method } = c.req.raw;
  const length = c.req.header("content-length");
  const hasBody = c.req.header("transfer-encoding") !== undefined || (length !== undefined && length !== "0");
  const saves = isSaving(method, c.req.path);
  const signsIn = method === "POST" && isSignIn(c.req.path);
  const tests = method === "POST" && c.req.path === SELF_TEST_PATH;
  const changes = changesAlerts(method, c.req.path);
  const asks = bringsSets(method, c.req.path);
  const explains = method === "POST" && c.req.path === EXPLAIN_PATH;
  if ((saves && method === "PUT") || changes === "body") checkJsonBody(c, SAVED_BODY_MAX);
  else if (explains) checkJsonBody(c, EXPLAIN_BODY_MAX);
  else if (asks) checkJsonBody(c, SETS_BODY_MAX);
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
  if (
    !saves &&
    changes === null &&
    !signsIn &&
    !explains &&
    !asks &&
    !tests &&
    method !== "GET" &&
    (method !== "HEAD" || c.req.path.startsWith("/api/"))
  ) {
    c.header("allow", "GET");
    throw new ApiError("method-not-allowed", `${method} is not allowed; use GET`);
  }
  await next();
};
