import { area, band, bend, both, box, contrast, mirror } from './garment_outlines.js';
import type { Layer } from './garment_raster.js';
import type { HostRandom } from '../host_random.js';

/** Measures of a garment for the upper body; x measures are half-widths. */
interface Cut {
  readonly top: number;
  readonly bottom: number;
  readonly shoulder: number;
  readonly chest: number;
  readonly waist: number;
  readonly hem: number;
  /** 0 is sleeveless; 1 reaches the hip. */
  readonly sleeve: number;
  /** How far the sleeve leads outwards for each unit down. */
  readonly spread: number;
  readonly arm: number;
  readonly cuff: number;
  readonly neck: number;
  readonly neckDepth: number;
  readonly neckV: boolean;
}

/** Sleeves, then the body over them, then the neck opening. */
function upper(cut: Cut, r: HostRandom): Layer[] {
  const { top, bottom, shoulder, chest, waist, hem, neck } = cut;
  const layers: Layer[] = [];
  const armpit = top + 0.42;
  if (cut.sleeve > 0) {
    const down = 1.45 * cut.sleeve;
    const out = down * cut.spread;
    const drop = cut.cuff * Math.min(1, cut.spread); // a sleeve that leads outwards ends in a slanted cuff
    const wrist = shoulder + out;
    const end = top + 0.12 + down;
    const outer = bend(
      shoulder - 0.06,
      top + 0.05,
      shoulder + out * 0.45 + 0.1,
      top + 0.12 + down * 0.3,
      wrist + cut.cuff * 0.5,
      end - drop,
    );
    const inner = [wrist - cut.cuff * 0.5, end + drop * 0.6, chest + out * 0.35, armpit + cut.arm * 0.5 + down * 0.25];
    const joint = [chest - 0.06, armpit + 0.1, chest - 0.12, top + 0.2];
    layers.push(area(r.uniform(0.72, 1.05), ...both([...outer, ...inner, ...joint])));
  }
  const middle = (armpit + bottom) / 2;
  const side = bend(chest, armpit, 2 * waist - (chest + hem) / 2, middle, hem, bottom);
  layers.push(area(1, mirror([neck, top, shoulder, top + 0.1, shoulder - 0.02, top + 0.28, ...side])));
  const depth = cut.neckDepth;
  const edge = cut.neckV ? [0, top + depth * 1.6] : bend(neck, top, neck * 0.9, top + depth, 0, top + depth);
  layers.push(area(r.chance(0.6) ? 0 : r.uniform(0.3, 0.7), mirror([neck, top - 0.02, ...edge])));
  return layers;
}

/** A collar: two leaves that meet at the neck. */
function collar(cut: Cut, r: HostRandom, size: number): Layer {
  const { neck, top, neckDepth } = cut;
  const tip = top + (neckDepth + size) * 0.9;
  const leaf = [
    neck * 0.5,
    top - 0.05,
    neck + 0.06,
    top + 0.02,
    neck * 0.9 + size * 0.4,
    tip,
    0.01,
    top + neckDepth * 0.9,
  ];
  return area(r.chance(0.5) ? r.uniform(0.6, 0.85) : r.uniform(1.1, 1.35), ...both(leaf));
}

function buttons(x: number, from: number, to: number, count: number, tone: number): Layer {
  const outlines = Array.from({ length: count }, (_, i) => {
    const y = from + ((to - from) * (i + 0.5)) / count;
    return box(x - 0.035, y - 0.035, x + 0.035, y + 0.035);
  });
  return area(tone, ...outlines);
}

function shortSleeve(r: HostRandom): { sleeve: number; spread: number; arm: number; cuff: number } {
  return {
    sleeve: r.uniform(0.22, 0.42),
    spread: r.uniform(0.3, 0.85),
    arm: r.uniform(0.2, 0.3),
    cuff: r.uniform(0.24, 0.38),
  };
}

function longSleeve(r: HostRandom): { sleeve: number; spread: number; arm: number; cuff: number } {
  return {
    sleeve: r.uniform(0.75, 1.1),
    spread: r.uniform(0.08, 0.32),
    arm: r.uniform(0.2, 0.3),
    cuff: r.uniform(0.16, 0.26),
  };
}

function body(r: HostRandom): Omit<Cut, 'sleeve' | 'spread' | 'arm' | 'cuff'> {
  const chest = r.uniform(0.4, 0.58);
  return {
    top: r.uniform(-0.95, -0.82),
    bottom: r.uniform(0.72, 0.97),
    shoulder: chest + r.uniform(-0.02, 0.08),
    chest,
    waist: chest + r.uniform(-0.09, 0.02),
    hem: chest + r.uniform(-0.05, 0.08),
    neck: r.uniform(0.14, 0.26),
    neckDepth: r.uniform(0.06, 0.22),
    neckV: r.chance(0.25),
  };
}

export function tshirt(r: HostRandom): Layer[] {
  const bare = r.chance(0.1);
  const arms = r.chance(0.05) ? longSleeve(r) : shortSleeve(r);
  const cut: Cut = { ...body(r), ...arms, ...(bare ? { sleeve: 0 } : {}), neckDepth: r.uniform(0.14, 0.34) };
  const layers = upper(cut, r);
  if (r.chance(0.35)) {
    const w = r.uniform(0.12, 0.3);
    const y = r.uniform(-0.45, -0.1);
    layers.push(area(contrast(r, 0.15, 0.5), box(-w, y, w, y + r.uniform(0.12, 0.5))));
  }
  return layers;
}

export function pullover(r: HostRandom): Layer[] {
  const wide = body(r);
  const cut: Cut = {
    ...wide,
    ...longSleeve(r),
    bottom: r.uniform(0.62, 0.88),
    hem: wide.chest - r.uniform(0, 0.1),
    neckDepth: r.uniform(0.04, 0.16),
    neckV: r.chance(0.1),
  };
  const { top, bottom, hem, neck, neckDepth } = cut;
  const layers = upper(cut, r);
  if (r.chance(0.75)) layers.push(area(contrast(r, 0.15, 0.4), box(-hem, bottom - r.uniform(0.08, 0.16), hem, bottom)));
  if (r.chance(0.25))
    layers.push(area(r.uniform(0.75, 1.1), mirror([neck, top - 0.1, neck, top + 0.05, 0, top + 0.1])));
  if (r.chance(0.12))
    layers.push(area(contrast(r, 0.2, 0.5), box(-0.02, top + neckDepth, 0.02, top + r.uniform(0.4, 0.7))));
  return layers;
}

export function coat(r: HostRandom): Layer[] {
  const wide = body(r);
  const cut: Cut = {
    ...wide,
    ...longSleeve(r),
    bottom: r.uniform(0.84, 0.99),
    hem: wide.chest + r.uniform(0, 0.12),
    neckDepth: r.uniform(0.1, 0.28),
    neckV: r.chance(0.6),
  };
  const layers = upper(cut, r);
  const lap = r.uniform(-0.08, 0.08);
  const open = r.chance(0.5) ? r.uniform(0.06, 0.14) : 0.035;
  const from = cut.top + cut.neckDepth;
  const to = cut.bottom + 0.02;
  layers.push(
    area(contrast(r, 0.35, 0.9), [lap - open * 0.5, from, lap + open * 0.5, from, lap + open, to, lap - open, to]),
  );
  if (r.chance(0.8)) layers.push(collar(cut, r, r.uniform(0.2, 0.36)));
  const pocket = band(cut.waist * 0.35, 0.3, cut.waist * 0.8, r.uniform(0.22, 0.38), 0.04);
  if (r.chance(0.65)) layers.push(area(contrast(r, 0.25, 0.55), ...both(pocket)));
  if (r.chance(0.3)) layers.push(buttons(lap + 0.1, -0.4, 0.5, 4, contrast(r, 0.2, 0.5)));
  if (r.chance(0.25)) layers.push(area(contrast(r, 0.15, 0.4), box(-cut.waist, 0, cut.waist, 0.09)));
  return layers;
}

export function shirt(r: HostRandom): Layer[] {
  const slim = body(r);
  const arms = r.chance(0.6) ? { ...longSleeve(r), spread: r.uniform(0.18, 0.42) } : shortSleeve(r);
  const cut: Cut = { ...slim, ...arms, chest: slim.chest - 0.04, neckDepth: r.uniform(0.06, 0.2) };
  const layers = upper(cut, r);
  if (r.chance(0.95)) layers.push(collar(cut, r, r.uniform(0.1, 0.2)));
  const to = r.chance(0.8) ? cut.bottom : r.uniform(-0.4, 0.1);
  if (r.chance(0.92)) layers.push(area(contrast(r, 0.2, 0.45), box(-0.04, cut.top + cut.neckDepth, 0.04, to)));
  if (r.chance(0.8)) layers.push(buttons(0, cut.top + cut.neckDepth, to, r.int(3) + 4, contrast(r, 0.4, 0.7)));
  if (r.chance(0.35)) layers.push(area(contrast(r, 0.06, 0.25), box(0.12, -0.42, 0.32, -0.2)));
  return layers;
}

export function dress(r: HostRandom): Layer[] {
  const chest = r.uniform(0.22, 0.4);
  const kind = r.int(10);
  const arms = kind < 4 ? { ...shortSleeve(r), sleeve: 0 } : kind < 8 ? shortSleeve(r) : longSleeve(r);
  const cut: Cut = {
    ...body(r),
    ...arms,
    chest,
    bottom: r.uniform(0.88, 0.99),
    shoulder: chest + r.uniform(-0.05, 0.06),
    waist: chest - r.uniform(0, 0.1),
    hem: chest + (r.chance(0.3) ? r.uniform(-0.04, 0.08) : r.uniform(0.05, 0.4)),
    neck: Math.min(chest * 0.75, r.uniform(0.12, 0.26)),
    neckDepth: r.uniform(0.08, 0.34),
  };
  const layers = upper(cut, r);
  // only straps are left
  if (kind < 2) layers.push(area(0, ...both(box(chest * 0.62, cut.top - 0.05, 1, cut.top + 0.24))));
  if (r.chance(0.35)) {
    const y = r.uniform(-0.25, 0.05);
    layers.push(area(contrast(r, 0.15, 0.5), box(-cut.waist, y, cut.waist, y + r.uniform(0.05, 0.12))));
  }
  return layers;
}
