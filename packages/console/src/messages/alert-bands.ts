import { catalogue } from "./catalogue.ts";

/** Alerts in charts over time. */
export const alertBands = catalogue({
  en: {
    alert: (names: string) => `Alert: ${names}`,
    more: (names: string, more: number) => `${names} and ${more} more`,
  },
  ja: {
    alert: (names: string) => `アラート: ${names}`,
    more: (names: string, more: number) => `${names} ほか ${more} 件`,
  },
});
