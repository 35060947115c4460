import { account as t } from "../messages/account.ts";
import { api } from "./api.ts";

/** Smallest first. */
const ROLES = ["viewer", "operator", "admin"] as const;
type Role = (typeof ROLES)[number];

/** Who reads this page, and what they may change. */
class Session {
  /** Name and role of somebody who has signed in here. */
  person = $state.raw<{ readonly name: string; readonly role: Role } | null>(null);
  /** Until it is known, nothing is held back: the server decides anyway. */
  #role = $state<Role>("admin");

  constructor() {
    // After the first questions of the charts, which are waited for.
    setTimeout(() => {
      void api
        .get("/session")
        .then(({ name, role, by }) => {
          this.#role = role;
          this.person = by === "session" && name !== null ? { name, role } : null;
        })
        .catch(() => {});
    });
  }

  may(role: Role): boolean {
    return ROLES.indexOf(this.#role) >= ROLES.indexOf(role);
  }

  /** Why something cannot be pressed; undefined where it can. */
  refusal(role: Role): string | undefined {
    return this.may(role) ? undefined : t.needsRole(role, this.#role);
  }
}

export const session = new Session();
