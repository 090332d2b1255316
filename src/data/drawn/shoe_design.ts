/**
 * What tells one drawn shoe from another: a brand's habits, and a model's shape and colours. All of it is drawn from a
 * seed.
 */
import { type HostRandom, hostRandom } from '../host_random.js';

/** Red, green, blue, 0 … 1. */
export type Ink = readonly [number, number, number];

export const SHOE_KINDS = [
  'sneaker',
  'high-top',
  'runner',
  'loafer',
  'ankle boot',
  'boot',
  'pump',
  'sandal',
  'flat',
] as const;
export type ShoeKind = (typeof SHOE_KINDS)[number];

export const MARKS = ['bars', 'chevrons', 'swoosh', 'disc', 'diamond', 'cross', 'band', 'zigzag'] as const;

/** A brand's sign and where it goes on the upper. */
export interface Brand {
  readonly mark: (typeof MARKS)[number];
  /** Bars, chevrons or teeth. */
  readonly count: number;
  /** How far bars lean, in x per y. */
  readonly slant: number;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  /** Of the wheel of colours, 0 … 1: many of its models have about this one. */
  readonly hue: number;
  /** A line along the sole. */
  readonly hasPiping: boolean;
}

/** Lengths are in drawing space: x from -1 (toe) to 1 (heel), y downwards, the ground at GROUND. */
export interface ShoeDesign {
  readonly kind: ShoeKind;
  readonly brand: Brand;
  readonly heel: number;
  /** Widths of the heel at its top and on the ground. */
  readonly heelWidths: readonly [number, number];
  readonly isWedge: boolean;
  readonly sole: number;
  readonly toe: number;
  /** 0 pointed, 1 boxy. */
  readonly toeRound: number;
  /** Where the opening begins at the front and how high it is there and at the back. */
  readonly openX: number;
  readonly openY: number;
  readonly backY: number;
  readonly instepDip: number;
  readonly collarDip: number;
  readonly laces: number;
  readonly straps: number;
  /** A part of another colour: at the toe, at the heel, both, or none. */
  readonly panels: { readonly toe: boolean; readonly heel: boolean; readonly low: boolean };
  readonly colours: {
    readonly upper: Ink;
    readonly panel: Ink;
    readonly sole: Ink;
    readonly mark: Ink;
    readonly lace: Ink;
  };
}

/** Where shoes stand. */
export const GROUND = 0.62;

// Keys of the random streams.
const BRAND = 3;
const MODEL = 4;

/**
 * Hue, saturation and value 0 … 1 as red, green and blue; sums and products only, which every platform rounds alike.
 */
export function colour(hue: number, saturation: number, value: number): Ink {
  const channel = (offset: number): number => {
    const k = (offset + 6 * hue) % 6;
    return value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1));
  };
  return [channel(5), channel(3), channel(1)];
}

function anyColour(r: HostRandom, hue: number): Ink {
  const kind = r.int(6);
  if (kind === 0) return colour(0, 0, r.uniform(0.06, 0.25)); // black
  if (kind === 1) return colour(0.1, r.uniform(0, 0.12), r.uniform(0.82, 0.98)); // white, cream
  if (kind === 2) return colour(r.uniform(0.05, 0.11), r.uniform(0.4, 0.75), r.uniform(0.25, 0.75)); // leather
  const own = r.chance(0.4) ? hue + r.uniform(-0.06, 0.06) + 1 : r.uniform();
  return colour(own % 1, r.uniform(0.45, 0.95), r.uniform(0.4, 0.95));
}

export function brandOf(seed: number, brand: number): Brand {
  const r = hostRandom(seed, BRAND, brand);
  return {
    // Consecutive brands differ in their mark whatever the seed; those with the same one differ in number, lean, place
    // and size.
    mark: MARKS[brand % MARKS.length],
    count: 1 + ((Math.floor(brand / MARKS.length) + r.int(2)) % 4),
    slant: r.uniform(-0.6, 0.6),
    x: r.uniform(-0.12, 0.4),
    y: r.uniform(-0.06, 0.06),
    size: r.uniform(0.12, 0.2),
    hue: r.uniform(),
    hasPiping: r.chance(0.5),
  };
}

/** Ranges of a kind: heel, sole, toe, openX, height of the opening above the sole at front and back. */
const RANGES: Readonly<Record<ShoeKind, readonly (readonly [number, number])[]>> = {
  sneaker: [
    [0, 0.02],
    [0.12, 0.2],
    [0.26, 0.36],
    [-0.05, 0.2],
    [0.62, 0.8],
    [0.62, 0.8],
  ],
  'high-top': [
    [0, 0.02],
    [0.12, 0.2],
    [0.28, 0.38],
    [0, 0.2],
    [1.0, 1.2],
    [1.0, 1.2],
  ],
  runner: [
    [0.02, 0.12],
    [0.14, 0.26],
    [0.2, 0.3],
    [0, 0.25],
    [0.58, 0.74],
    [0.62, 0.84],
  ],
  loafer: [
    [0.06, 0.12],
    [0.04, 0.08],
    [0.22, 0.34],
    [-0.2, 0.05],
    [0.42, 0.56],
    [0.5, 0.62],
  ],
  'ankle boot': [
    [0.05, 0.4],
    [0.05, 0.14],
    [0.24, 0.36],
    [0, 0.18],
    [0.85, 1.05],
    [0.8, 1.05],
  ],
  boot: [
    [0.05, 0.45],
    [0.05, 0.14],
    [0.24, 0.36],
    [0.02, 0.18],
    [1.25, 1.5],
    [1.05, 1.2],
  ],
  pump: [
    [0.3, 0.7],
    [0.03, 0.1],
    [0.14, 0.22],
    [-0.62, -0.35],
    [0.16, 0.26],
    [0.36, 0.5],
  ],
  sandal: [
    [0, 0.6],
    [0.05, 0.14],
    [0.24, 0.34],
    [-0.1, 0.2],
    [0.55, 0.75],
    [0.5, 0.7],
  ],
  flat: [
    [0.01, 0.05],
    [0.03, 0.07],
    [0.14, 0.24],
    [-0.62, -0.3],
    [0.18, 0.3],
    [0.32, 0.46],
  ],
};

/** Model `model` of brand `brand`: always the same for a seed, however many there are. */
export function designOf(seed: number, brand: number, model: number): ShoeDesign {
  const own = brandOf(seed, brand);
  const r = hostRandom(seed, MODEL, brand, model);
  const kind = SHOE_KINDS[r.int(SHOE_KINDS.length)];
  const [heel, sole, toe, openX, front, back] = RANGES[kind].map(([low, high]) => r.uniform(low, high));
  const base = GROUND - sole;
  const widths = [r.uniform(0.1, 0.4), r.uniform(0.04, 0.36)] as const;
  const isSporty = kind === 'sneaker' || kind === 'high-top' || kind === 'runner';
  return {
    kind,
    brand: own,
    heel,
    sole,
    toe,
    openX,
    heelWidths: [widths[0], Math.min(...widths)],
    isWedge: r.chance(kind === 'sandal' ? 0.4 : 0.12),
    toeRound: isSporty ? r.uniform(0.7, 1) : r.uniform(0.15, 1),
    openY: base - front - 0.4 * heel,
    backY: base - back - heel,
    instepDip: r.uniform(-0.04, 0.12),
    collarDip: r.uniform(0, 0.16),
    laces: isSporty || r.chance(0.25) ? 2 + r.int(4) : 0,
    straps: 2 + r.int(4),
    panels: { toe: r.chance(isSporty ? 0.45 : 0.2), heel: r.chance(0.4), low: r.chance(0.3) },
    colours: {
      upper: anyColour(r, own.hue),
      panel: anyColour(r, own.hue),
      sole: isSporty && r.chance(0.6) ? colour(0.1, r.uniform(0, 0.15), r.uniform(0.8, 0.97)) : anyColour(r, own.hue),
      mark: anyColour(r, own.hue),
      lace: anyColour(r, own.hue),
    },
  };
}
