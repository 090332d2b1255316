/**
 * Puts labels beside points so that they cover neither each other, nor points, nor a line: greedy, the nearest free
 * place wins.
 */

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface PlacedLabel extends Spot {
  /** Left end, middle of the height: x, y. */
  readonly text: string;
  readonly size: number;
  /** Width of the text, by the mean advance of the font: a label left of its point is best drawn from its right end. */
  readonly width: number;
  /** So far from its point that a line should join them, between `from` (the point) and `to`. */
  readonly isFar: boolean;
  readonly from: Spot;
  readonly to: Spot;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const FONT_SIZE = 9;
/** Mean advance of the chart font, in em. */
const EM = 0.64;
const GAP = 7;
/** Half the side of the square that a point covers. */
const POINT = 5;

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** Points along a line, as small boxes. */
function boxesAlong(line: readonly Spot[]): Box[] {
  return line.slice(1).flatMap((b, i) => {
    const a = line[i];
    const steps = Math.ceil(Math.hypot(b.x - a.x, b.y - a.y) / 4) || 1;
    return Array.from({ length: steps + 1 }, (_, s) => {
      const [x, y] = [a.x + ((b.x - a.x) * s) / steps, a.y + ((b.y - a.y) * s) / steps];
      return { left: x - 1, right: x + 1, top: y - 1, bottom: y + 1 };
    });
  });
}

/** A label for each point, in the same order; all within the area. */
export function placeLabels(
  points: readonly (Spot & { readonly text: string })[],
  area: { readonly width: number; readonly height: number },
  line: readonly Spot[],
): PlacedLabel[] {
  const taken: Box[] = [
    ...points.map((p) => ({ left: p.x - POINT, right: p.x + POINT, top: p.y - POINT, bottom: p.y + POINT })),
    ...boxesAlong(line),
  ];
  const boxAt = (x: number, y: number, width: number): Box => ({
    left: x,
    right: x + width,
    top: y - FONT_SIZE * 0.65,
    bottom: y + FONT_SIZE * 0.65,
  });
  return points.map((p) => {
    const width = EM * FONT_SIZE * p.text.length;
    const clamp = (x: number): number => Math.max(2, Math.min(area.width - width - 2, x));
    let best: { x: number; y: number; cost: number } | null = null;
    for (let ring = 0; ring < 30; ring++) {
      const dy = ring * 6;
      for (const y of ring === 0 ? [p.y] : [p.y + dy, p.y - dy]) {
        for (const x of [p.x + GAP, p.x - GAP - width, p.x - width / 2].map(clamp)) {
          const box = boxAt(x, y, width);
          if (box.top < 2 || box.bottom > area.height - 2 || taken.some((t) => overlap(box, t))) continue;
          const cost = dy + (x < p.x - GAP ? 1 : 0);
          if (best === null || cost < best.cost) best = { x, y, cost };
        }
      }
      if (best !== null) break;
    }
    const { x, y } = best ?? { x: clamp(p.x + GAP), y: p.y };
    taken.push(boxAt(x, y, width));
    const to = { x: Math.max(x - 2, Math.min(x + width + 2, p.x)), y: y + Math.sign(p.y - y) * FONT_SIZE * 0.6 };
    return { text: p.text, size: FONT_SIZE, width, x, y, isFar: Math.abs(y - p.y) > 12, from: { x: p.x, y: p.y }, to };
  });
}
