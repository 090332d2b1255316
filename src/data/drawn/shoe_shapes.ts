/** The outlines of a drawn shoe, from its design. Side view, toe to the left. */
import { band, bend, box } from './garment_outlines.js';
import { type Brand, GROUND, type Ink, type ShoeDesign } from './shoe_design.js';

/** An area of one colour, painted where the upper is too, or by itself. */
export interface ShoeLayer {
  readonly outlines: readonly (readonly number[])[];
  readonly ink: Ink;
  readonly clip: 'upper' | 'none';
}

/** From the heel to the ball, along the upper's lower edge; `drop` lies below it. */
function underside({ sole, heel }: ShoeDesign, drop: number): number[] {
  const base = GROUND - sole + drop;
  return bend(0.88, base - heel, 0.3, base - heel * 0.2, -0.35, base);
}

/** Over the toe, up the instep, across the opening, down the back, along the sole. */
export function upperOutline(d: ShoeDesign): number[] {
  const base = GROUND - d.sole;
  const toeY = base - d.toe;
  const front = bend(-0.95, base - 0.02, -0.95 + 0.1 * (1 - d.toeRound), base - d.toe * d.toeRound, -0.55, toeY);
  const instep = bend(-0.5, toeY - 0.02, (d.openX - 0.5) / 2, (toeY + d.openY) / 2 + d.instepDip, d.openX, d.openY);
  const collar = bend(d.openX, d.openY, (d.openX + 0.78) / 2, Math.max(d.openY, d.backY) + d.collarDip, 0.78, d.backY);
  const back = bend(0.78, d.backY, 0.76, (d.backY + base - d.heel) / 2, 0.88, base - d.heel);
  const top = d.openX < -0.3 ? [] : instep; // low-cut: the opening begins at the toe
  return [...front, ...top, ...collar, ...back, ...underside(d, 0), -0.9, base];
}

function soleOutline(d: ShoeDesign): number[] {
  const base = GROUND - d.sole;
  const above = underside(d, 0);
  const below = underside(d, d.sole);
  const flare = d.sole > 0.11 ? 0.05 : 0;
  const toe = [-0.92 - flare, base - 0.05, -0.97 - flare, base + d.sole * 0.3, -0.88, GROUND];
  const back = [0.9 + flare, GROUND - d.sole - d.heel - 0.02, 0.88 + flare, GROUND - d.heel];
  const forth: number[] = []; // the upper edge from toe to heel
  for (let i = above.length - 2; i >= 0; i -= 2) forth.push(above[i], above[i + 1]);
  return [...toe.slice(0, 2), ...forth, ...back, ...below, toe[4], toe[5], toe[2], toe[3]];
}

function heelOutline(d: ShoeDesign): number[] {
  const top = GROUND - d.heel - 0.5 * d.sole;
  if (d.isWedge)
    return [
      0.9,
      top,
      0.88,
      GROUND,
      -0.3,
      GROUND,
      ...bend(-0.3, GROUND - 0.02, 0.3, GROUND - d.heel * 0.2 - 0.02, 0.85, top),
    ];
  return [0.9 - d.heelWidths[0], top + 0.04, 0.9, top, 0.88, GROUND, 0.88 - d.heelWidths[1], GROUND];
}

/** The brand's sign around (x, y). */
function markOutlines({ mark, count, slant, size }: Brand, x: number, y: number): number[][] {
  const each = (make: (i: number) => number[]): number[][] =>
    Array.from({ length: count }, (_, i) => make(i - (count - 1) / 2));
  switch (mark) {
    case 'bars':
      return each((i) => band(x + 0.15 * i + slant * 0.3, y - 0.3, x + 0.15 * i - slant * 0.3, y + 0.3, 0.035));
    case 'chevrons':
      return each((i) => [
        ...band(x + 0.15 * i, y - size, x + 0.15 * i + size, y, 0.035),
        ...band(x + 0.15 * i + size, y, x + 0.15 * i, y + size, 0.035),
      ]);
    case 'swoosh':
      return [
        [
          ...bend(x - 2 * size, y - 0.04, x - 0.5 * size, y + size * 1.8, x + 2.4 * size, y - size),
          ...bend(x + 2.4 * size, y - size, x - 0.3 * size, y + size * 0.8, x - 2 * size, y - 0.04),
        ],
      ];
    case 'disc':
      return [
        [
          ...bend(x - size, y, x - size, y - size, x, y - size),
          ...bend(x, y - size, x + size, y - size, x + size, y),
          ...bend(x + size, y, x + size, y + size, x, y + size),
          ...bend(x, y + size, x - size, y + size, x - size, y),
        ],
      ];
    case 'diamond':
      return each((i) => [
        x + 0.2 * i - size * 0.7,
        y,
        x + 0.2 * i,
        y - size,
        x + 0.2 * i + size * 0.7,
        y,
        x + 0.2 * i,
        y + size,
      ]);
    case 'cross':
      return [
        box(x - size * 1.2, y - 0.045, x + size * 1.2, y + 0.045),
        box(x - 0.045, y - size * 1.2, x + 0.045, y - 0.045),
        box(x - 0.045, y + 0.045, x + 0.045, y + size * 1.2),
      ];
    case 'band':
      return each((i) => box(-1, y + 0.13 * i - 0.035, 1, y + 0.13 * i + 0.035));
    case 'zigzag':
      return Array.from({ length: 2 + count }, (_, i) =>
        band(
          x - 0.3 + 0.16 * i,
          y + (i % 2 === 0 ? size : -size) * 0.7,
          x - 0.14 + 0.16 * i,
          y + (i % 2 === 0 ? -size : size) * 0.7,
          0.035,
        ),
      );
  }
}

/** Where the upper is neither toe nor collar: the middle of its side. */
function sideOf(d: ShoeDesign): { readonly x: number; readonly y: number } {
  const base = GROUND - d.sole - d.heel * 0.4;
  const height = Math.min(0.62, base - d.backY);
  return { x: d.brand.x, y: base - height * 0.45 + d.brand.y };
}

function laces(d: ShoeDesign): number[][] {
  const toeY = GROUND - d.sole - d.toe;
  return Array.from({ length: d.laces }, (_, i) => {
    const t = (i + 0.6) / (d.laces + 0.2);
    const [x, y] = [-0.45 + (d.openX + 0.45) * t, toeY + (d.openY - toeY) * t];
    return band(x - 0.03, y + 0.02, x + 0.16, y + 0.14, 0.028);
  });
}

/** Straps across the foot of a sandal: what is seen of the upper. One is broad and bears the mark. */
function straps(d: ShoeDesign): number[][] {
  const base = GROUND - d.sole;
  const { x } = sideOf(d);
  const across = Array.from({ length: d.straps }, (_, i) => {
    const x = -0.72 + (1.05 * i) / d.straps;
    return band(x, base + 0.05, x + 0.3, base - 1.1, 0.05 + 0.02 * (d.straps % 3));
  });
  return [
    ...across,
    band(x - 0.05, base + 0.05, x + 0.1, base - 1.1, d.brand.size + 0.05),
    band(0.3, d.backY + 0.12, 1, d.backY + 0.12, 0.05),
    band(0.8, d.backY, 0.86, base, 0.07),
  ];
}

/** The layers of a shoe, the first at the back. */
export function shoeLayers(d: ShoeDesign): ShoeLayer[] {
  const { colours, panels, brand } = d;
  const own = (ink: Ink, ...outlines: readonly number[][]): ShoeLayer => ({ outlines, ink, clip: 'none' });
  const inside = (ink: Ink, ...outlines: readonly number[][]): ShoeLayer => ({ outlines, ink, clip: 'upper' });
  const { x, y } = sideOf(d);
  const base = GROUND - d.sole;
  const mark = markOutlines(brand, x, y).map((outline) => inside(colours.mark, outline));
  return [
    // its shadow on the ground
    own([0.72, 0.72, 0.74], [...bend(-0.95, GROUND + 0.01, 0, GROUND + 0.09, 0.95, GROUND + 0.01)]),
    ...(d.heel > 0.05 ? [own(d.isWedge ? colours.sole : colours.panel, heelOutline(d))] : []),
    ...(d.kind === 'sandal'
      ? [...straps(d).map((outline) => inside(colours.upper, outline)), ...mark]
      : [
          inside(colours.upper, box(-2, -2, 2, 2)),
          ...(panels.low ? [inside(colours.panel, box(-1, base - 0.13 - d.heel * 0.2, 1, 1))] : []),
          ...(panels.toe ? [inside(colours.panel, [-1, 1, -1, -1, -0.66, -1, -0.5, 1])] : []),
          ...(panels.heel ? [inside(colours.panel, [1, 1, 1, d.backY - 0.1, 0.62, d.backY - 0.1, 0.48, 1])] : []),
          ...mark,
          ...laces(d).map((outline) => own(colours.lace, outline)),
        ]),
    own(colours.sole, soleOutline(d)),
    ...(brand.hasPiping && d.sole > 0.08
      ? [own(colours.mark, band(-0.9, GROUND - d.sole * 0.45, 0.86, GROUND - d.sole * 0.45 - d.heel, d.sole * 0.1))]
      : []),
  ];
}
