// c = a b: a is (M, K), b is (K, N), c is (M, N); K and N are multiples of 4. A workgroup makes 64 x 64 elements of c,
// a thread 4 x 4 of them. The idea: four numbers that lie side by side are one load, and a row of a thread is one vec4.

struct Params {
  m: u32,
  k: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

const TILE = 64u;
const DEPTH = 16u;
const EACH = 4u;
const SIDE = TILE / EACH;

var<workgroup> a_tile: array<vec4f, TILE * DEPTH / 4>; // (row, four of depth)
var<workgroup> b_tile: array<vec4f, DEPTH * TILE / 4>; // (depth, four of columns)

@compute @workgroup_size(SIDE * SIDE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let tiles = (params.n + TILE - 1) / TILE;
  let first_row = group.x / tiles * TILE;
  let first_four = group.x % tiles * TILE / 4; // of columns
  let y = thread / SIDE * EACH;
  let x = thread % SIDE;
  var sum: array<vec4f, EACH>; // lanes are columns
  for (var first = 0u; first < params.k; first += DEPTH) {
    // 256 threads, 256 vec4s of each tile
    let row = first_row + thread / 4;
    let four = first / 4 + thread % 4;
    a_tile[thread] = select(vec4f(), a[row * params.k / 4 + four], row < params.m && four < params.k / 4);
    let k = first + thread / 16;
    let column = first_four + thread % 16;
    b_tile[thread] = select(vec4f(), b[k * (params.n / 4) + column], k < params.k && column < params.n / 4);
    workgroupBarrier();
    for (var d = 0u; d < DEPTH / 4; d++) {
      let b0 = b_tile[(4 * d) * SIDE + x];
      let b1 = b_tile[(4 * d + 1) * SIDE + x];
      let b2 = b_tile[(4 * d + 2) * SIDE + x];
      let b3 = b_tile[(4 * d + 3) * SIDE + x];
      for (var i = 0u; i < EACH; i++) {
        let from_a = a_tile[(y + i) * (DEPTH / 4) + d];
        sum[i] += from_a.x * b0 + from_a.y * b1 + from_a.z * b2 + from_a.w * b3;
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < EACH; i++) {
    let row = first_row + y + i;
    let column = first_four + x;
    if (row < params.m && column < params.n / 4) { c[row * (params.n / 4) + column] = sum[i]; }
  }
}
