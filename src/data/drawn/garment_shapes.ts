import { area, band, bend, both, box, contrast, mirror } from './garment_outlines.js';
import type { Layer } from './garment_raster.js';
import { coat, dress, pullover, shirt, tshirt } from './garment_tops.js';
import type { HostRandom } from '../host_random.js';

function trouser(r: HostRandom): Layer[] {
  const waist = r.uniform(0.22, 0.38);
  const hip = waist + r.uniform(0.02, 0.12);
  const ankle = r.uniform(0.1, 0.28);
  const out = hip + r.uniform(-0.12, 0.1);
  const crotch = r.uniform(-0.45, -0.15);
  const bottom = r.chance(0.1) ? r.uniform(0.2, 0.6) : r.uniform(0.86, 0.99);
  const inner = Math.max(0.004, out - 2 * ankle);
  const leg = [
    0,
    -0.95,
    waist,
    -0.95,
    ...bend(waist, -0.9, hip + 0.03, -0.6, hip, crotch),
    out,
    bottom,
    inner,
    bottom,
    0.004,
    crotch,
  ];
  const layers: Layer[] = [area(1, ...both(leg))];
  if (r.chance(0.6)) layers.push(area(contrast(r, 0.1, 0.4), box(-waist, -0.95, waist, -0.95 + r.uniform(0.06, 0.12))));
  if (r.chance(0.4))
    layers.push(area(contrast(r, 0.15, 0.4), ...both(band(waist * 0.4, -0.82, hip * 0.9, -0.62, 0.025))));
  return layers;
}

function bag(r: HostRandom): Layer[] {
  const top = r.uniform(-0.45, 0);
  const bottom = r.uniform(0.55, 0.85);
  const wide = r.uniform(0.6, 0.95);
  const narrow = wide * r.uniform(0.7, 1.05);
  const layers: Layer[] = [];
  const handle = r.int(4);
  if (handle < 3) {
    const reach = narrow * r.uniform(0.35, 0.9);
    const peak = top - r.uniform(0.25, 0.9);
    const thick = r.uniform(0.05, 0.13);
    const outer = bend(-reach, top + 0.08, 0, 2 * peak - top, reach, top + 0.08);
    const inner = bend(-reach + thick, top + 0.08, 0, 2 * (peak + thick) - top, reach - thick, top + 0.08);
    layers.push(area(r.uniform(0.6, 1.1), outer, inner));
  }
  const round = r.uniform(0, 0.2);
  const side = bend(narrow, top + round, (narrow + wide) / 2 + round, (top + bottom) / 2, wide, bottom - round);
  layers.push(area(1, mirror([narrow - round, top, ...side, wide - round, bottom])));
  const flap = [narrow * 0.95, top, narrow * 0.9, top + r.uniform(0.15, 0.4), 0, top + r.uniform(0.3, 0.6)];
  if (r.chance(0.5)) layers.push(area(contrast(r, 0.1, 0.4), mirror(flap)));
  if (r.chance(0.5)) layers.push(area(contrast(r, 0.2, 0.6), box(-0.08, top + 0.25, 0.08, top + 0.4)));
  return layers;
}

/** A shoe's side view, toe to the left: where its upper starts and how high it climbs. */
interface Last {
  readonly ground: number;
  readonly toe: number;
  readonly instep: number;
  readonly opening: number;
  readonly heelTop: number;
  readonly heel: number;
}

/**
 * The upper of a shoe, closed: over the toe, up the instep, across the opening, down the heel. `heel` lifts its back.
 */
function shoeUpper(s: Last, shaft: number): number[] {
  const back = s.ground - s.heel;
  const toe = s.ground - s.toe;
  const front = bend(-0.95, s.ground - 0.08, -0.93, toe, -0.6, toe);
  const instep = bend(-0.55, toe - 0.02, -0.2, toe - 0.05, 0, s.instep);
  const heel = bend(0.82, s.heelTop + 0.02, 0.78, (s.heelTop + back) / 2, 0.9, back);
  return [-0.92, s.ground, ...front, ...instep, shaft, s.opening, 0.72, s.heelTop, ...heel, 0.4, back, -0.2, s.ground];
}

function sneaker(r: HostRandom): Layer[] {
  const ground = r.uniform(0.35, 0.5);
  const high = r.chance(0.14);
  const opening = high ? r.uniform(-0.6, -0.35) : r.uniform(-0.35, -0.08);
  const instep = opening + r.uniform(0.05, 0.2);
  const s: Last = {
    ground,
    toe: r.uniform(0.25, 0.4),
    instep,
    opening,
    heelTop: opening - r.uniform(-0.05, 0.12),
    heel: 0,
  };
  const layers: Layer[] = [area(1, shoeUpper(s, r.uniform(0.15, 0.35)))];
  const sole = r.uniform(0.08, 0.2);
  const walls = [-0.95, ground - 0.05, 0.93, ground - 0.05, r.uniform(0.88, 0.97), ground + sole, -0.85, ground + sole];
  layers.push(area(contrast(r, 0.15, 0.6), walls));
  const laces = [0, 1, 2].map((i) => {
    const x = -0.3 + 0.13 * i;
    const y = ground - s.toe - 0.1 * i;
    return band(x, y, x + 0.15, y + 0.08, 0.025);
  });
  if (r.chance(0.6)) layers.push(area(contrast(r, 0.2, 0.6), ...laces));
  const stripe = band(r.uniform(-0.2, 0.1), ground - 0.08, r.uniform(0.1, 0.5), opening + 0.2, r.uniform(0.04, 0.09));
  if (r.chance(0.5)) layers.push(area(contrast(r, 0.2, 0.7), stripe));
  return layers;
}

function sandal(r: HostRandom): Layer[] {
  const ground = r.uniform(0.4, 0.65);
  const heel = r.chance(0.5) ? r.uniform(0.25, 0.6) : r.uniform(0, 0.12);
  const thick = r.uniform(0.06, 0.14);
  const back = ground - heel;
  const upside = bend(-0.3, ground - thick, 0.2, ground - thick, 0.88, back - thick);
  const underside = bend(0.88, back, 0.25, ground, -0.3, ground);
  const layers: Layer[] = [
    area(r.uniform(0.7, 1.1), [-0.95, ground - thick, ...upside, 0.92, back, ...underside, -0.93, ground]),
  ];
  if (heel > 0.2) {
    const wedge = [-0.2, ground, 0.9, back, 0.88, ground];
    const block = [0.9 - r.uniform(0.1, 0.35), back, 0.92, back, 0.88, ground, 0.88 - r.uniform(0.05, 0.2), ground];
    layers.push(area(r.uniform(0.6, 1), r.chance(0.35) ? wedge : block));
  }
  const straps = 1 + r.int(4);
  for (let i = 0; i < straps; i++) {
    const x = -0.7 + (1.3 * (i + r.uniform(0, 0.6))) / straps;
    const base = x < 0 ? ground - thick : ground - thick - heel * (x + 0.2) * 0.7;
    const strap = band(x, base, x + r.uniform(0.1, 0.5), base - r.uniform(0.22, 0.5), r.uniform(0.035, 0.09));
    layers.push(area(r.uniform(0.75, 1.2), strap));
  }
  const ankle = band(
    r.uniform(0.1, 0.3),
    back - r.uniform(0.3, 0.6),
    0.85,
    back - r.uniform(0.3, 0.6),
    r.uniform(0.03, 0.07),
  );
  const counter = band(0.82, back - 0.5, 0.86, back - thick, r.uniform(0.03, 0.08));
  if (r.chance(0.55)) layers.push(area(r.uniform(0.7, 1.1), counter), area(r.uniform(0.7, 1.1), ankle));
  if (r.chance(0.15)) layers.push(area(1, [-0.95, ground, -0.9, ground - 0.25, -0.5, ground - 0.35, -0.3, ground]));
  return layers;
}

function boot(r: HostRandom): Layer[] {
  const ground = r.uniform(0.55, 0.8);
  const heel = r.chance(0.6) ? r.uniform(0.06, 0.4) : 0;
  const opening = r.chance(0.2) ? r.uniform(-0.5, -0.3) : r.uniform(-0.95, -0.5);
  const instep = ground - r.uniform(0.6, 0.8);
  const s: Last = {
    ground,
    toe: r.uniform(0.25, 0.4),
    instep,
    opening,
    heelTop: opening + r.uniform(-0.06, 0.08),
    heel,
  };
  const layers: Layer[] = [area(1, shoeUpper(s, r.uniform(0, 0.2)))];
  const back = ground - heel - 0.02;
  const block = [
    0.9 - r.uniform(0.15, 0.4),
    back,
    0.9,
    back,
    0.88,
    ground + 0.03,
    0.9 - r.uniform(0.1, 0.35),
    ground + 0.03,
  ];
  if (heel > 0.05) layers.push(area(r.uniform(0.5, 1), block));
  const sole = [
    -0.95,
    ground - 0.03,
    0.2,
    ground - 0.03,
    0.2,
    ground + r.uniform(0.04, 0.12),
    -0.9,
    ground + r.uniform(0.04, 0.12),
  ];
  if (r.chance(0.6)) layers.push(area(contrast(r, 0.15, 0.5), sole));
  if (r.chance(0.4))
    layers.push(area(contrast(r, 0.2, 0.5), band(0.3, opening + 0.1, 0.3 + r.uniform(-0.1, 0.2), ground - 0.35, 0.03)));
  const buckle = band(0.02, opening + r.uniform(0.2, 0.5), 0.8, opening + r.uniform(0.2, 0.5), 0.05);
  if (r.chance(0.3)) layers.push(area(contrast(r, 0.2, 0.5), buckle));
  return layers;
}

/** One function a class, in the order of FASHION_CLASSES; each call draws another garment. */
export const DRAW: readonly ((r: HostRandom) => Layer[])[] = [
  tshirt,
  trouser,
  pullover,
  dress,
  coat,
  sandal,
  shirt,
  sneaker,
  bag,
  boot,
];
