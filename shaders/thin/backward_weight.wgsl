// parts[part, o / 4, c, ky, kx] = sum over the part's pixels of dy[n, o … o + 3, oy, ox] * x[n, c, iy, ix], as one
// vec4; and, if HAS_BIAS, behind them the sums of dy. thin/weight_sum.wgsl adds up the parts. x has few channels, or a
// number that is no multiple of 4, and lies in rows.
//
// A strip is a block of 4 columns of y, walked down from row to row: the rows of x that the next row of y sees too
// stay in registers (SPAN numbers each, thin/window.wgsl). A thread makes K_ROWS rows of the window of one channel of
// x and FOURS fours of channels of dy, over strips that lie as far apart as there are threads; what it finds is a
// part.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read> dy: array<DY>;
@group(0) @binding(2) var<storage, read_write> parts: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

struct Params {
  strips: u32,
  splits: u32, // workgroups that share the strips
  stride: u32, // vec4s of a part
  sums: u32, // TAPS * FOURS
}

const THREADS = 8u;
const FOURS = 2u;
const O_TILES = (O_FOURS + FOURS - 1) / FOURS;
const K_ROWS = 3u; // at most 5
const K_TILES = (K_H + K_ROWS - 1) / K_ROWS;
// Rows that the next row of y does not share with this one.
const NEW = select(K_ROWS, STRIDE_H, DILATION_H == 1 && STRIDE_H < K_ROWS);
// Before the first row of y come steps that only read rows; in the first of them, SPARE rows that nobody sees.
const WARM_UP = (K_ROWS - NEW + NEW - 1) / NEW;
const SPARE = select(0u, WARM_UP * STRIDE_H - (K_ROWS - NEW), WARM_UP > 0);
const TAPS = K_ROWS * K_W;
const WEIGHTS = GROUPS * O_FOURS * IN_C * K_H * K_W; // vec4s of a part

// Whether the loop over the stores is to be unrolled: CPUs take long over many stores, GPUs keep an array in registers
// only where they see through all of its indices.
const UNROLLED = false;

override HAS_BIAS: bool = false;
struct Seen {
  rows: array<array<f32, SPAN>, K_ROWS>,
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = linear_workgroup(workgroup, grid);
  let split = number / (O_TILES * K_TILES * IN_C * GROUPS);
  let first_four = number % O_TILES * FOURS;
  let ky = number / O_TILES % K_TILES * K_ROWS;
  let c = number / (O_TILES * K_TILES) % IN_C;
  let group = number / (O_TILES * K_TILES * IN_C) % GROUPS;
  if (split >= params.splits) {
    return;
  }
  var sum: array<vec4f, TAPS * FOURS>;
  var sum_dy: array<vec4f, FOURS>;
  for (var first = split * THREADS; first < params.strips; first += params.splits * THREADS) {
    let is_strip = first + lane < params.strips;
    let strip = min(first + lane, params.strips - 1);
    let n = strip / ROW_BLOCKS;
    let ox = strip % ROW_BLOCKS * 4;
    let plane = (n * GROUPS + group) * IN_C + c;
    let ix = ox * STRIDE_W - PAD_W;
    var iy = ky * DILATION_H - PAD_H - SPARE; // of the next row that is read
    var seen = Seen();
    for (var step = 0u; step < WARM_UP + OUT_H; step++) {
      // Written out, because drivers keep arrays in registers only where they see through all of a loop.
      if (K_ROWS - NEW > 0) { seen.rows[0] = seen.rows[min(NEW, K_ROWS - 1)]; }
      if (K_ROWS - NEW > 1) { seen.rows[min(1u, K_ROWS - 1)] = seen.rows[min(NEW + 1, K_ROWS - 1)]; }
      if (K_ROWS - NEW > 2) { seen.rows[min(2u, K_ROWS - 1)] = seen.rows[min(NEW + 2, K_ROWS - 1)]; }
      if (K_ROWS - NEW > 3) { seen.rows[min(3u, K_ROWS - 1)] = seen.rows[min(NEW + 3, K_ROWS - 1)]; }
      if (NEW > 0) { seen.rows[K_ROWS - NEW] = span_of(plane, iy, ix); }
      if (NEW > 1) { seen.rows[min(K_ROWS - NEW + 1, K_ROWS - 1)] = span_of(plane, iy + DILATION_H, ix); }
      if (NEW > 2) { seen.rows[min(K_ROWS - NEW + 2, K_ROWS - 1)] = span_of(plane, iy + 2 * DILATION_H, ix); }
      if (NEW > 3) { seen.rows[min(K_ROWS - NEW + 3, K_ROWS - 1)] = span_of(plane, iy + 3 * DILATION_H, ix); }
      if (NEW > 4) { seen.rows[K_ROWS - 1] = span_of(plane, iy + 4 * DILATION_H, ix); }
      iy += STRIDE_H;
      if (step >= WARM_UP) {
        let oy = step - WARM_UP;
        for (var f = 0u; f < FOURS; f++) {
          let m = dy_block(n, group, (first_four + f) * 4, oy, ox, is_strip);
          if (HAS_BIAS) {
            sum_dy[f] += m[0] + m[1] + m[2] + m[3];
          }
          for (var i = 0u; i < K_ROWS; i++) {
            for (var kx = 0u; kx < K_W; kx++) {
              let at = kx * DILATION_W;
              let v = vec4f(seen.rows[i][at], seen.rows[i][at + STRIDE_W], seen.rows[i][at + 2 * STRIDE_W],
                seen.rows[i][at + 3 * STRIDE_W]);
              sum[(f * K_ROWS + i) * K_W + kx] += m * v;
            }
          }
        }
      }
    }
  }

  let part = (split * THREADS + lane) * params.stride;
  let first = group * O_FOURS + first_four;
  for (var i = 0u; i < select(params.sums, TAPS * FOURS, UNROLLED); i++) {
    let f = i / TAPS;
    let k = ky * K_W + i % TAPS;
    if (first_four + f < O_FOURS && k < K_H * K_W) {
      parts[part + ((first + f) * IN_C + c) * K_H * K_W + k] = sum[i];
    }
  }
  if (HAS_BIAS && c == 0 && ky == 0) {
    for (var f = 0u; f < FOURS; f++) {
      if (O_FOURS % FOURS == 0 || first_four + f < O_FOURS) {
        parts[part + WEIGHTS + first + f] = sum_dy[f];
      }
    }
  }
}
