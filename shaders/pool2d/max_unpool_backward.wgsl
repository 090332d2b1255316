// dx[p, i] = dy[p, index[p, i]] where i is what came there (see pool2d/max_unpool.wgsl), else 0: of equal indices only
// the last one had a share in y. dx and index (planes, n), dy and source (planes, size). A workgroup makes 64 elements,
// a thread one.
struct Params {
  count: u32, // elements of dx
  n: u32,
  size: u32,
}
@group(0) @binding(0) var<storage, read> dy: array<E>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> source: array<u32>;
@group(0) @binding(3) var<storage, read_write> dx: array<E>;
@group(0) @binding(4) var<uniform> params: Params;

alias E = f32; // as stored

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
  let h = index[i];
  var d = E();
  if (h < params.size) {
    let at = i / params.n * params.size + h;
    d = select(E(), dy[at], source[at] == i % params.n);
  }
  dx[i] = d;
}
