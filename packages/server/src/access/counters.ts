/** Requests that were refused because of who sent them. */
export interface AccessCounters {
  /** The Host header is not a name of this machine. */
  forbiddenHosts: number;
  /** A page of another site sent the request. */
  foreignOrigins: number;
  /** The token is missing or wrong. */
  unauthorized: number;
}
