import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of `ngflow user` and `ngflow token`. */
export const ACCOUNT_ERRORS = {
  "account-exists": { exit: "cannotCreate", meaning: "There is a user or token of this name already." },
  "account-name": { exit: "usage", meaning: "A name has 1 to 64 letters, digits, and . _ - @ characters." },
  "account-password": {
    exit: "data",
    meaning: "The password is too short or too long, or was typed differently twice.",
  },
  "account-unknown": { exit: "noInput", meaning: "There is no user or token of this name." },
  "accounts-busy": { exit: "os", meaning: "Another command changes the accounts. Try again." },
  "accounts-damaged": {
    exit: "data",
    meaning: "The file of the accounts cannot be read. Until it is mended or removed, nobody can sign in.",
  },
} as const satisfies ErrorTable;

export class AccountError extends errorClass(ACCOUNT_ERRORS) {}
