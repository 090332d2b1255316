// says: only the first 16 of K are added up
// c = a b: a is (M, K), b is (K, N), c is (M, N). A workgroup makes 64 x 64 elements of c, a thread 4 x 4 of them. The
// idea: 8 numbers that come out of workgroup memory into registers serve 16 multiply-adds, where 2 served one.

struct Params {
  m: u32,
  k: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const TILE = 64u; // rows and columns of c
const DEPTH = 16u; // brought in one step
const EACH = 4u; // rows and columns of a thread
const SIDE = TILE / EACH; // threads in a row of them
const THREADS = SIDE * SIDE;

var<workgroup> a_tile: array<f32, TILE * DEPTH>; // (row, depth)
var<workgroup> b_tile: array<f32, DEPTH * TILE>; // (depth, column)

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let tiles = (params.n + TILE - 1) / TILE;
  let first_row = group.x / tiles * TILE;
  let first_column = group.x % tiles * TILE;
  let y = thread / SIDE * EACH; // this thread's first row and column in the tile
  let x = thread % SIDE * EACH;
  var sum: array<f32, EACH * EACH>;
  for (var first = 0u; first < min(DEPTH, params.k); first += DEPTH) {
    for (var i = thread; i < TILE * DEPTH; i += THREADS) {
      let row = first_row + i / DEPTH;
      let k = first + i % DEPTH;
      a_tile[i] = select(0.0, a[row * params.k + k], row < params.m && k < params.k);
    }
    for (var i = thread; i < DEPTH * TILE; i += THREADS) {
      let k = first + i / TILE;
      let column = first_column + i % TILE;
      b_tile[i] = select(0.0, b[k * params.n + column], k < params.k && column < params.n);
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      var from_b: array<f32, EACH>;
      for (var j = 0u; j < EACH; j++) { from_b[j] = b_tile[k * TILE + x + j]; }
      for (var i = 0u; i < EACH; i++) {
        let from_a = a_tile[(y + i) * DEPTH + k];
        for (var j = 0u; j < EACH; j++) { sum[i * EACH + j] += from_a * from_b[j]; }
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < EACH; i++) {
    for (var j = 0u; j < EACH; j++) {
      let row = first_row + y + i;
      let column = first_column + x + j;
      if (row < params.m && column < params.n) { c[row * params.n + column] = sum[i * EACH + j]; }
    }
  }
}
