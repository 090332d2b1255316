// The gradients of all weights of a layer over a sequence, in parts of its depth: of each direction
//   parts[s, r, c] = sum over steps and samples k of part s of d[k, r] * v[k, c]
// d (T N, R) being the gradients of what goes into the gates and v = [h before the step | x | 1], so that one product
// makes the gradients of w_hh, of w_ih and of the biases, in both directions. For GPUs; R and H are multiples of 4.
// With HAS_OWN, the last H of the R rows are those of w_hh h only, the last H columns of d_h (T N, R - H), and the H
// before them those of w_ih x only: of what nobody needs whole tiles are left out.
//
// As in matmul/workgroup.wgsl, with a tile of 64 x 64 results of which a thread makes 8 x 8. Both operands have their
// rows along k, so that nothing is turned round and nobody meets in a bank.
@group(0) @binding(0) var<storage, read> d: array<vec4f>;
@group(0) @binding(1) var<storage, read> d_h: array<vec4f>;
@group(0) @binding(2) var<storage, read> before: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> parts: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

struct Params {
  depth: u32, // T N
  R: u32,
  H: u32,
  I: u32,
  C4: u32, // vec4s of a row of parts
  splits: u32,
  part: u32, // steps of k of a part
  directions: u32,
  d_stride: u32, // from direction to direction, in vec4s
  before_stride: u32,
  x_stride: u32, // in numbers
}

override HAS_OWN: bool = false;
const TILE = 64u;
const TILE_K = 16u;
const THREADS = 64u;
const FOURS = TILE / 4;
const ROUNDS = TILE_K * FOURS / THREADS;
var<workgroup> tile_d: array<vec4f, TILE_K * FOURS>;
var<workgroup> tile_v: array<vec4f, TILE_K * FOURS>;

// Four columns of d, from 4 r4 on.
fn load_d(direction: u32, k: u32, end: u32, r4: u32) -> vec4f {
  if (k >= end || 4 * r4 >= params.R) {
    return vec4f();
  }
  if (HAS_OWN) {
    let row = direction * params.d_stride + k * ((params.R - params.H) / 4) + r4;
    if (4 * r4 >= params.R - params.H) {
      return d_h[row - params.H / 4];
    }
    return d[row];
  }
  return d[direction * params.d_stride + k * (params.R / 4) + r4];
}

// Four columns of v, from 4 c4 on.
fn load_v(direction: u32, k: u32, end: u32, c4: u32) -> vec4f {
  if (k >= end || c4 >= params.C4) {
    return vec4f();
  }
  if (4 * c4 < params.H) {
    return before[direction * params.before_stride + k * (params.H / 4) + c4];
  }
  var v = vec4f();
  for (var i = 0u; i < 4; i++) {
    let feature = 4 * c4 + i - params.H;
    if (feature < params.I) {
      v[i] = x[direction * params.x_stride + k * params.I + feature];
    } else if (feature == params.I) {
      v[i] = 1.0;
    }
  }
  return v;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let number = linear_workgroup(workgroup, grid);
  let tiles_c = (params.C4 + FOURS - 1) / FOURS;
  let tiles_r = (params.R + TILE - 1) / TILE;
  let split = number / (tiles_c * tiles_r) % params.splits;
  let direction = number / (tiles_c * tiles_r) / params.splits;
  if (direction >= params.directions) {
    return;
  }
  let first_r = number % tiles_r * FOURS; // in fours
  let first_c = number / tiles_r % tiles_c * FOURS;
  if (HAS_OWN) {
    let own = params.R - params.H;
    let of_x_alone = 4 * first_r >= own - params.H && 4 * first_r + TILE <= own;
    let before_x = 4 * first_c + TILE <= params.H;
    let inside_x = 4 * first_c >= params.H && 4 * first_c + TILE <= params.H + params.I;
    if ((of_x_alone && before_x) || (4 * first_r >= own && inside_x)) {
      return;
    }
  }
  let end = min(params.depth, (split + 1) * params.part);
  let column = thread % 8;
  let row = thread / 8;
  var sum: array<array<vec4f, 2>, 8>;
  var coming_d = array<vec4f, ROUNDS>();
  var coming_v = array<vec4f, ROUNDS>();
  for (var i = 0u; i < ROUNDS; i++) {
    let k = split * params.part + (thread + i * THREADS) / FOURS;
    coming_d[i] = load_d(direction, k, end, first_r + thread % FOURS);
    coming_v[i] = load_v(direction, k, end, first_c + thread % FOURS);
  }
  for (var first = split * params.part; first < end; first += TILE_K) {
    for (var i = 0u; i < ROUNDS; i++) {
      tile_d[thread + i * THREADS] = coming_d[i];
      tile_v[thread + i * THREADS] = coming_v[i];
    }
    workgroupBarrier();
    if (first + TILE_K < end) {
      for (var i = 0u; i < ROUNDS; i++) {
        let k = first + TILE_K + (thread + i * THREADS) / FOURS;
        coming_d[i] = load_d(direction, k, end, first_r + thread % FOURS);
        coming_v[i] = load_v(direction, k, end, first_c + thread % FOURS);
      }
    }
    for (var k = 0u; k < TILE_K; k++) {
      let v_a = tile_v[k * FOURS + column];
      let v_b = tile_v[k * FOURS + 8 + column];
      for (var p = 0u; p < 2; p++) {
        let d_k = tile_d[k * FOURS + p * 8 + row];
        for (var i = 0u; i < 4; i++) {
          sum[p * 4 + i][0] += d_k[i] * v_a;
          sum[p * 4 + i][1] += d_k[i] * v_b;
        }
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 8; i++) {
    let r = 4 * (first_r + i / 4 * 8 + row) + i % 4;
    for (var q = 0u; q < 2; q++) {
      let c4 = first_c + 8 * q + column;
      if (r < params.R && c4 < params.C4) {
        parts[((direction * params.splits + split) * params.R + r) * params.C4 + c4] = sum[i][q];
      }
    }
  }
}
