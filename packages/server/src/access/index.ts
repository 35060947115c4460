export { type Accounts, type ApiToken, isAccountName, NOBODY, type Person, type Role, ROLES } from "./accounts.ts";
export type { AuditEntry } from "./audit.ts";
export type { LoginHeader } from "./login-header.ts";
export { hashPassword, PASSWORD_LENGTH } from "./password.ts";
