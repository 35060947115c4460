import { catalogue } from "./catalogue.ts";

/** Who reads, and the way out. */
export const account = catalogue({
  en: { signOut: "Sign out", signedIn: (name: string, role: string) => `Signed in as ${name} (${role})` },
  ja: { signOut: "サインアウト", signedIn: (name: string, role: string) => `${name} としてサインイン中 (${role})` },
});
