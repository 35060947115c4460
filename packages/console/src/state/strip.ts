/** Whether the strip of the pipeline last had a loss to show. */
const STRIP_KEY = "ngflow-strip-unfolds";

export function stripUnfolds(): boolean {
  return localStorage.getItem(STRIP_KEY) === "1";
}

export function keepStripUnfolds(does: boolean): void {
  if (does !== stripUnfolds()) localStorage.setItem(STRIP_KEY, does ? "1" : "0");
}
