// dx[o, s, i] = sum over the j with index[j] == s of dy[o, j, i], found through the chain of movement/index_chain.wgsl,
// in ascending order. dx (outer, size, inner), dy (outer, n, inner); V is a vec4 where inner is a multiple of 4. A
// workgroup makes 64 Vs, a thread one. dx may be a window of rows from `first` on, dy one of j0 .. j0 + n; windows of
// dy are added to each other.
alias V = f32;

const NONE = 0xffffffffu;

struct Params {
  count: u32, // Vs of dx
  inner: u32, // Vs
  rows: u32, // of dx, in the window
  first: u32,
  size: u32,
  n: u32, // of dy, in the window
  j0: u32,
  accumulate: u32,
}
@group(0) @binding(0) var<storage, read> dy: array<V>;
@group(0) @binding(1) var<storage, read> chain: array<u32>;
@group(0) @binding(2) var<storage, read_write> dx: array<V>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.count) {
    return;
  }
  let q = i / params.inner;
  let o = q / params.rows;
  let s = q - o * params.rows;
  let base = o * params.n * params.inner + i - q * params.inner;
  var sum = V();
  if (params.accumulate == 1) {
    sum = dx[i];
  }
  var j = chain[params.first + s];
  while (j != NONE && j < params.j0 + params.n) {
    if (j >= params.j0) {
      sum += dy[base + (j - params.j0) * params.inner];
    }
    j = chain[params.size + j];
  }
  dx[i] = sum;
}
