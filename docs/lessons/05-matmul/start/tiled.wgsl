// c = a b: a is (M, K), b is (K, N), c is (M, N). A workgroup makes 16 x 16 elements of c, a thread one of them. The
// idea: what one thread has fetched serves 16 of them, by way of workgroup memory.

struct Params {
  m: u32,
  k: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const TILE = 16u;

var<workgroup> a_tile: array<f32, TILE * TILE>; // (row, depth)
var<workgroup> b_tile: array<f32, TILE * TILE>; // (depth, column)

@compute @workgroup_size(TILE * TILE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let tiles = (params.n + TILE - 1) / TILE; // in a row of them
  let y = thread / TILE; // this thread's place in the tile
  let x = thread % TILE;
  let row = group.x / tiles * TILE + y;
  let column = group.x % tiles * TILE + x;
  var sum = 0.0;
  // yours: for each step of TILE along K, bring both tiles to workgroup memory, then add up their products
  if (row < params.m && column < params.n) { c[row * params.n + column] = sum; }
}
