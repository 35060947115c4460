export type Point = readonly [number, number];

/** The place and direction (unit vector) at a fraction of a piecewise cubic Bézier curve, pieces weighed alike. */
export function alongCurve(points: readonly Point[], fraction: number): { at: Point; direction: Point } {
  const pieces = Math.max(1, Math.floor((points.length - 1) / 3));
  const piece = Math.min(pieces - 1, Math.floor(fraction * pieces));
  const t = fraction * pieces - piece;
  const [a, b, c, d] = points.slice(piece * 3, piece * 3 + 4) as [Point, Point, Point, Point];
  const u = 1 - t;
  const mix = (axis: 0 | 1): number =>
    u * u * u * a[axis] + 3 * u * u * t * b[axis] + 3 * u * t * t * c[axis] + t * t * t * d[axis];
  const slope = (axis: 0 | 1): number =>
    3 * u * u * (b[axis] - a[axis]) + 6 * u * t * (c[axis] - b[axis]) + 3 * t * t * (d[axis] - c[axis]);
  const [dx, dy] = [slope(0), slope(1)];
  const length = Math.hypot(dx, dy) || 1;
  return { at: [mix(0), mix(1)], direction: [dx / length, dy / length] };
}
