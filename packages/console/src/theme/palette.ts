/** Colours a canvas needs; the same ones the style sheet has as custom properties. */
export interface Palette {
  readonly surface: string;
  readonly muted: string;
  readonly line: string;
  readonly grid: string;
  readonly gap: string;
  readonly font: string;
  /**
   * Hues of groups, in the order they are given out. Distinguishable with any common colour vision (after Okabe and
   * Ito).
   */
  readonly series: readonly string[];
  readonly others: string;
}

const FONT = 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

export const PALETTES: Readonly<Record<"light" | "dark", Palette>> = {
  light: {
    surface: "#ffffff",
    muted: "#5b6472",
    line: "#cfd5dd",
    grid: "#e9ecf1",
    gap: "rgba(91, 100, 114, 0.07)",
    font: FONT,
    series: ["#2b6fb8", "#e39a1f", "#12976f", "#c46a9c", "#63b3e6", "#d2601a", "#8a8f1e"],
    others: "#a9b1bd",
  },
  dark: {
    surface: "#161b22",
    muted: "#97a1b0",
    line: "#333c49",
    grid: "#232a34",
    gap: "rgba(151, 161, 176, 0.07)",
    font: FONT,
    series: ["#4a94e0", "#e8ab42", "#2bb389", "#d987b3", "#86cbf4", "#ea7b3c", "#b9be4a"],
    others: "#66707f",
  },
};
