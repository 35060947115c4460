import { StoreError } from "../errors.ts";
import { QUERY_WAS_CANCELLED, type SqlError } from "./sql-client.ts";

/** ClickHouse's numbers of the errors that a user can do something about. */
const TIMEOUT_EXCEEDED = 159;
const MEMORY_LIMIT_EXCEEDED = 241;

/** The error of a failed query as the user sees it. */
export function queryError(error: SqlError, queryTimeoutMs: number): Error {
  switch (error.clickhouseCode) {
    case TIMEOUT_EXCEEDED:
      return new StoreError(
        "query-timeout",
        `query: took longer than ${queryTimeoutMs / 1000} s; shorten the range or narrow the filter`,
        { cause: error },
      );
    case MEMORY_LIMIT_EXCEEDED:
      return new StoreError(
        "query-memory",
        "query: needs more memory than it may use; shorten the range or group by fewer dimensions",
        { cause: error },
      );
    case QUERY_WAS_CANCELLED:
      return new StoreError("query-cancelled", "query: cancelled by its caller, or the store is closing", {
        cause: error,
      });
    default:
      return error;
  }
}
