/** Whether a path answers with data; any other path is a page or a file of the console. */
export function isData(path: string): boolean {
  return path.startsWith("/api/") || path === "/metrics";
}

/** Where passwords are sent to. */
export const LOGIN_PATH = "/login";
/** Where a session is ended. */
export const LOGOUT_PATH = "/logout";

/** Whether a path is there for readers who are not known yet. */
export function isSignIn(path: string): boolean {
  return path === LOGIN_PATH || path === LOGOUT_PATH;
}
