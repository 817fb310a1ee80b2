export type Point = readonly [x: number, y: number];

/** A path along horizontal and vertical lines with round corners. */
export function pathOf(points: readonly Point[], radius = 7): string {
  let d = `M${points[0]}`;
  for (let i = 1; i < points.length; i++) {
    const [x, y] = points[i] as Point;
    const [px, py] = points[i - 1] as Point;
    const next = points[i + 1];
    if (next === undefined) {
      d += `L${x} ${y}`;
      continue;
    }
    const [nx, ny] = next;
    const k = Math.min(radius, Math.hypot(x - px, y - py) / 2, Math.hypot(nx - x, ny - y) / 2);
    const before = [x - Math.sign(x - px) * k, y - Math.sign(y - py) * k];
    const after = [x + Math.sign(nx - x) * k, y + Math.sign(ny - y) * k];
    d += `L${before}Q${x} ${y} ${after}`;
  }
  return d;
}
