import { catalogue } from "./catalogue.ts";

/** Who reads, what they may do, and the way out. */
export const account = catalogue({
  en: {
    signOut: "Sign out",
    signedIn: (name: string, role: string) => `Signed in as ${name} (${role})`,
    needsRole: (role: string, own: string) => `This needs the role ${role}; yours is ${own}.`,
  },
  ja: {
    signOut: "サインアウト",
    signedIn: (name: string, role: string) => `${name} としてサインイン中 (${role})`,
    needsRole: (role: string, own: string) => `${role} の役割が必要です (現在の役割は ${own})。`,
  },
});
