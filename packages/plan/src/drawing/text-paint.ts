/** How the parts of a drawing are emphasised; plain text comes out if all return what they get. */
export interface TextPaint {
  /** What flows. */
  good(text: string): string;
  /** What is cut. */
  bad(text: string): string;
  /** What the step made or changed. */
  fresh(text: string): string;
}
