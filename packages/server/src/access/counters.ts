/** Requests that were refused because of who sent them. */
export interface AccessCounters {
  /** The Host header is not a name of this machine. */
  forbiddenHosts: number;
  /** A page of another site sent the request. */
  foreignOrigins: number;
  /** Nothing in the request says who sent it, or what does is wrong. */
  unauthorized: number;
  /** The name or the password is wrong. */
  signInsRefused: number;
  /** Too many passwords were tried, by one address or by all. */
  signInsSlowed: number;
}

export function noAccessCounted(): AccessCounters {
  return { forbiddenHosts: 0, foreignOrigins: 0, unauthorized: 0, signInsRefused: 0, signInsSlowed: 0 };
}
