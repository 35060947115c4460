import { errorClass, type ErrorTable, NgflowError } from "@ngflow/base";
import { FilterError } from "@ngflow/flows";

/** The errors of a server that does not start. */
export const SERVER_ERRORS = {
  "http-address-in-use": {
    exit: "os",
    meaning: "The console's address is in use by another process. Choose another with `--http`.",
  },
  "http-address-denied": { exit: "os", meaning: "This user may not listen on the console's port." },
  "http-open": {
    exit: "config",
    meaning: "The console would be open to other machines. Add a user or a token, or say that this is wanted.",
  },
  "http-token": { exit: "config", meaning: "The token of the console is too short or has unsuitable characters." },
  "login-from": { exit: "config", meaning: "What `--login-from` names is no address or prefix." },
  "http-certificate": { exit: "config", meaning: "The certificate or key of the console cannot be read or used." },
  "http-listen-failed": { exit: "os", meaning: "The server cannot listen on the console's address." },
} as const satisfies ErrorTable;

export class ServerError extends errorClass(SERVER_ERRORS) {}

/** The errors that the API answers with. A command that asks a daemon through the API ends with their code, too. */
export const API_ERRORS = {
  "bad-request": { status: 400, meaning: "A parameter of the request is not valid. The message names it." },
  "bad-filter": { status: 400, meaning: "The filter does not parse. `position` is the offset of the error." },
  "bad-time": { status: 400, meaning: "A time, a duration or the width of a bin is not valid." },
  "bad-sql": { status: 400, meaning: "SQL that does not parse, or that would do more than read the store's tables." },
  "answer-too-large": {
    status: 400,
    meaning: "The answer would have too many bins or rows. The message gives a step that fits.",
  },
  unauthorized: {
    status: 401,
    meaning: "Nobody is signed in. Sign in, or send a token as `Authorization: Bearer TOKEN`.",
  },
  forbidden: { status: 403, meaning: "The role of the reader is not enough for this." },
  "foreign-origin": { status: 403, meaning: "A page of another site sent the request." },
  "forbidden-host": { status: 403, meaning: "The request names a host that this server does not serve." },
  "not-found": { status: 404, meaning: "The path does not exist, or this server has no access to what it names." },
  "method-not-allowed": {
    status: 405,
    meaning:
      "The method is not GET. Only what is saved and alerts take PUT and DELETE; scripts, the self-test and alerts POST.",
  },
  "client-gone": { status: 408, meaning: "The client disconnected before its query ran." },
  "saved-full": { status: 409, meaning: "No more pages, filters, rules or silences can be saved. Remove one." },
  "saved-conflict": {
    status: 412,
    meaning: "What is saved under the name is not what the writer has read. Nothing was changed. Read it again.",
  },
  "body-refused": {
    status: 413,
    meaning:
      "The request has a body that is not wanted, too long, or not JSON. Only what is saved, scripts, silences and files of filters have one.",
  },
  "request-too-long": {
    status: 431,
    meaning: "Address and headers have more than 64 KiB. Send long lists of values in the body of a POST.",
  },
  "query-memory": {
    status: 422,
    meaning: "The query needs more memory than it may use. Shorten the range or group by fewer dimensions.",
  },
  "query-timeout": { status: 422, meaning: "The query took too long. Shorten the range or group by fewer dimensions." },
  "explain-failed": {
    status: 422,
    meaning: "The script cannot be tried: it is too long, or takes too much time or memory. The message says which.",
  },
  "condition-missing": {
    status: 428,
    meaning: "A request that saves names what it replaces: `If-Match` with the version, or `If-None-Match: *`.",
  },
  "too-many-queries": { status: 429, meaning: "Too many queries are waiting or running. Try again after a second." },
  internal: { status: 500, meaning: "The server failed. The log has the error." },
  "store-failed": { status: 502, meaning: "The store did not answer the query. The message is that of the store." },
  "server-busy": { status: 503, meaning: "Too many requests are being answered. Try again after a second." },
  "too-many-event-clients": { status: 503, meaning: "Too many event streams are open. Close one." },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly meaning: string }>>;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** An error for the caller of the API: its HTTP status follows from its code. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  /** Offset into the filter text, in characters from 0, when the filter is at fault. */
  readonly position: number | null;

  constructor(code: ApiErrorCode, message: string, position: number | null = null) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.position = position;
  }

  get status(): (typeof API_ERRORS)[ApiErrorCode]["status"] {
    return API_ERRORS[this.code].status;
  }

  /** Body of the answer. */
  toJson(): ErrorBody {
    const error = { code: this.code as string, message: this.message };
    return { error: this.position === null ? error : { ...error, position: this.position } };
  }
}

/** Every answer that is not a success has this body. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly position?: number };
}

/** The API error for a failed query: what the caller can change is its error, any other is the store's. */
export function fromReaderError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof NgflowError && Object.hasOwn(API_ERRORS, error.code)) {
    const position = error instanceof FilterError ? error.position : null;
    return new ApiError(error.code as ApiErrorCode, error.message, position);
  }
  return new ApiError("store-failed", error instanceof Error ? error.message : String(error));
}
