import { FilterError, FlowsError } from "@ngflow/flows";

/** Codes of the errors the API answers with, and their HTTP status. Errors of the flow reader keep their own code. */
export const API_ERRORS = {
  "bad-request": 400,
  "bad-filter": 400,
  "bad-time": 400,
  "forbidden-host": 403,
  "not-found": 404,
  "client-gone": 408,
  "too-many-queries": 429,
  internal: 500,
  "store-failed": 502,
  "too-many-event-clients": 503,
  stopping: 503,
  "query-timeout": 504,
} as const;

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

  get status(): (typeof API_ERRORS)[ApiErrorCode] {
    return API_ERRORS[this.code];
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

/** What a failing question or flow reader means to the caller: a fault in the words is theirs, the rest is the store's. */
export function fromReaderError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof FlowsError && Object.hasOwn(API_ERRORS, error.code)) {
    const position = error instanceof FilterError ? error.position : null;
    return new ApiError(error.code as ApiErrorCode, error.message, position);
  }
  return new ApiError("store-failed", error instanceof Error ? error.message : String(error));
}
