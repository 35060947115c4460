import type { SqlError } from "../clickhouse/sql-client.ts";

/**
 * ClickHouse's number in the text of an error: `Code: 159. DB::Exception: …`, older `Code: 159, e.displayText() = …`.
 */
const NUMBER = /\bCode: (\d{1,5})[.,]/;
/** Longest message that is kept: a proxy may answer with a page. */
const MESSAGE_MAX = 2000;

/** Failures of a connection before anything of a request was sent. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN"],
  ...["CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN"],
  ...["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "ERR_TLS_CERT_ALTNAME_INVALID"],
]);

/** An error of the client as one of ClickHouse; without a number if the server did not answer. */
export function sqlErrorOf(cause: unknown): SqlError {
  const { message = String(cause), code } = cause as { message?: string; code?: string };
  const own = typeof code === "string" && /^\d+$/.test(code) ? code : NUMBER.exec(message)?.[1];
  const error: SqlError = new Error(reasonOf(cause).slice(0, MESSAGE_MAX), { cause });
  return own === undefined ? error : Object.assign(error, { clickhouseCode: Number(own) });
}

/** Whether a request cannot have reached the server. */
export function isNeverSent(cause: unknown): boolean {
  return causes(cause).some(({ code }) => code !== undefined && NEVER_SENT.has(code));
}

/** What went wrong, also where a connection was tried at several addresses. */
function reasonOf(cause: unknown): string {
  const { message } = cause as Error;
  if (message) return message;
  return causes(cause).find((each) => each.message)?.message ?? String(cause);
}

function causes(cause: unknown): readonly { readonly code?: string; readonly message?: string }[] {
  const { code, message, errors = [] } = cause as { code?: string; message?: string; errors?: Error[] };
  return [{ ...(code === undefined ? {} : { code }), ...(message === undefined ? {} : { message }) }, ...errors];
}
