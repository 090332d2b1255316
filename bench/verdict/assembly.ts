/**
 * AMD's machine code read for its hot loop: of the loops, the one with the most multiply-adds of its own. What is
 * counted are instructions of a turn, as they stand; what a turn skips is counted too.
 */

/** What a piece of code consists of. */
export interface Mix {
  /** Vector instructions that are multiply-adds, and all others that compute. */
  readonly multiplyAdds: number;
  readonly otherVector: number;
  /** Scalar instructions: loop counters, addresses common to all lanes, waiting. */
  readonly scalar: number;
  /** Multiply-adds of a lane in a turn: a packed instruction makes two, one of matrices many. */
  readonly products: number;
  /** Loads and stores of workgroup memory, and the bytes that a lane loads by them. */
  readonly ldsLoads: number;
  readonly ldsStores: number;
  readonly ldsLoadBytes: number;
  /** Loads and stores of memory by vector instructions, and the bytes that a lane loads. */
  readonly memoryLoads: number;
  readonly memoryStores: number;
  readonly memoryLoadBytes: number;
  readonly matrix: boolean;
}

export interface HotLoop extends Mix {
  /**
   * A turn of the loop around it, the hot loop in it with all its turns: bringing tiles to workgroup memory is in it.
   * Null where the number of turns is not in the code.
   */
  readonly nest: Mix | null;
}

const BRANCH = /^s_c?branch\w*\s+(BB\d+)/;
const LABEL = /^(BB\d+):/;
/** Multiply-adds of floats: v_fmac_f32, v_pk_fma_f16, v_fma_mix_f32, v_dot2_f32_f16, two in v_dual_…; not v_mad_u32. */
const MULTIPLY_ADD = /^v_(?:dual_)?(?:pk_)?(?:fma|mac|mad|dot)\w*_(?:f16|f32|bf16)/;
const DUAL = /v_dual_(?:fma|fmac|fmaak|fmamk)_f32/g;
const MATRIX = /^v_(?:s?wmma|mfma)/;

/** Bytes that a lane moves: `ds_load_b128`, `ds_read2_b32` (two), `buffer_load_dwordx4`, `…_ushort`, `…_d16_b16`. */
export function bytesMoved(op: string): number {
  const times = /_2addr|read2|write2/.test(op) ? 2 : 1;
  const bits = /_b(\d+)$/.exec(op) ?? /_[bui](8|16|32|64|96|128)(?:_|$)/.exec(op);
  if (bits !== null) return (times * Number(bits[1])) / 8;
  const words = /_dword(?:x(\d))?/.exec(op);
  if (words !== null) return 4 * Number(words[1] ?? 1);
  if (/short/.test(op)) return 2;
  return /byte/.test(op) ? 1 : 4 * times;
}

interface Line {
  readonly op: string;
  readonly text: string;
}

function linesOf(assembly: string): Line[] {
  return assembly
    .split('\n')
    .map((line) => line.replace(/;.*$/, '').trim())
    .filter((text) => text !== '')
    .map((text) => ({ op: text.split(/\s/, 1)[0], text }));
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** From a label to each branch back to it; of several to one label the farthest. */
function loopsOf(lines: readonly Line[]): Range[] {
  const labels = new Map<string, number>();
  const ends = new Map<number, number>();
  lines.forEach(({ text }, i) => {
    const label = LABEL.exec(text);
    if (label !== null) labels.set(label[1], i);
    const target = BRANCH.exec(text)?.[1];
    const from = target === undefined ? undefined : labels.get(target);
    if (from !== undefined) ends.set(from, i);
  });
  return [...ends].map(([from, to]) => ({ from, to }));
}

const isWithin = (inner: Range, outer: Range): boolean =>
  inner !== outer && inner.from >= outer.from && inner.to <= outer.to;

type Counts = { -readonly [K in keyof Mix]: Mix[K] };

const nothing = (): Counts => ({
  multiplyAdds: 0,
  otherVector: 0,
  scalar: 0,
  products: 0,
  ldsLoads: 0,
  ldsStores: 0,
  ldsLoadBytes: 0,
  memoryLoads: 0,
  memoryStores: 0,
  memoryLoadBytes: 0,
  matrix: false,
});

/** @param lanes of a subgroup, among which a matrix's products are divided. */
function count(lines: readonly Line[], lanes: number): Mix {
  const n = nothing();
  for (const { op, text } of lines) {
    const dual = text.match(DUAL)?.length ?? 0;
    if (MATRIX.test(op)) {
      const [, m, by, k] = /_(\d+)x(\d+)x(\d+)/.exec(op) ?? [];
      n.multiplyAdds++;
      n.products += (Number(m) * Number(by) * Number(k)) / lanes;
      n.matrix = true;
    } else if (MULTIPLY_ADD.test(op) || dual > 0) {
      n.multiplyAdds++;
      n.products += dual || (/^v_pk_|^v_dot2/.test(op) ? 2 : 1);
    } else if (/^ds_(?:load|read)/.test(op)) {
      n.ldsLoads++;
      n.ldsLoadBytes += bytesMoved(op);
    } else if (/^ds_(?:store|write)/.test(op)) n.ldsStores++;
    else if (/^(?:buffer|global|flat|scratch)_load/.test(op)) {
      n.memoryLoads++;
      n.memoryLoadBytes += bytesMoved(op);
    } else if (/^(?:buffer|global|flat|scratch)_store/.test(op)) n.memoryStores++;
    else if (op.startsWith('v_')) n.otherVector++;
    else if (op.startsWith('s_')) n.scalar++;
  }
  return n;
}

/** `a` and so many times `b`. */
function plus(a: Mix, b: Mix, times: number): Mix {
  const sum = { ...nothing(), matrix: a.matrix || b.matrix };
  for (const name of Object.keys(sum) as (keyof Mix)[]) if (name !== 'matrix') sum[name] = a[name] + times * b[name];
  return sum;
}

/**
 * Turns of a loop whose counter is compared with a number: `s_add_u32 s0, s0, 1`, `s_cmp_ge_u32 s0, 16`. Null where
 * there is none such.
 */
function turnsOf(lines: readonly Line[], { from, to }: Range): number | null {
  const body = lines.slice(from, to + 1);
  for (const { text } of body) {
    const [, register, limit] = /^s_cmp_\w+_[ui]32\s+(s\d+), (0x[0-9a-f]+|\d+)$/.exec(text) ?? [];
    if (register === undefined) continue;
    const step = body.flatMap((l) => {
      const add = new RegExp(`^s_add(?:k)?_[iu]32\\s+${register}, (?:${register}, )?(0x[0-9a-f]+|\\d+)$`).exec(l.text);
      return add === null ? [] : [Number(add[1])];
    })[0] as number | undefined;
    const first = new RegExp(`^s_mov(?:k)?_[bi]32\\s+${register}, (0x[0-9a-f]+|\\d+)$`);
    const start = lines.slice(0, from).findLast((l) => new RegExp(`^s_\\w+\\s+${register},`).test(l.text));
    const begin = start === undefined ? null : first.exec(start.text);
    if (step !== undefined && step > 0 && begin !== null) return Math.ceil((Number(limit) - Number(begin[1])) / step);
  }
  return null;
}

/** The hot loop; null where there is no loop, or none with a multiply-add, or no machine code. */
export function hotLoop(assembly: string, lanes: number): HotLoop | null {
  const lines = linesOf(assembly);
  const loops = loopsOf(lines);
  const inside = ({ from, to }: Range, without: readonly Range[]): Mix =>
    count(
      lines.slice(from, to + 1).filter((_, i) => !without.some((r) => from + i >= r.from && from + i <= r.to)),
      lanes,
    );
  const own = loops.map((loop) => ({
    loop,
    mix: inside(
      loop,
      loops.filter((other) => isWithin(other, loop)),
    ),
  }));
  const most = Math.max(0, ...own.map(({ mix }) => mix.multiplyAdds));
  const hot = most === 0 ? undefined : own.find(({ mix }) => mix.multiplyAdds === most);
  if (hot === undefined) return null;
  const around = loops
    .filter((other) => isWithin(hot.loop, other))
    .sort((a, b) => a.to - a.from - (b.to - b.from))[0] as Range | undefined;
  if (around === undefined) return { ...hot.mix, nest: inside(hot.loop, []) };
  const turns = turnsOf(lines, hot.loop);
  return { ...hot.mix, nest: turns === null ? null : plus(inside(around, [hot.loop]), hot.mix, turns) };
}

/** The whole shader counted as one turn: for those without a hot loop. */
export function wholeShader(assembly: string, lanes: number): Mix {
  return count(linesOf(assembly), lanes);
}

/** The part of the vector instructions that are multiply-adds. */
export function multiplyAddShare({ multiplyAdds, otherVector }: Mix): number {
  return multiplyAdds / (multiplyAdds + otherVector);
}

/** Bytes that a lane loads from workgroup memory for one multiply-add. */
export function ldsBytesPerProduct({ ldsLoadBytes, products }: Mix): number {
  return ldsLoadBytes / products;
}
